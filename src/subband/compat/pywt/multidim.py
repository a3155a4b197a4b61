"""One level along several axes at once: dwt2, dwtn, and back."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from subband.arrays.namespace import Array, library, namespace
from subband.compat.pywt.arguments import (
    as_array,
    as_samples,
    check_long_enough,
    count_from_front,
    filters,
    from_last,
    modes_per_axis,
    to_last,
    wavelets_per_axis,
)
from subband.compat.pywt.onelevel import merge
from subband.kernels.filterbank import pyramid_analysis
from subband.kernels.plan import Bank, plan

Bands = dict[str, Array]


def dwt2(data: Array, wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] = (-2, -1)):
    """(cA, (cH, cV, cD)) of one level along two axes; see `pywt.dwt2`."""
    axes, data = tuple(axes), as_array(data)
    if len(axes) != 2:
        raise ValueError("Expected 2 axes")
    if data.ndim < len(set(axes)):
        raise ValueError("Input array has fewer dimensions than the specified axes")
    c = dwtn(data, wavelet, mode, axes)
    return c["aa"], (c["da"], c["ad"], c["dd"])


def idwt2(coeffs, wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] = (-2, -1)) -> Array:
    """Inverse of `dwt2`; sub-bands may be None. See `pywt.idwt2`."""
    approx, (horizontal, vertical, diagonal) = coeffs
    if len(tuple(axes)) != 2:
        raise ValueError("Expected 2 axes")
    bands = {"aa": approx, "da": horizontal, "ad": vertical, "dd": diagonal}
    return idwtn(bands, wavelet, mode, axes)


def dwtn(data: Array, wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] | None = None) -> Bands:
    """The 2^d sub-bands of one level along d axes, by name; see `pywt.dwtn`."""
    x = as_array(data)
    if library(x) == "numpy" and x.dtype == np.dtype("object"):
        raise TypeError("Input must be a numeric array-like")
    if x.ndim < 1:
        raise ValueError("Input data must be at least 1D")
    x = as_samples(x)
    axes = [count_from_front(axis, x.ndim) for axis in (range(x.ndim) if axes is None else axes)]
    modes, wavelets = modes_per_axis(mode, axes), wavelets_per_axis(wavelet, axes)
    banks = [filters(w).analysis(m) for w, m in zip(wavelets, modes, strict=True)]
    return split_axes(x, banks, axes)


def split_axes(x: Array, banks: Sequence[Bank], axes: Sequence[int]) -> Bands:
    """All bands of one level; an axis that is named twice is split twice."""
    if not axes:
        return {"": x}
    if len(set(axes)) < len(axes):
        firsts = split_axes(x, banks[:-1], axes[:-1])
        lasts = {name: split_axes(band, banks[-1:], axes[-1:]) for name, band in firsts.items()}
        return {first + last: band for first, bands in lasts.items() for last, band in bands.items()}
    size = tuple(x.shape[axis] for axis in axes)
    for n, bank in zip(size, banks, strict=True):
        check_long_enough(n, bank)
    level = plan(tuple(banks), size, 1)
    flat = pyramid_analysis(to_last(x, axes), level)
    count, xp = prod(level.sizes[-1]), namespace(x)
    return {
        name: from_last(
            xp.reshape(flat[:, i * count : (i + 1) * count], (flat.shape[0], *level.sizes[-1])), x.shape, axes
        )
        for i, name in enumerate(level.bands)
    }


def checked(coeffs: Mapping[str, Any]) -> Bands:
    """Sub-bands as arrays, if their names can be those of sub-bands.

    Raises:
        ValueError: a sub-band is None, or the names don't fit.
    """
    missing = [name for name, band in coeffs.items() if band is None]
    if missing:
        raise ValueError(
            f"The following detail coefficients were set to None:\n{missing}\nFor multilevel transforms, rather "
            "than setting\n\tcoeffs[key] = None\nuse\n\tcoeffs[key] = np.zeros_like(coeffs[key])\n"
        )
    invalid = [name for name in coeffs if not set(name) <= set("ad")]
    if invalid:
        raise ValueError(
            f"The following invalid keys were found in the detail coefficient dictionary: {invalid}."
        )
    if len({len(name) for name in coeffs}) > 1:
        raise ValueError("All detail coefficient names must have equal length.")
    return {name: as_array(band) for name, band in coeffs.items()}


def idwtn(
    coeffs: Mapping[str, Any], wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] | None = None
) -> Array:
    """Inverse of `dwtn`; sub-bands may be None or missing. See `pywt.idwtn`."""
    bands = checked({name: band for name, band in coeffs.items() if band is not None})
    if not bands:
        raise ValueError("`coeffs` must contain at least one non-null wavelet band")
    bands = {name: as_samples(band) for name, band in bands.items()}
    rank = len(next(iter(bands)))
    shapes = {tuple(band.shape) for band in bands.values()}
    if len(shapes) > 1:
        raise ValueError("`coeffs` must all be of equal size (or None)")
    ndim = rank if axes is None else len(shapes.pop())
    axes = [count_from_front(axis, ndim) for axis in (range(rank) if axes is None else axes)]
    modes, wavelets = modes_per_axis(mode, axes), wavelets_per_axis(wavelet, axes)
    for known in reversed(range(len(axes))):
        pairs = {
            name: (bands.get(name + "a"), bands.get(name + "d"))
            for name in map("".join, product("ad", repeat=known))
        }
        w, m, axis = filters(wavelets[known]), modes[known], axes[known]
        bands = {
            name: merge(a, d, w, m, axis) for name, (a, d) in pairs.items() if a is not None or d is not None
        }
    return bands[""]
