"""Static descriptions of the rays through an image.

Lengths are in samples of the image. The centre of rotation is the origin: x points along the columns of a row,
to the right, and y up, against the rows.
"""

from abc import ABC
from dataclasses import dataclass


@dataclass(frozen=True)
class RadonPlan(ABC):
    """Rays of several views.

    Attributes:
        rows, columns: Samples of the image.
        angles: Angle of each view, in radians.
        detectors: Number of detectors.
        spacing: Distance of neighbouring detectors; for a fan, on the line through the centre.
        centre: Row and column of the centre of rotation, which may lie between samples.
        middle: Index of the detector on the ray through the centre, which may lie between detectors.
    """

    rows: int
    columns: int
    angles: tuple[float, ...]
    detectors: int
    spacing: float
    centre: tuple[float, float]
    middle: float

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the sinogram."""
        return len(self.angles), self.detectors


@dataclass(frozen=True)
class ParallelPlan(RadonPlan):
    """Parallel rays: detector k of the view θ sees the line x cos θ + y sin θ = (k − middle) · spacing."""


@dataclass(frozen=True)
class FanPlan(RadonPlan):
    """Rays from a point at `distance` from the centre, in the direction (sin θ, −cos θ) from it.

    Detector k sees the ray that crosses the line through the centre, at right angles to the direction of the
    source, at the distance (k − middle) · spacing from the centre.
    """

    distance: float = 0.0
