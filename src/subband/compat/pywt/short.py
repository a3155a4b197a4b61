"""Transforms of one short signal or image of NumPy in one call of the kernel, its tables looked up once.

A call of `wavedec` on 256 samples takes a few microseconds of arithmetic; checks and conversions would take more.
What is unusual in any way (a stride, a warning, an error, another type) is left to the general code.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from subband.compat.pywt.arguments import discrete, filters, mode_name, tables
from subband.compat.pywt.pyramid import analysis_spec, synthesis_spec
from subband.errors import InvalidInput
from subband.kernels.build import compiled
from subband.transforms.stationary.atrous import analysis_plan

SHORT = 8192
"""Samples below which the time of a call is worth saving; longer signals are shared among threads."""

NATIVE = {np.dtype(np.float32): "f", np.dtype(np.float64): "d"}
"""Types of numbers that the kernels have, in the machine's order of bytes."""

Shapes = tuple[tuple[int, ...], ...]


class Analysis(NamedTuple):
    """The kernel of one plan, the number of all coefficients, and each band's place among them and shape."""

    bank: Any
    total: int
    bands: tuple[tuple[slice, tuple[int, ...]], ...]


class Synthesis(NamedTuple):
    """The kernel of one plan, and the shape of its signal."""

    bank: Any
    shape: tuple[int, ...]


def analyse(
    x: Any, wavelet: Any, mode: Any, level: int | None, *, warns: bool = True
) -> list[np.ndarray] | None:
    """The bands of `level` levels along all axes of x, approximation first, details from coarse to fine; or None.

    Args:
        warns: Whether the caller warns of high levels, which are then left to it.
    """
    if type(x) is not np.ndarray or x.size >= SHORT or not _plain(x):
        return None
    try:
        found = _analysis(x.shape, NATIVE.get(x.dtype), wavelet, mode, level, warns)
    except TypeError:  # an argument that can't be hashed
        return None
    if found is None:
        return None
    out = np.empty(found.total, x.dtype)
    found.bank.one(0, x, out)
    if x.ndim == 1:
        return [out[place] for place, _ in found.bands]
    return [out[place].reshape(shape) for place, shape in found.bands]


def synthesise(bands: Sequence[Any], wavelet: Any, mode: Any, levels: int) -> np.ndarray | None:
    """The signal of such bands, the first of which is an array, or None."""
    shapes, dtype = [], getattr(bands[0], "dtype", None)
    for band in bands:
        if type(band) is not np.ndarray or band.dtype != dtype or band.size >= SHORT:
            return None
        shapes.append(band.shape)
    try:
        found = _synthesis(tuple(shapes), NATIVE.get(dtype), wavelet, mode, levels)
    except TypeError:
        return None
    if found is None:
        return None
    out = np.empty(found.shape, dtype)
    try:
        found.bank.join(bands, out)
    except (ValueError, TypeError):  # bands that are strided, or not aligned
        return None
    return out


def analyse_still(x: Any, wavelet: Any, level: Any, first: Any) -> list[np.ndarray] | None:
    """(2, n) approximation and detail of x, (n,), at each undecimated level from `first` on, or None."""
    if type(x) is not np.ndarray or x.ndim != 1 or x.size >= SHORT or not _plain(x):
        return None
    try:
        banks = _still(x.shape, NATIVE.get(x.dtype), wavelet, level, first)
    except TypeError:  # an argument that can't be hashed, or a level that is no integer
        return None
    if banks is None:
        return None
    found = [np.empty((2, x.size), x.dtype) for _ in banks]
    for bank, bands in zip(banks, found, strict=True):
        bank.analyse(x, bands, 0, 1)
        x = bands[0]
    return found


def _plain(x: np.ndarray) -> bool:
    flags = x.flags
    return flags.c_contiguous and flags.aligned


@lru_cache(maxsize=1024)
def _analysis(
    shape: tuple[int, ...], char: str | None, wavelet: Any, mode: Any, level: int | None, warns: bool
) -> Analysis | None:
    if char is None:
        return None
    try:
        w = discrete(wavelet)
        most = int(min(tables.dwt_max_level(n, w.dec_len) for n in shape))
        level = most if level is None else level
        if level < 1 or (warns and level > most):
            return None
        axes = tuple(range(len(shape)))
        plan = analysis_spec(shape, axes, (w,) * len(axes), (mode_name(mode),) * len(axes), level).analysis
        bank = _kernel(plan, char)
    except (ValueError, TypeError, AttributeError, InvalidInput):
        return None
    if bank is None:
        return None
    places, start = [], 0
    for size in _band_sizes(plan):
        stop = start + prod(size)
        places.append((slice(start, stop), size))
        start = stop
    return Analysis(bank, start, tuple(places))


@lru_cache(maxsize=1024)
def _synthesis(shapes: Shapes, char: str | None, wavelet: Any, mode: Any, levels: int) -> Synthesis | None:
    if char is None:
        return None
    try:
        w, rank = discrete(wavelet), len(shapes[0])
        axes = tuple(range(rank))
        plan = synthesis_spec(shapes[-1], axes, (w,) * rank, (mode_name(mode),) * rank, levels).synthesis
        bank = _kernel(plan, char) if tuple(_band_sizes(plan)) == shapes else None
    except (ValueError, TypeError, AttributeError, InvalidInput):
        return None
    return bank and Synthesis(bank, plan.size)


@lru_cache(maxsize=1024)
def _still(
    shape: tuple[int], char: str | None, wavelet: Any, level: int | None, first: int
) -> tuple[Any, ...] | None:
    """The kernel of each level; None for a call that has an error or a warning."""
    if char is None or not compiled():
        return None
    from subband.kernels.dilated.compiled import bank_of

    try:
        w, most = filters(discrete(wavelet)), tables.swt_max_level(shape[0])
        stop = first + (most if level is None else level)
        if not 0 <= first < stop <= most:
            return None
        plans = [analysis_plan((w,), shape, 1, 1.0, step) for step in range(first, stop)]
    except (ValueError, TypeError, AttributeError, InvalidInput):
        return None
    return tuple(bank_of(plan, char) for plan in plans)


def _band_sizes(plan: Any) -> list[tuple[int, ...]]:
    """Shapes of the bands in the order of the coefficients."""
    details = len(plan.bands) - 1
    return [plan.sizes[-1], *(size for size in plan.sizes[:0:-1] for _ in range(details))]


def _kernel(plan: Any, char: str) -> Any:
    """The kernel of a plan that is computed in the precision of its signals, or None."""
    if not compiled():
        return None
    from subband.kernels.filterbank.compiled import bank_of, precision

    dtype = np.dtype(char)
    return bank_of(plan, dtype) if precision(plan, dtype) == dtype else None
