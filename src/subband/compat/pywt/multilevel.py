"""Pyramids as lists: wavedec, wavedec2, wavedecn, and back."""

import warnings
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from subband.arrays.namespace import Array
from subband.compat.pywt.arguments import (
    as_array,
    discrete,
    is_array,
    modes_per_axis,
    wavelets_per_axis,
)
from subband.compat.pywt.multidim import checked, dwt2, dwtn, idwt2, idwtn
from subband.compat.pywt.onelevel import dwt, dwt_coeff_len, dwt_max_level, idwt


def check_level(sizes: Sequence[int], lengths: Sequence[int], level: int | None) -> int:
    """The number of levels, with PyWavelets' warning where boundaries reach every coefficient."""
    most = min(dwt_max_level(size, length) for size, length in zip(sizes, lengths, strict=True))
    if level is None:
        return most
    if level < 0:
        raise ValueError(f"Level value of {level} is too low . Minimum level is 0.")
    if level > most:
        warnings.warn(
            f"Level value of {level} is too high: all coefficients will experience boundary effects.",
            stacklevel=3,
        )
    return level


def axes_and_sizes(shape: Sequence[int], axes: Any, caller: str) -> tuple[tuple[int, ...], list[int]]:
    """The axes, all of them by default, and how long they are."""
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
    a, wavelet = as_array(data), discrete(wavelet)
    try:
        size = a.shape[axis]
    except IndexError:
        raise AxisError("Axis greater than data dimensions") from None
    details = []
    for _ in range(check_level([size], [wavelet.dec_len], level)):
        a, d = dwt(a, wavelet, mode, axis)
        details.append(d)
    return [a, *reversed(details)]


def waverec(coeffs, wavelet: Any, mode: Any = "symmetric", axis: int = -1) -> Array:
    """Inverse of `wavedec`; see `pywt.waverec`."""
    _check_list(coeffs)
    a = coeffs[0]
    for d in coeffs[1:]:
        if d is not None and not is_array(d):
            raise ValueError(
                f"Unexpected detail coefficient type: {type(d)}. Detail coefficients must be arrays as returned "
                "by wavedec. If you are using pywt.array_to_coeffs or pywt.unravel_coeffs, please specify "
                "output_format='wavedec'"
            )
        if a is not None and d is not None:
            try:
                excess = a.shape[axis] - d.shape[axis]
            except IndexError:
                raise AxisError("Axis greater than coefficient dimensions") from None
            if excess not in (0, 1):
                raise ValueError("coefficient shape mismatch")
            if excess:
                a = a[tuple(slice(n) for n in d.shape)]
        a = idwt(a, d, wavelet, mode, axis)
    return a


def wavedec2(
    data: Array,
    wavelet: Any,
    mode: Any = "symmetric",
    level: int | None = None,
    axes: Sequence[int] = (-2, -1),
):
    """[cA_n, (cH_n, cV_n, cD_n), …, (cH_1, cV_1, cD_1)] along two axes; see `pywt.wavedec2`."""
    a, axes = as_array(data), tuple(axes)
    if a.ndim < 2:
        raise ValueError("Expected input data to have at least 2 dimensions.")
    if len(axes) != 2:
        raise ValueError("Expected 2 axes")
    axes, sizes = axes_and_sizes(a.shape, axes, "wavedec2")
    lengths = [w.dec_len for w in wavelets_per_axis(wavelet, axes)]
    details = []
    for _ in range(check_level(sizes, lengths, level)):
        a, d = dwt2(a, wavelet, mode, axes)
        details.append(d)
    return [a, *reversed(details)]


def waverec2(coeffs, wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] = (-2, -1)) -> Array:
    """Inverse of `wavedec2`; see `pywt.waverec2`."""
    _check_list(coeffs)
    if len(axes) != len(set(axes)):
        raise ValueError("The axes passed to waverec2 must be unique.")
    if len(coeffs) == 1:
        return coeffs[0]
    a = as_array(coeffs[0])
    for d in coeffs[1:]:
        if not isinstance(d, list | tuple) or len(d) != 3:
            raise ValueError(
                f"Unexpected detail coefficient type: {type(d)}. Detail coefficients must be a 3-tuple of arrays "
                "as returned by wavedec2. If you are using pywt.array_to_coeffs or pywt.unravel_coeffs, please "
                "specify output_format='wavedec2'"
            )
        d = tuple(None if band is None else as_array(band) for band in d)
        shapes = {tuple(band.shape) for band in d if band is not None}
        if len(shapes) > 1:
            raise ValueError("All detail shapes must be the same length.")
        for shape in shapes:
            a = a[tuple(slice(k if n == k + 1 else n) for n, k in zip(a.shape, shape, strict=True))]
        a = idwt2((a, d), wavelet, mode, axes)
    return a


