"""Multilevel transforms: wavedec, wavedec2, wavedecn and inverses."""

import warnings
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from subband.arrays.namespace import Array
from subband.compat.pywt import short
from subband.compat.pywt.arguments import (
    as_array,
    as_samples,
    count_from_front,
    discrete,
    is_array,
    mode_name,
    modes_per_axis,
    wavelets_per_axis,
)
from subband.compat.pywt.multidim import PLACES, PLANE, checked
from subband.compat.pywt.onelevel import dwt_coeff_len, dwt_max_level
from subband.compat.pywt.pyramid import DIRECTIONS, Bands, put_together, take_apart

__all__ = [
    "dwtn_max_level",
    "wavedec",
    "wavedec2",
    "wavedecn",
    "wavedecn_shapes",
    "wavedecn_size",
    "waverec",
    "waverec2",
    "waverecn",
]


def check_level(sizes: Sequence[int], lengths: Sequence[int], level: int | None, stacklevel: int = 3) -> int:
    """Number of levels, with PyWavelets' warning if boundary effects reach all coefficients."""
    most = min(dwt_max_level(size, length) for size, length in zip(sizes, lengths, strict=True))
    if level is None:
        return most
    if level < 0:
        raise ValueError(f"Level value of {level} is too low . Minimum level is 0.")
    if level > most:
        warnings.warn(
            f"Level value of {level} is too high: all coefficients will experience boundary effects.",
            stacklevel=stacklevel,
        )
    return level


def axes_and_sizes(shape: Sequence[int], axes: Any, caller: str) -> tuple[tuple[int, ...], list[int]]:
    """The axes, by default all, and their lengths."""
    if len(shape) < 1:
        raise ValueError("Expected at least 1D input data.")
    axes = tuple(range(len(shape))) if axes is None else tuple(np.atleast_1d(axes).tolist())
    if len(axes) != len(set(axes)):
        raise ValueError(f"The axes passed to {caller} must be unique.")
    try:
        return axes, [shape[axis] for axis in axes]
    except IndexError:
        raise AxisError("Axis greater than data dimensions") from None


def wavedec(data: Array, wavelet: Any, mode: Any = "symmetric", level: int | None = None, axis: int = -1):
    """[cA_n, cD_n, …, cD_1] along one axis; see `pywt.wavedec`."""
    if axis in (-1, 0) and getattr(data, "ndim", 0) == 1:
        bands = short.analyse(data, wavelet, mode, level)
        if bands is not None:
            return bands
    x, wavelet = as_array(data), discrete(wavelet)
    try:
        size = x.shape[axis]
    except IndexError:
        raise AxisError("Axis greater than data dimensions") from None
    level = check_level([size], [wavelet.dec_len], level)
    if level == 0:
        return [x]
    axis = count_from_front(axis, x.ndim)
    approx, details = take_apart(as_samples(x), (wavelet,), (mode_name(mode),), (axis,), level)
    return [approx, *(bands["d"] for bands in details)]


def waverec(coeffs, wavelet: Any, mode: Any = "symmetric", axis: int = -1) -> Array:
    """Inverse of `wavedec`; see `pywt.waverec`."""
    _check_list(coeffs)
    approx, *details = coeffs
    if not details:
        return approx
    if axis in (-1, 0) and getattr(approx, "ndim", 0) == 1:
        signal = short.synthesise(coeffs, wavelet, mode, len(details))
        if signal is not None:
            return signal
    for d in details:
        if d is not None and not is_array(d):
            raise ValueError(
                f"Unexpected detail coefficient type: {type(d)}. Detail coefficients must be arrays as returned "
                "by wavedec. If you are using pywt.array_to_coeffs or pywt.unravel_coeffs, please specify "
                "output_format='wavedec'"
            )
    if approx is None and details[0] is None:
        raise ValueError("At least one coefficient parameter must be specified.")
    approx = None if approx is None else as_samples(approx)
    levels = [{} if d is None else {"d": as_samples(d)} for d in details]
    present: Array = levels[0]["d"] if approx is None else approx
    axis = count_from_front(axis, present.ndim, "coefficient")
    return put_together(approx, levels, (discrete(wavelet),), (mode_name(mode),), (axis,))


def wavedec2(
    data: Array,
    wavelet: Any,
    mode: Any = "symmetric",
    level: int | None = None,
    axes: Sequence[int] = (-2, -1),
):
    """[cA_n, (cH_n, cV_n, cD_n), …, (cH_1, cV_1, cD_1)] along two axes; see `pywt.wavedec2`."""
    x, axes = as_array(data), tuple(axes)
    if axes in PLANE and x.ndim == 2:
        bands = short.analyse(x, wavelet, mode, level)
        if bands is not None:
            return [
                bands[0],
                *(tuple(bands[first + place - 1] for place in PLACES) for first in range(1, len(bands), 3)),
            ]
    if x.ndim < 2:
        raise ValueError("Expected input data to have at least 2 dimensions.")
    if len(axes) != 2:
        raise ValueError("Expected 2 axes")
    approx, *details = _wavedecn(x, wavelet, mode, level, axes, "wavedec2")
    return [approx, *(tuple(bands[name] for name in DIRECTIONS) for bands in details)]


