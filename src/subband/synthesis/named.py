"""Statistics by name: "scattering+spectrum"."""

from collections.abc import Callable
from functools import reduce
from math import log2
from operator import add

from subband.arrays.arguments import nearest
from subband.errors import InvalidInput
from subband.synthesis.statistics import (
    Histogram,
    JointScattering,
    Moments,
    PhaseHarmonics,
    Scattering,
    ScatteringCovariance,
    Spectrum,
    Statistics,
    WaveletMoments,
)

Q_SOUND, MOST_IMAGE, MOST_SOUND = 8, 5, 12


def statistics_named(names: str, field: tuple[int, ...], J: int | None = None) -> Statistics:
    """Statistics by name, of usual settings for fields of a size.

    Args:
        names: Some of `STATISTICS`, joined by "+".
        field: Number of samples along each axis of a field.
        J: Octaves; by default as many as leave 8 of the largest wavelets side by side, at most 5 for images and 12
            for signals.

    Raises:
        InvalidInput: an unknown name, joint scattering of images, or fields too small for any wavelet.

    Example:
        >>> statistics_named("scattering+spectrum", (256, 256))
        Scattering(J=5, L=8, Q=8, order=2, axes=2, bank='morlet') + Spectrum(J=5, Q=4, L=4, axes=2)
    """
    axes = len(field)
    if axes not in (1, 2):
        raise InvalidInput(f"fields of {field} have {axes} axes: statistics are of signals (1) or images (2)")
    if J is None:
        J = max(1, min(int(log2(max(min(field), 1))) - 3, MOST_IMAGE if axes == 2 else MOST_SOUND))
    made = []
    for name in names.split("+"):
        name = name.strip()
        if name not in STATISTICS:
            raise InvalidInput(
                f"statistics {name!r} are unknown: give some of {', '.join(STATISTICS)}, joined by '+'"
                f"{nearest(name, STATISTICS)}"
            )
        made.append(STATISTICS[name](J, axes))
    found = reduce(add, made)
    found.check(tuple(n // found.multiple * found.multiple for n in field))
    return found


def _joint(J: int, axes: int) -> Statistics:
    if axes != 1:
        raise InvalidInput("joint time–frequency scattering is of signals, not of images: leave 'joint' out")
    return JointScattering(J=J, J_fr=3, Q=Q_SOUND, F=2.0)


def _q(axes: int) -> int:
    return Q_SOUND if axes == 1 else 1


STATISTICS: dict[str, Callable[[int, int], Statistics]] = {
    "moments": lambda J, axes: Moments(axes=axes),
    "histogram": lambda J, axes: Histogram(axes=axes),
    "spectrum": lambda J, axes: Spectrum(J=J, Q=4 if axes == 2 else Q_SOUND, axes=axes),
    "wavelets": lambda J, axes: WaveletMoments(J=J, Q=_q(axes), order=1, axes=axes),
    "scattering": lambda J, axes: Scattering(J=J, Q=Q_SOUND, axes=axes),
    "covariance": lambda J, axes: ScatteringCovariance(J=J, axes=axes),
    "harmonics": lambda J, axes: PhaseHarmonics(J=J, axes=axes),
    "joint": _joint,
}
"""Name → maker from the number of octaves and of axes."""
