"""Stationary (undecimated) wavelet transforms and inverses, along one, two or n axes.

At level j a signal consists of 2^j interleaved signals. The undecimated sub-bands of each are the interleaved
sub-bands of two decimated transforms, of the signal and of the signal shifted by one sample (Nason and
Silverman 1995, the ε-decimated bases). The kernels of the decimated transform are therefore reused, and the
inverse is the mean of the two decimated inverses. NumPy arrays have a kernel of their own.
"""

import warnings
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.compat.pywt import short
from subband.compat.pywt.arguments import (
    as_array,
    as_samples,
    count_from_front,
    discrete,
    filters,
    same_dtype,
    samples_and_axes,
    tables,
    wavelets_per_axis,
)
from subband.compat.pywt.pyramid import DIRECTIONS, merge, split
from subband.kernels.dilated import fits
from subband.transforms.stationary.atrous import analysis_plan, synthesis_plan
from subband.transforms.wavelets.filters import Wavelet

__all__ = ["iswt", "iswt2", "iswtn", "swt", "swt2", "swt_max_level", "swtn"]


def swt_max_level(input_len: int) -> int:
    """Number of times the length is divisible by 2; see `pywt.swt_max_level`."""
    return tables.swt_max_level(input_len)


def split_still(x: Array, wavelet: Wavelet, level: int, axis: int) -> tuple[Array, Array]:
    """Both undecimated bands of level `level` (from 0) along one axis, each of the length of `x`."""
    xp = namespace(x)
    if fits(x, 1):
        from subband.kernels.dilated import compiled

        lines = x.swapaxes(axis, -1)
        plan = analysis_plan((wavelet,), lines.shape[-1:], 1, 1.0, level)
        bands = compiled.analyse(lines.reshape(-1, lines.shape[-1]), plan)
        a, d = (bands[:, i].reshape(lines.shape).swapaxes(axis, -1) for i in (0, 1))
        return a, d
    phases = _phases(x, 2**level, axis)
    both = zip(
        split(phases, wavelet, "periodization", axis),
        split(xp.roll(phases, -1, axis=axis), wavelet, "periodization", axis),
        strict=True,
    )
    low, high = (_flat(xp.stack(pair, axis=axis + 1), axis) for pair in both)
    return _flat(low, axis), _flat(high, axis)


def merge_still(a: Array, d: Array, wavelet: Wavelet, level: int, axis: int) -> Array:
    """Inverse of `split_still`: the mean of the reconstructions from even and from odd coefficients."""
    xp = namespace(a)
    a, d = same_dtype(a, d)
    if fits(a, 1) and a.shape == d.shape:
        from subband.kernels.dilated import compiled

        lines = np.stack([a, d]).swapaxes(1 + axis, -1)
        plan = synthesis_plan((wavelet,), lines.shape[-1:], 1, 0.5, level)
        bands = lines.reshape(2, -1, lines.shape[-1]).swapaxes(0, 1)
        return compiled.synthesise(bands, plan, 0).reshape(lines.shape[1:]).swapaxes(axis, -1)
    low, high = _phases(a, 2**level, axis), _phases(d, 2**level, axis)

    def back(start: int) -> Array:
        every = (*(slice(None),) * axis, slice(start, None, 2), ...)
        return merge(low[every], high[every], wavelet, "periodization", axis)

    return _flat((back(0) + xp.roll(back(1), 1, axis=axis)) / 2, axis)


