"""The Radon transform of images: line integrals in parallel and in fan beams."""

from dataclasses import dataclass
from math import ceil, hypot, prod
from typing import Any, final

import numpy as np

from subband.arrays.arguments import LONGEST, choice, implementation, integer, lengths, number, shown
from subband.arrays.namespace import Array, as_array, namespace
from subband.errors import InvalidInput
from subband.kernels.radon import FanPlan, ParallelPlan, RadonPlan, back_project, project
from subband.transforms.linear.operator import Operator
from subband.transforms.linear.spaces import Shape, Space, View, floating

BEAMS = ("parallel", "fan")


@final
@dataclass(frozen=True, eq=False)
class Radon(Operator):
    """Line integrals of images, the measurement of computed tomography; its adjoint is the exact transpose.

    Detector k of a view at the angle θ sees the integral along x cos θ + y sin θ = s, with s = (k − middle) ·
    spacing, x to the right and y up from the centre; lengths are in samples. Each ray takes from the rows that
    it crosses (from the columns, if it is flatter than 45°) the linear interpolation of the samples beside it,
    times its length between two rows: Joseph's method. Parallel rays are laid through the samples of a line, and
    the detectors interpolate between them by cubic convolution.

    In a fan beam the rays start from a point at `distance` from the centre, at (sin θ, −cos θ) · distance, and s
    is where a ray crosses the line through the centre that faces the source.

    Args:
        shape: Rows and columns of the image.
        angles: Degrees, one for each view; limited angles are those that are missing. Evenly spaced over 180° (a
            fan: 360°), as many as rows, if None.
        detectors: Number of detectors; None for as many as see the whole image.
        spacing: Distance between neighbouring detectors; 1 by default.
        beam: "parallel" or "fan".
        distance: Of a fan's source from the centre; more than half of the image's diagonal.
        centre: Row and column of the centre of rotation; the middle of the image by default. scikit-image takes the
            sample (rows // 2, columns // 2).
        impl: "fast" for the compiled kernel, "reference" for the array API; chosen by the array if None.
        dtype: As for `linear_map`.

    Raises:
        InvalidInput: an image that is not two-dimensional, no angles, angles that are not finite or not degrees
            within ±360, no detectors, a spacing not above 0, or a source inside the image.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> A = sb.Radon((64, 64), angles=np.arange(0, 180, 6))
        >>> A.output_shape
        (30, 92)
        >>> y = A(np.ones((64, 64)))
        >>> float(round(y[0].sum()))
        4096.0

    See also: `subband.inverse.filtered_back_projection`.

    Source: P. M. Joseph, "An improved algorithm for reprojecting rays through pixel images", IEEE Trans. Med.
    Imaging 1 (1982); R. G. Keys, "Cubic convolution interpolation for digital image processing", IEEE Trans.
    ASSP 29 (1981).
    """

    shape: Any
    angles: Any = None
    detectors: int | None = None
    spacing: float = 1.0
    beam: str = "parallel"
    distance: float | None = None
    centre: Any = None
    impl: str | None = None
    dtype: Any = "float64"

    def __post_init__(self) -> None:
        shape = lengths("shape", self.shape)
        if len(shape) != 2:
            raise InvalidInput(
                f"shape={self.shape!r}: give the rows and columns of an image; others are batch axes"
            )
        choice("beam", self.beam, BEAMS)
        implementation(self.impl)
        set_ = object.__setattr__
        set_(self, "shape", shape)
        set_(self, "dtype", floating(self.dtype))
        set_(self, "angles", _degrees(self.angles, shape[0], 180.0 if self.beam == "parallel" else 360.0))
        set_(self, "spacing", number("spacing", self.spacing, "a number above 0", above=0))
        middle = tuple((n - 1) / 2 for n in shape)
        centre = middle if self.centre is None else self.centre
        centre = list(centre) if isinstance(centre, np.ndarray) and centre.ndim == 1 else centre
        if not isinstance(centre, tuple | list) or len(centre) != 2:
            raise InvalidInput(f"centre={shown(centre)}: give a row and a column")
        y, x = (number("centre", at, "a row and a column") for at in centre)
        set_(self, "centre", (y, x))
        # The corners of the image, half a sample outside of the outermost samples' middles.
        corners = [hypot(row - y, column - x) for row, column in _corners(shape)]
        reach = self._reach(max(corners))
        if self.detectors is None:
            set_(self, "detectors", 2 * ceil(reach / self.spacing) + (shape[1] % 2))
        else:
            set_(self, "detectors", integer("detectors", self.detectors, 1, LONGEST, "a number of detectors"))

    def _reach(self, radius: float) -> float:
        """Largest |s| of a ray through a disc."""
        if self.beam == "parallel":
            if self.distance is not None:
                raise InvalidInput("parallel rays have no source: leave distance out, or type beam='fan'")
            return radius
        if self.distance is None:
            raise InvalidInput("a fan beam needs the distance of its source: e.g. distance=2 * rows")
        distance = number("distance", self.distance, "a number of samples")
        if distance <= radius:
            raise InvalidInput(
                f"distance={distance:g} puts the source inside of the image: give more than {radius:.1f}, "
                "half of the diagonal"
            )
        object.__setattr__(self, "distance", distance)
        return radius * distance / (distance**2 - radius**2) ** 0.5

    @property
    def plan(self) -> RadonPlan:
        """The rays, for the kernels."""
        (rows, columns), angles = self.shape, tuple(np.deg2rad(self.angles).tolist())
        given = (rows, columns, angles, self._detectors, self.spacing, self.centre, (self._detectors - 1) / 2)
        return ParallelPlan(*given) if self.beam == "parallel" else FanPlan(*given, float(self.distance or 0))

    @property
    def _detectors(self) -> int:
        assert self.detectors is not None
        return self.detectors

    def _view(self, batch: Shape) -> View:
        plan, is_complex = self.plan, self.dtype.kind == "c"

        def forward(x: Array) -> Array:
            return _on_one_batch(project, x, plan, plan.shape, self.impl)

        def adjoint(y: Array) -> Array:
            return _on_one_batch(back_project, y, plan, self.shape, self.impl)

        image, sinogram = Space((*batch, *self.shape), is_complex), Space((*batch, *plan.shape), is_complex)
        return View(image, sinogram, forward, adjoint)

    def __repr__(self) -> str:
        low, high = min(self.angles), max(self.angles)
        return (
            f"Radon({self.shape}, {len(self.angles)} angles from {low:g}° to {high:g}°, "
            f"detectors={self.detectors}, "
            f"beam='{self.beam}', dtype='{self.dtype}')"
        )


