"""Lengths and symmetry of an extended time axis."""

from typing import NamedTuple


class Line(NamedTuple):
    """Geometry of the extended time axis.

    Attributes:
        samples: N, the number of samples of a signal.
        period: L, the period of the extended signal.
        mirror: 0, or for L = 2N the sign of the mirror symmetry of the filtered signal's real part at its
            end.
    """

    samples: int
    period: int
    mirror: int
