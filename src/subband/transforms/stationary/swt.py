"""The stationary wavelet transform and its inverse (Nason & Silverman 1995), over any axes of any array."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, integer
from subband.arrays.deprecation import deprecated, keyword_only_after
from subband.arrays.namespace import Array, as_signal, namespace, widened
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.kernels.filterbank.boundary_modes import MODES
from subband.transforms.stationary.atrous import merge, split
from subband.transforms.stationary.layers import Layers
from subband.transforms.wavelets.filters import Wavelet
from subband.transforms.wavelets.spec import Spec, Wavelets, make_spec, plain_level

NORMS = ("l2", "l1")
DIVIDED = ("l1", True)
"""The norm whose filters are divided by √2, also as programs say it that version 0.1 exported."""


@final
@pytree("array")
@dataclass(frozen=True, eq=False, repr=False)
class StationaryCoefficients(Layers):
    """The coefficients of a stationary wavelet transform; see `Layers` for their order and names.

    Attributes:
        norm: "l2" or "l1", as in `swt`.
    """

    norm: str = "l2"


@keyword_only_after("wavelet", "level", "axes")
def swt(
    x: Array,
    wavelet: Wavelets,
    *,
    level: int | None = None,
    axes: int | Sequence[int] = -1,
    norm: str = "l2",
) -> StationaryCoefficients:
    """Stationary wavelet transform, also called undecimated, maximal-overlap or à trous.

    Nothing is dropped between levels; the filters are dilated instead, so a shift of the signal shifts the
    coefficients. The signal is taken to be periodic. Lengths need not be multiples of 2^level (as PyWavelets
    asks): dilated filters on a ring reconstruct perfectly for every length, and where PyWavelets accepts a
    length the coefficients are the same. Only the coarsest approximation is kept; `iswt(c, level=j)` gives that
    of level j.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis.
        level: Number of levels, at most ⌊log₂ N⌋ for the shortest axis of N samples; by default as many as `dwt`
            takes, so that no dilated filter is much longer than the axis.
        axes: The axes to transform, one or several.
        norm: "l2": the wavelets of all levels have one energy, 1 for orthonormal ones, as in `dwt` and in
            PyWavelets. "l1": they have one height in frequency, since the filters are divided by √2; for orthogonal
            wavelets the coefficients then have the energy of the signal, and their variances by level add up to its
            variance (Percival & Walden 2000, ch. 5).

    Returns:
        The coefficients, of the library, device and dtype of `x`: `.approx`, `[level]["d"]`, `.array`.

    Raises:
        InvalidInput: unknown wavelet, empty or missing axis, level too high.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.
    """
    x = as_signal(x)
    norm = plain_norm(norm)
    spec = make_stationary_spec(x.shape, wavelet, level, axes)
    return StationaryCoefficients(analyse(x, spec, spec.known, analysis_gain(norm)), spec, norm)


def iswt(c: StationaryCoefficients, *, level: int = 0) -> Array:
    """Inverse of `swt`: the mean of the inverses of all decimated transforms that `c` contains.

    Coefficients that were changed need not be those of any signal; for orthogonal wavelets the result is the
    signal whose coefficients are nearest, level by level, in least squares.

    Args:
        c: Coefficients, as `swt` gave them or with other numbers in them.
        level: Stop at the approximation of this level; 0 is the signal itself.

    Returns:
        The array, of exactly the shape that was transformed.

    Raises:
        InvalidInput: if `c` is not a `StationaryCoefficients`, or has no such level.
    """
    if not isinstance(c, StationaryCoefficients):
        raise InvalidInput(
            f"can't invert a {type(c).__name__}: give the StationaryCoefficients that swt returned"
        )
    level = integer("level", level)
    if not 0 <= level <= c.spec.level:
        raise InvalidInput(f"level {level} does not exist: give one of 0 … {c.spec.level}, 0 for the signal")
    return synthesise(c, c.spec.known, synthesis_gain(c.norm), level=level)


def analyse(x: Array, spec: Spec, wavelets: Sequence[Wavelet], gain: float) -> Array:
    """The array of an analysis with these filters: (*batch, bands, n₁, …, n_d)."""
    xp, approx = namespace(x), widened(spec.gather(x))
    details: list[Array] = []
    for j in range(spec.level):
        approx, *finest = split(approx, wavelets, 2**j, gain)
        details = finest + details
    bands = xp.astype(xp.stack([approx, *details], axis=1), x.dtype, copy=False)
    return xp.reshape(bands, (*spec.batch, *bands.shape[1:]))


def synthesise(c: Layers, wavelets: Sequence[Wavelet], gain: float, *, level: int = 0) -> Array:
    """The signal that a synthesis with these filters makes of bands, or its approximation of a level."""
    flat, count = widened(c.flat()), len(c.names)
    approx, start = flat[:, 0, ...], 1
    for j in range(c.spec.level, level, -1):
        details = [flat[:, i, ...] for i in range(start, start + count)]
        approx = merge([approx, *details], wavelets, 2 ** (j - 1), gain)
        start += count
    return c.spec.scatter(namespace(flat).astype(approx, c.array.dtype, copy=False))


def plain_norm(norm: Any) -> str:
    """ "l1" or "l2"; True and False, as these were called in version 0.1, with a warning."""
    if isinstance(norm, bool | np.bool_):
        now = "l1" if norm else "l2"
        deprecated(f"swt(…, norm={norm}) ends with the next release: type swt(…, norm={now!r})", 5)
        return now
    return choice("norm", norm, NORMS)


def analysis_gain(norm: str) -> float:
    """What analysis filters are multiplied by."""
    return sqrt(0.5) if norm in DIVIDED else 1.0


def synthesis_gain(norm: str) -> float:
    """What synthesis filters are multiplied by, so that both ways together make the ½ of a mean over shifts."""
    return sqrt(0.5) if norm in DIVIDED else 0.5


def make_stationary_spec(
    shape: Sequence[int], wavelet: Wavelets, level: int | None, axes: int | Sequence[int]
) -> Spec:
    """Check the arguments of `swt` against an array's shape."""
    level = plain_level(level, "swt is periodic, and takes no mode")
    if isinstance(axes, str) and axes in MODES:
        raise InvalidInput(f"axes={axes!r} is a boundary mode: swt is periodic, and takes none")
    spec = make_spec(shape, wavelet, None, "periodization", axes)
    if level is None:
        return spec
    # Beyond this a filter's neighbouring taps lie further apart than the signal is long.
    size = min(spec.size)
    most = max(1, size.bit_length() - 1)
    if level > most:
        raise InvalidInput(
            f"can't take {level} stationary levels on {size} samples: at most {most}, since 2^level ≤ {size}"
        )
    return replace(spec, level=level)