def _phases(x: Array, count: int, axis: int) -> Array:
    """Polyphase components: (… n …) → (… n/count, count …)."""
    shape = (*x.shape[:axis], x.shape[axis] // count, count, *x.shape[axis + 1 :])
    return namespace(x).reshape(x, shape)


def _flat(x: Array, axis: int) -> Array:
    """Inverse of `_phases`: (… n, count …) → (… n·count …)."""
    shape = (*x.shape[:axis], x.shape[axis] * x.shape[axis + 1], *x.shape[axis + 2 :])
    return namespace(x).reshape(x, shape)


def rescaled(wavelet: Any, factor: float, norm: bool) -> Wavelet:
    """The filters, multiplied by `factor` if `norm` (energy-preserving coefficients)."""
    w = filters(wavelet)
    if not norm:
        return w
    dec_lo, dec_hi, rec_lo, rec_hi = (
        tuple(factor * tap for tap in taps) for taps in (w.dec_lo, w.dec_hi, w.rec_lo, w.rec_hi)
    )
    return Wavelet(w.name, dec_lo, dec_hi, rec_lo, rec_hi)


def _check(size: int, level: int, start_level: int) -> None:
    if size < 1:
        raise ValueError("Data must have non-zero size")
    if level < 1:
        raise ValueError("Level value must be greater than zero.")
    if size % 2:
        raise ValueError("Length of data must be even.")
    most = tables.swt_max_level(size)
    if start_level >= most:
        raise ValueError(f"start_level must be less than {most}.")
    if start_level + level > most:
        raise ValueError(
            f"Level value too high (max level for current data size and start_level is {most - start_level})."
        )


def swt(
    data: Array,
    wavelet: Any,
    level: int | None = None,
    start_level: int = 0,
    axis: int = -1,
    trim_approx: bool = False,
    norm: bool = False,
):
    """[(cA_n, cD_n), …, (cA_1, cD_1)] along one axis; see `pywt.swt`."""
    if axis in (-1, 0) and not norm and (found := short.analyse_still(data, wavelet, level, start_level)):
        pairs = [tuple(bands) for bands in reversed(found)]
        return [pairs[0][0], *(d for _, d in pairs)] if trim_approx else pairs
    x, w = as_samples(data), discrete(wavelet)
    _warn_about_energy(norm, [w], along_one_axis=True)
    axis = count_from_front(axis, x.ndim)
    if level is None:
        level = swt_max_level(x.shape[axis])
    _check(x.shape[axis], level, start_level)
    bank = rescaled(w, 0.5**0.5, norm)
    pairs = []
    for step in range(start_level, start_level + level):
        x, d = split_still(x, bank, step, axis)
        pairs.append((x, d))
    pairs.reverse()
    return [pairs[0][0], *(d for _, d in pairs)] if trim_approx else pairs


def iswt(coeffs, wavelet: Any, norm: bool = False, axis: int = -1) -> Array:
    """Inverse of `swt`; see `pywt.iswt`."""
    trimmed = not isinstance(coeffs[0], tuple | list)
    x = as_samples(coeffs[0] if trimmed else coeffs[0][0])
    details = coeffs[1:] if trimmed else [d for _, d in coeffs]
    axis = count_from_front(axis, x.ndim)
    w = rescaled(discrete(wavelet), 2**0.5, norm)
    for step, d in zip(reversed(range(len(details))), details, strict=True):
        x = merge_still(x, as_samples(d), w, step, axis)
    return x


def swtn(
    data: Array,
    wavelet: Any,
    level: int,
    start_level: int = 0,
    axes: Sequence[int] | None = None,
    trim_approx: bool = False,
    norm: bool = False,
):
    """[{bands of level n}, …, {bands of level 1}] along n axes; see `pywt.swtn`."""
    x, axes = samples_and_axes(data, axes)
    if len(axes) != len(set(axes)):
        raise ValueError("The axes passed to swtn must be unique.")
    wavelets = wavelets_per_axis(wavelet, axes)
    _warn_about_energy(norm, wavelets)
    banks = [rescaled(w, 0.5**0.5, norm) for w in wavelets]
    # Unlike swt, swtn accepts level=0 and returns an empty list.
    for axis in axes if level else ():
        _check(x.shape[axis], level, start_level)
    found: list[Any] = []
    for step in range(start_level, start_level + level):
        bands = {"": x}
        for axis, bank in zip(axes, banks, strict=True):
            pairs = {name: split_still(band, bank, step, axis) for name, band in bands.items()}
            bands = {
                name + letter: half
                for name, pair in pairs.items()
                for letter, half in zip("ad", pair, strict=True)
            }
        x = bands.pop("a" * len(axes)) if trim_approx else bands["a" * len(axes)]
        found.append(bands)
    return [*([x] if trim_approx else []), *reversed(found)]


def iswtn(coeffs, wavelet: Any, axes: Sequence[int] | None = None, norm: bool = False) -> Array:
    """Inverse of `swtn`; see `pywt.iswtn`."""
    rank = max(len(name) for name in coeffs[-1])
    trimmed = not isinstance(coeffs[0], dict)
    x = as_samples(coeffs[0] if trimmed else coeffs[0]["a" * rank])
    levels = coeffs[1:] if trimmed else coeffs
    axes = range(x.ndim) if axes is None else axes
    axes = [axis + x.ndim if axis < 0 else axis for axis in axes]
    if len(axes) != len(set(axes)):
        raise ValueError("The axes passed to swtn must be unique.")
    if rank != len(axes):
        raise ValueError(
            "The number of axes used in iswtn must match the number of dimensions transformed in swtn."
        )
    banks = [rescaled(w, 2**0.5, norm) for w in wavelets_per_axis(wavelet, axes)]
    for step, level in zip(reversed(range(len(levels))), levels, strict=True):
        details = {name: as_samples(band) for name, band in level.items() if "d" in name}
        if len({tuple(band.shape) for band in details.values()}) != 1:
            raise RuntimeError("Mismatch in shape of intermediate coefficient arrays")
        bands = {**details, "a" * rank: x}
        for known in reversed(range(rank)):
            bands = {
                name: merge_still(bands[name + "a"], bands[name + "d"], banks[known], step, axes[known])
                for name in map("".join, product("ad", repeat=known))
            }
        x = bands[""]
    return x


def swt2(
    data: Array,
    wavelet: Any,
    level: int,
    start_level: int = 0,
    axes: Sequence[int] = (-2, -1),
    trim_approx: bool = False,
    norm: bool = False,
):
    """[(cA_n, (cH_n, cV_n, cD_n)), …] along two axes; see `pywt.swt2`."""
    x, axes = as_array(data), tuple(axes)
    if len(axes) != 2:
        raise ValueError("Expected 2 axes")
    if len(axes) != len(set(axes)):
        raise ValueError("The axes passed to swt2 must be unique.")
    if x.ndim < 2:
        raise ValueError("Input array has fewer dimensions than the specified axes")
    found: list[Any] = swtn(x, wavelet, level, start_level, axes, trim_approx, norm)
    details = [tuple(c[name] for name in DIRECTIONS) for c in found if isinstance(c, dict)]
    if trim_approx:
        return [found[0], *details]
    return [(c["aa"], d) for c, d in zip(found, details, strict=True)]


def iswt2(coeffs, wavelet: Any, norm: bool = False, axes: Sequence[int] = (-2, -1)) -> Array:
    """Inverse of `swt2`; see `pywt.iswt2`."""
    if not isinstance(coeffs[0], tuple | list):
        named = [coeffs[0], *(dict(zip(DIRECTIONS, level, strict=True)) for level in coeffs[1:])]
    else:
        named = [{"aa": a, **dict(zip(DIRECTIONS, level, strict=True))} for a, level in coeffs]
    return iswtn(named, wavelet, axes, norm)


def _warn_about_energy(norm: bool, wavelets: Sequence[Any], along_one_axis: bool = False) -> None:
    if norm and not all(w.orthogonal for w in wavelets):
        which = "wavelet is" if along_one_axis else "wavelets used are"
        warnings.warn(
            f"norm=True, but the {which} not orthogonal: \n"
            "\tThe conditions for energy preservation are not satisfied.",
            stacklevel=3,
        )