def waverec2(coeffs, wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] = (-2, -1)) -> Array:
    """Inverse of `wavedec2`; see `pywt.waverec2`."""
    _check_list(coeffs)
    approx, *details = coeffs
    levels = []
    for d in details:
        if not isinstance(d, list | tuple) or len(d) != 3:
            raise ValueError(
                f"Unexpected detail coefficient type: {type(d)}. Detail coefficients must be a 3-tuple of arrays "
                "as returned by wavedec2. If you are using pywt.array_to_coeffs or pywt.unravel_coeffs, please "
                "specify output_format='wavedec2'"
            )
        levels.append({name: band for name, band in zip(DIRECTIONS, d, strict=True) if band is not None})
    if details and tuple(axes) in PLANE and getattr(approx, "ndim", 0) == 2:
        bands = [approx, *(d[PLACES.index(place)] for d in details for place in (1, 2, 3))]
        signal = short.synthesise(bands, wavelet, mode, len(details))
        if signal is not None:
            return signal
    return _waverecn(approx, levels, wavelet, mode, tuple(axes), "waverec2")


def wavedecn(data: Array, wavelet: Any, mode: Any = "symmetric", level: int | None = None, axes: Any = None):
    """[cA_n, {details of level n}, …, {details of level 1}]; see `pywt.wavedecn`."""
    return _wavedecn(as_array(data), wavelet, mode, level, axes, "wavedecn")


def _wavedecn(x: Array, wavelet: Any, mode: Any, level: int | None, axes: Any, caller: str) -> list[Any]:
    axes, sizes = axes_and_sizes(x.shape, axes, caller)
    wavelets = wavelets_per_axis(wavelet, axes)
    level = check_level(sizes, [w.dec_len for w in wavelets], level, stacklevel=4)
    if level == 0:
        return [x]
    axes = [count_from_front(axis, x.ndim) for axis in axes]
    approx, details = take_apart(as_samples(x), wavelets, modes_per_axis(mode, axes), axes, level)
    return [approx, *details]


def waverecn(coeffs, wavelet: Any, mode: Any = "symmetric", axes: Any = None) -> Array:
    """Inverse of `wavedecn`; see `pywt.waverecn`."""
    if len(coeffs) < 1:
        raise ValueError("Coefficient list too short (minimum 1 array required).")
    approx, *details = coeffs
    if not all(isinstance(d, dict) for d in details):
        raise ValueError(
            f"Unexpected detail coefficient type: {type(details[0])}. Detail coefficients must be a dictionary of "
            "arrays as returned by wavedecn. If you are using pywt.array_to_coeffs or pywt.unravel_coeffs, please "
            "specify output_format='wavedecn'"
        )
    return _waverecn(approx, [checked(d) for d in details], wavelet, mode, axes, "waverecn")


def _waverecn(approx: Any, details: list[Bands], wavelet: Any, mode: Any, axes: Any, caller: str) -> Array:
    if axes is not None:
        axes = tuple(np.atleast_1d(axes).tolist())
        if len(axes) != len(set(axes)):
            raise ValueError(f"The axes passed to {caller} must be unique.")
    if not details:
        return approx
    levels = [{name: as_samples(band) for name, band in bands.items()} for bands in details]
    if approx is not None:
        approx = as_samples(approx)
    else:
        # Skip leading levels without any sub-band.
        levels = levels[next((step for step, bands in enumerate(levels) if bands), len(levels)) :]
        if not levels:
            raise ValueError("At least one coefficient must contain a valid value.")
    for bands in levels:
        if len({tuple(band.shape) for band in bands.values()}) > 1:
            raise ValueError("All detail shapes must be the same length.")
    known = [band for bands in levels for band in bands.values()] + ([] if approx is None else [approx])
    ranks = {band.ndim for band in known}
    if len(ranks) != 1:
        raise ValueError("All coefficients must have a matching number of dimensions")
    ndim = ranks.pop()
    axes = [count_from_front(axis, ndim) for axis in (range(ndim) if axes is None else axes)]
    return put_together(approx, levels, wavelets_per_axis(wavelet, axes), modes_per_axis(mode, axes), axes)


def _check_list(coeffs) -> None:
    if not isinstance(coeffs, list | tuple):
        raise ValueError("Expected sequence of coefficient arrays.")
    if len(coeffs) < 1:
        raise ValueError("Coefficient list too short (minimum 1 arrays required).")


def dwtn_max_level(shape: Sequence[int], wavelet: Any, axes: Any = None) -> int:
    """Maximal level over all axes; see `pywt.dwtn_max_level`."""
    axes, sizes = axes_and_sizes(shape, axes, "wavedecn")
    wavelets = wavelets_per_axis(wavelet, axes)
    return min(dwt_max_level(n, w.dec_len) for n, w in zip(sizes, wavelets, strict=True))


def wavedecn_shapes(
    shape: Sequence[int], wavelet: Any, mode: Any = "symmetric", level: int | None = None, axes: Any = None
):
    """Shapes of the coefficients of `wavedecn`; see `pywt.wavedecn_shapes`."""
    axes, sizes = axes_and_sizes(shape, axes, "wavedecn")
    lengths = [w.dec_len for w in wavelets_per_axis(wavelet, axes)]
    modes = modes_per_axis(mode, axes)
    names = list(map("".join, product("ad", repeat=len(axes))))
    details = []
    current = list(shape)
    for _ in range(check_level([min(sizes)], [max(lengths)], level)):
        for axis, length, m in zip(axes, lengths, modes, strict=True):
            current[axis] = dwt_coeff_len(current[axis], length, m)
        details.append({name: tuple(current) for name in names[1:]})
    return [tuple(current), *reversed(details)]


def wavedecn_size(shapes) -> int:
    """Number of coefficients of a `wavedecn` list, or of a list of its shapes; see `pywt.wavedecn_size`."""
    total = _size(shapes[0])
    for details in shapes[1:]:
        if any(band is None for band in details.values()):
            raise ValueError("Setting coefficient arrays to None is not supported.")
        total += sum(_size(band) for band in details.values())
    return total


def _size(x: Any) -> int:
    return int(np.prod(x.shape if is_array(x) else x))