def _on_one_batch(f: Any, x: Array, plan: RadonPlan, shape: Shape, impl: str | None) -> Array:
    xp, batch = namespace(x), tuple(x.shape[:-2])
    flat = xp.reshape(x, (prod(batch), *x.shape[-2:]))
    return xp.reshape(f(flat, plan, impl=impl), (*batch, *shape))


def _corners(shape: Shape) -> list[tuple[float, float]]:
    return [(row, column) for row in (-0.5, shape[0] - 0.5) for column in (-0.5, shape[1] - 0.5)]


def _degrees(angles: Any, count: int, turn: float) -> tuple[float, ...]:
    """The angles of the views, checked."""
    if angles is None:
        return tuple((np.arange(count) * (turn / count)).tolist())
    found = np.atleast_1d(as_array(angles, "angles"))
    if found.ndim != 1 or found.dtype.kind not in "iuf" or not found.size:
        raise InvalidInput(
            f"angles of shape {found.shape} and dtype {found.dtype}: give one number of degrees for each "
            "view, e.g. "
            "angles=numpy.arange(0, 180, 6)"
        )
    if not np.isfinite(found).all() or np.abs(found).max() > 360:
        wrong = found[~(np.abs(found) <= 360)][0]
        raise InvalidInput(
            f"angles: {wrong:g}° is outside of −360 … 360: give degrees, e.g. numpy.arange(0, 180, 6)"
        )
    return tuple(found.astype(float).tolist())
