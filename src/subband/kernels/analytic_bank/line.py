"""The time axis, as the Fourier transform sees it."""

from typing import NamedTuple


class Line(NamedTuple):
    """What the time axis is to the Fourier transform.

    Attributes:
        samples: N, samples of a signal.
        period: L, samples after which the extended signal repeats.
        mirror: 0, or for L = 2N the sign with which the filtered signal's real part is mirrored at its end.
    """

    samples: int
    period: int
    mirror: int
