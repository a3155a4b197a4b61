"""Conversion of PyWavelets' argument conventions: arrays, wavelets, modes and axes."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from subband.arrays.namespace import Array, as_signal, library, namespace
from subband.errors import UnsupportedArray
from subband.transforms.wavelets.filters import Wavelet, wavelet

# Filter tables, wavelet objects and boundary modes; the package has no types.
tables: Any = import_module("pywt")

NATIVE = {np.dtype(name) for name in ("float32", "float64", "complex64", "complex128")}
MODE_NAMES = {getattr(tables.Modes, name): name for name in tables.Modes.modes}


def as_array(x: Any) -> Array:
    """`x` unchanged if its library is supported; otherwise converted to a NumPy array."""
    try:
        return x if library(x) != "numpy" else np.asarray(x)
    except UnsupportedArray:
        return np.asarray(x)


def as_samples(x: Any) -> Array:
    """`x` as real or complex floating array, with PyWavelets' dtype conversions for NumPy."""
    x = as_array(x)
    if library(x) != "numpy":
        return as_signal(x)
    if x.dtype in NATIVE:
        return x
    if x.dtype == np.float16:
        return x.astype(np.float32)
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)


def is_array(x: Any) -> bool:
    """Whether `x` belongs to a supported library."""
    try:
        library(x)
    except UnsupportedArray:
        return False
    return True


def same_dtype(*arrays: Array) -> tuple[Array, ...]:
    """The arrays unchanged if their dtypes are equal, otherwise all in double precision."""
    if len({x.dtype for x in arrays}) == 1:
        return arrays
    xp = namespace(arrays[0])
    common = xp.result_type(*(x.dtype for x in arrays), xp.float64)
    return tuple(xp.astype(x, common) for x in arrays)


@lru_cache(maxsize=256)
def discrete(given: Any) -> Any:
    """The `pywt.Wavelet` of a name or wavelet object.

    Raises:
        ValueError: an unknown name, or a continuous wavelet.
    """
    if not isinstance(given, tables.ContinuousWavelet | tables.Wavelet):
        given = tables.DiscreteContinuousWavelet(given)
    if isinstance(given, tables.ContinuousWavelet):
        raise ValueError(
            "A ContinuousWavelet object was provided, but only discrete Wavelet objects are supported by this "
            "function.  A list of all supported discrete wavelets can be obtained by running:\n"
            "print(pywt.wavelist(kind='discrete'))"
        )
    return given


def continuous(given: Any) -> Any:
    """The `pywt.ContinuousWavelet` that `given` names or is.

    Raises:
        ValueError: unknown name, or a discrete wavelet.
    """
    if not isinstance(given, tables.ContinuousWavelet | tables.Wavelet | Wavelet):
        given = tables.DiscreteContinuousWavelet(given)
    if not isinstance(given, tables.ContinuousWavelet):
        raise ValueError(
            f"cwt needs a continuous wavelet, but {given.name!r} is a discrete one: give one of "
            "pywt.wavelist(kind='continuous'), e.g. 'morl', 'mexh' or 'cmor1.5-1.0'"
        )
    return given


@lru_cache(maxsize=256)
def filters(given: Any) -> Wavelet:
    """The `subband.Wavelet` of a name, a `pywt.Wavelet` or a `subband.Wavelet`."""
    return given if isinstance(given, Wavelet) else wavelet(discrete(given))


@lru_cache(maxsize=256)
def mode_name(mode: Any) -> str:
    """Canonical name of a boundary mode given by name, legacy abbreviation or enum value."""
    return MODE_NAMES[tables.Modes.from_object(mode)]


def wavelets_per_axis(given: Any, axes: Sequence[int]) -> list[Any]:
    """A `pywt.Wavelet` for each axis."""
    if isinstance(given, str | tables.Wavelet):
        return [discrete(given)] * len(axes)
    if not isinstance(given, Iterable):
        raise ValueError("wavelet must be a str, Wavelet or iterable")
    return _one_per_axis([discrete(one) for one in given], axes, "wavelets")


def modes_per_axis(given: Any, axes: Sequence[int]) -> list[str]:
    """A boundary mode name for each axis."""
    if isinstance(given, int | str):
        return [mode_name(given)] * len(axes)
    if not isinstance(given, Iterable):
        raise ValueError("modes must be a str, Mode enum or iterable")
    return _one_per_axis([mode_name(one) for one in given], axes, "modes")


def _one_per_axis(many: list[Any], axes: Sequence[int], what: str) -> list[Any]:
    if len(many) == 1:
        return many * len(axes)
    if len(many) != len(axes):
        raise ValueError(f"The number of {what} must match the number of axes to be transformed.")
    return many


def count_from_front(axis: int, ndim: int, what: str = "data") -> int:
    """Non-negative index of an axis.

    Raises:
        AxisError: the axis is out of range.
    """
    counted = axis + ndim if axis < 0 else axis
    if not 0 <= counted < ndim:
        raise AxisError(f"Axis greater than {what} dimensions")
    return counted


def samples_and_axes(data: Any, axes: Iterable[int] | None) -> tuple[Array, list[int]]:
    """Samples and non-negative axes of a transform along several axes, by default all.

    Raises:
        TypeError: an object array.
        ValueError: a zero-dimensional array.
        AxisError: an axis out of range.
    """
    x = as_array(data)
    if library(x) == "numpy" and x.dtype == np.dtype("object"):
        raise TypeError("Input must be a numeric array-like")
    if x.ndim < 1:
        raise ValueError("Input data must be at least 1D")
    return as_samples(x), [
        count_from_front(axis, x.ndim) for axis in (range(x.ndim) if axes is None else axes)
    ]