def wavedecn(data: Array, wavelet: Any, mode: Any = "symmetric", level: int | None = None, axes: Any = None):
    """[cA_n, {details of level n}, …, {details of level 1}]; see `pywt.wavedecn`."""
    a = as_array(data)
    axes, sizes = axes_and_sizes(a.shape, axes, "wavedecn")
    lengths = [w.dec_len for w in wavelets_per_axis(wavelet, axes)]
    details = []
    for _ in range(check_level(sizes, lengths, level)):
        bands = dwtn(a, wavelet, mode, axes)
        a = bands.pop("a" * len(axes))
        details.append(bands)
    return [a, *reversed(details)]


def waverecn(coeffs, wavelet: Any, mode: Any = "symmetric", axes: Any = None) -> Array:
    """Inverse of `wavedecn`; see `pywt.waverecn`."""
    if len(coeffs) < 1:
        raise ValueError("Coefficient list too short (minimum 1 array required).")
    a, details = coeffs[0], coeffs[1:]
    if not all(isinstance(d, dict) for d in details):
        raise ValueError(
            f"Unexpected detail coefficient type: {type(details[0])}. Detail coefficients must be a dictionary of "
            "arrays as returned by wavedecn. If you are using pywt.array_to_coeffs or pywt.unravel_coeffs, please "
            "specify output_format='wavedecn'"
        )
    if not details:
        return a
    details = [checked(d) for d in details]
    if a is None and not any(details):
        raise ValueError("At least one coefficient must contain a valid value.")
    a = None if a is None else as_array(a)
    ranks = {band.ndim for d in details for band in d.values()} | ({a.ndim} if a is not None else set())
    if len(ranks) != 1:
        raise ValueError("All coefficients must have a matching number of dimensions")
    axes = tuple(range(ranks.pop())) if axes is None else tuple(np.atleast_1d(axes).tolist())
    if len(axes) != len(set(axes)):
        raise ValueError("The axes passed to waverecn must be unique.")
    for step, d in enumerate(details):
        if a is None and not d:
            continue
        if step:
            a = _trim(a, d)
        a = idwtn({**d, "a" * len(axes): a}, wavelet, mode, axes)
    return a


def _trim(a: Array | None, details: dict[str, Array]) -> Array | None:
    """The approximation without the last sample that an odd length had added."""
    if a is None or not details:
        return a
    shape = next(iter(details.values())).shape
    if len(shape) != a.ndim or any(n - k not in (0, 1) for n, k in zip(a.shape, shape, strict=True)):
        raise ValueError("incompatible coefficient array sizes")
    return a[tuple(slice(k) for k in shape)]


def _check_list(coeffs) -> None:
    if not isinstance(coeffs, list | tuple):
        raise ValueError("Expected sequence of coefficient arrays.")
    if len(coeffs) < 1:
        raise ValueError("Coefficient list too short (minimum 1 arrays required).")


def dwtn_max_level(shape: Sequence[int], wavelet: Any, axes: Any = None) -> int:
    """The most levels that every axis bears; see `pywt.dwtn_max_level`."""
    axes, sizes = axes_and_sizes(shape, axes, "wavedecn")
    wavelets = wavelets_per_axis(wavelet, axes)
    return min(dwt_max_level(n, w.dec_len) for n, w in zip(sizes, wavelets, strict=True))


def wavedecn_shapes(
    shape: Sequence[int], wavelet: Any, mode: Any = "symmetric", level: int | None = None, axes: Any = None
):
    """The shapes that `wavedecn` would give; see `pywt.wavedecn_shapes`."""
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
    """How many coefficients a list of `wavedecn`, or of its shapes, holds; see `pywt.wavedecn_size`."""
    total = _size(shapes[0])
    for details in shapes[1:]:
        if any(band is None for band in details.values()):
            raise ValueError("Setting coefficient arrays to None is not supported.")
        total += sum(_size(band) for band in details.values())
    return total


def _size(x: Any) -> int:
    return int(np.prod(x.shape if is_array(x) else x))
