"""Conversion of coefficient lists to one array and back."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from subband.arrays.namespace import Array, device_of, namespace
from subband.compat.pywt.arguments import as_array, is_array
from subband.compat.pywt.pyramid import DIRECTIONS

__all__ = ["array_to_coeffs", "coeffs_to_array", "ravel_coeffs", "unravel_coeffs"]

MISSING = "coeffs_to_array does not support missing coefficients."


def coeffs_to_array(coeffs: list[Any], padding: float | None = 0, axes: Any = None):
    """(array, slices): all sub-bands as blocks of one array; see `pywt.coeffs_to_array`."""
    coeffs, axes = _as_named(coeffs, axes)
    approx = coeffs[0]
    if len(coeffs) == 1:
        return approx, [(slice(None),) * approx.ndim]
    corner = tuple(approx.shape)
    slices: list[Any] = [tuple(slice(n) for n in corner)]
    placed = [(approx, slices[0])]
    for details in coeffs[1:]:
        slices.append({})
        for name, band in details.items():
            where = [slice(None)] * approx.ndim
            for letter, axis in zip(name, axes, strict=True):
                start = corner[axis] if letter == "d" else 0
                where[axis] = slice(start, start + band.shape[axis])
            slices[-1][name] = tuple(where)
            placed.append((band, tuple(where)))
        outermost = details["d" * len(axes)].shape
        corner = tuple(n + k for n, k in zip(corner, outermost, strict=True))
    shape = list(approx.shape)
    for axis in axes:
        shape[axis] = corner[axis]
    if padding is None and prod(shape) != sum(prod(band.shape) for band, _ in placed):
        raise ValueError("array coefficients cannot be tightly packed")
    return _blocks(placed, shape, padding or 0), slices


def _blocks(placed: Sequence[tuple[Array, tuple[slice, ...]]], shape: Sequence[int], padding: float) -> Array:
    """Block array, assembled by a gather rather than by assignment, to be differentiable in all libraries."""
    first = placed[0][0]
    xp = namespace(first)
    device = device_of(first)
    flat = [xp.astype(xp.reshape(band, (-1,)), first.dtype) for band, _ in placed]
    filler = xp.full((1,), padding, dtype=first.dtype, **device)
    source = np.full(shape, sum(f.shape[0] for f in flat))
    start = 0
    for band, where in placed:
        source[where] = np.arange(start, start + prod(band.shape)).reshape(band.shape)
        start += prod(band.shape)
    every = xp.take(xp.concat([*flat, filler]), xp.asarray(source.ravel(), **device), axis=0)
    return xp.reshape(every, tuple(shape))


def array_to_coeffs(arr: Array, coeff_slices: list[Any], output_format: str = "wavedecn"):
    """Inverse of `coeffs_to_array`; see `pywt.array_to_coeffs`."""
    arr = as_array(arr)
    if len(coeff_slices) == 0:
        raise ValueError("empty list of coefficient slices")
    details = [{name: arr[where] for name, where in level.items()} for level in coeff_slices[1:]]
    return [arr[coeff_slices[0]], *(_as_format(level, output_format) for level in details)]


def ravel_coeffs(coeffs: list[Any], axes: Any = None):
    """(vector, slices, shapes): all sub-bands, flattened and concatenated; see `pywt.ravel_coeffs`."""
    coeffs, _ = _as_named(coeffs, axes)
    approx = coeffs[0]
    xp = namespace(approx)
    size = prod(approx.shape)
    flat = [xp.reshape(approx, (-1,))]
    slices: list[Any] = [slice(size)]
    shapes: list[Any] = [tuple(approx.shape)]
    for details in coeffs[1:]:
        slices.append({})
        shapes.append({})
        for name in sorted(details):
            band = details[name]
            flat.append(xp.astype(xp.reshape(band, (-1,)), approx.dtype))
            slices[-1][name] = slice(size, size + flat[-1].shape[0])
            shapes[-1][name] = tuple(band.shape)
            size += flat[-1].shape[0]
    return xp.concat(flat), slices, shapes


def unravel_coeffs(
    arr: Array, coeff_slices: list[Any], coeff_shapes: list[Any], output_format: str = "wavedecn"
):
    """Inverse of `ravel_coeffs`; see `pywt.unravel_coeffs`."""
    arr = as_array(arr)
    if len(coeff_slices) == 0:
        raise ValueError("empty list of coefficient slices")
    if len(coeff_shapes) == 0:
        raise ValueError("empty list of coefficient shapes")
    if len(coeff_shapes) != len(coeff_slices):
        raise ValueError("coeff_shapes and coeff_slices have unequal length")
    xp = namespace(arr)
    details = [
        {name: xp.reshape(arr[where], shape[name]) for name, where in level.items()}
        for level, shape in zip(coeff_slices[1:], coeff_shapes[1:], strict=True)
    ]
    approx = xp.reshape(arr[coeff_slices[0]], coeff_shapes[0])
    formats = {"swt": "wavedec", "swt2": "wavedec2", "swtn": "wavedecn"}
    return [approx, *(_as_format(level, formats.get(output_format, output_format)) for level in details)]


def _as_format(details: dict[str, Array], output_format: str) -> Any:
    match output_format:
        case "wavedec":
            return details["d"]
        case "wavedec2":
            return tuple(details[name] for name in DIRECTIONS)
        case "wavedecn":
            return details
        case _:
            raise ValueError(f"Unrecognized output format: {output_format}")


def _as_named(coeffs: list[Any], axes: Any) -> tuple[list[Any], Sequence[int]]:
    """Coefficients of any of the three list formats, with details by name."""
    if not isinstance(coeffs, list) or len(coeffs) == 0:
        raise ValueError("input must be a list of coefficients from wavedecn")
    approx = coeffs[0]
    if approx is None:
        raise ValueError(MISSING)
    if not is_array(approx):
        raise ValueError("first list element must be a numpy array")
    if len(coeffs) == 1:
        return coeffs, axes
    kind = coeffs[1]
    if not (isinstance(kind, dict | tuple | list) or is_array(kind)):
        raise ValueError("invalid coefficient list")
    named = [_by_name(level, kind) for level in coeffs[1:]]
    rank = len(next(iter(named[0])))
    if axes is None:
        if rank < approx.ndim:
            raise ValueError(
                "coeffs corresponds to a DWT performed over only a subset of the axes.  In this case, axes must be "
                "specified."
            )
        axes = range(approx.ndim)
    if len(axes) != rank:
        raise ValueError("The length of axes doesn't match the number of dimensions transformed.")
    axes = [axis + approx.ndim if axis < 0 else axis for axis in axes]
    return [approx, *named], axes


def _by_name(level: Any, kind: Any) -> dict[str, Array]:
    named: dict[str, Any]
    if isinstance(kind, dict):
        named = level
    elif isinstance(kind, tuple | list):
        if not isinstance(level, tuple | list) or len(level) != 3:
            raise ValueError("expected a 3-tuple of detail coefficients")
        named = dict(zip(DIRECTIONS, level, strict=True))
    else:
        if level is not None and level.ndim != 1:
            raise ValueError("expected a 1D coefficient array")
        named = {"d": level}
    if any(band is None for band in named.values()):
        raise ValueError(MISSING)
    for name in named:
        if not set(name) <= set("ad"):
            raise ValueError(f"unexpected letter: {name.strip('ad')[0]}")
    return named
