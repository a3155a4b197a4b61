"""What PyWavelets lets a caller say, read into what the kernels understand."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from math import prod
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from subband.arrays.namespace import Array, as_signal, library, namespace
from subband.errors import UnsupportedArray
from subband.kernels.plan import Bank
from subband.transforms.wavelets.filters import Wavelet, wavelet

# Filter tables, wavelet objects and boundary modes; the package has no types.
tables: Any = import_module("pywt")

NATIVE = {np.dtype(name) for name in ("float32", "float64", "complex64", "complex128")}
MODE_NAMES = {getattr(tables.Modes, name): name for name in tables.Modes.modes}


def as_array(x: Any) -> Array:
    """`x` as it is where its library is supported; anything else becomes a NumPy array."""
    try:
        return x if library(x) != "numpy" else np.asarray(x)
    except UnsupportedArray:
        return np.asarray(x)


def as_samples(x: Any) -> Array:
    """`x` as real or complex floating samples, with the dtypes that PyWavelets gives NumPy arrays."""
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


def same_dtype(a: Array, b: Array) -> tuple[Array, Array]:
    """Where two arrays differ, both in double precision."""
    if a.dtype == b.dtype:
        return a, b
    xp = namespace(a)
    common = xp.result_type(a.dtype, b.dtype, xp.float64)
    return xp.astype(a, common), xp.astype(b, common)


def discrete(given: Any) -> Any:
    """The `pywt.Wavelet` that `given` names or is.

    Raises:
        ValueError: unknown name, or a continuous wavelet.
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


def filters(given: Any) -> Wavelet:
    """The four filters of the wavelet that `given` names or is."""
    return _named(given) if isinstance(given, str) else wavelet(discrete(given))


@lru_cache(maxsize=256)
def _named(name: str) -> Wavelet:
    return wavelet(discrete(name))


def mode_name(mode: Any) -> str:
    """The name of a boundary mode given by name, old abbreviation, or number."""
    return MODE_NAMES[tables.Modes.from_object(mode)]


def wavelets_per_axis(given: Any, axes: Sequence[int]) -> list[Any]:
    """One `pywt.Wavelet` for each axis."""
    if isinstance(given, str | tables.Wavelet):
        return [discrete(given)] * len(axes)
    if not isinstance(given, Iterable):
        raise ValueError("wavelet must be a str, Wavelet or iterable")
    many = list(given)
    if len(many) == 1:
        return [discrete(many[0])] * len(axes)
    if len(many) != len(axes):
        raise ValueError("The number of wavelets must match the number of axes to be transformed.")
    return [discrete(one) for one in many]


def modes_per_axis(given: Any, axes: Sequence[int]) -> list[str]:
    """One boundary mode's name for each axis."""
    if isinstance(given, int | str):
        return [mode_name(given)] * len(axes)
    if not isinstance(given, Iterable):
        raise ValueError("modes must be a str, Mode enum or iterable")
    many = list(given)
    if len(many) == 1:
        return [mode_name(many[0])] * len(axes)
    if len(many) != len(axes):
        raise ValueError("The number of modes must match the number of axes to be transformed.")
    return [mode_name(one) for one in many]


def count_from_front(axis: int, ndim: int, what: str = "data") -> int:
    """The axis, counted from the front.

    Raises:
        AxisError: there is no such axis.
    """
    counted = axis + ndim if axis < 0 else axis
    if not 0 <= counted < ndim:
        raise AxisError(f"Axis greater than {what} dimensions")
    return counted


def check_long_enough(size: int, bank: Bank) -> None:
    """Refuse what PyWavelets refuses: nothing to filter, or a mirror without a second sample."""
    if size < 1:
        raise ValueError("Value of data_len must be greater than zero.")
    if size < 2 and bank.mode in ("reflect", "antireflect"):
        raise ValueError("Input data length must be greater than 1 for [anti]reflect mode.")


def to_last(x: Array, axes: Sequence[int]) -> Array:
    """(…) → (batch, n₁, …, n_d), the given axes last, in their order."""
    xp = namespace(x)
    d = len(axes)
    x = xp.moveaxis(x, tuple(axes), tuple(range(x.ndim - d, x.ndim)))
    return xp.reshape(x, (prod(x.shape[: x.ndim - d]), *x.shape[x.ndim - d :]))


def from_last(x: Array, shape: Sequence[int], axes: Sequence[int]) -> Array:
    """The inverse of `to_last` for an array that had `shape`, whatever the lengths along `axes` are now."""
    xp = namespace(x)
    batch = tuple(n for axis, n in enumerate(shape) if axis not in axes)
    x = xp.reshape(x, (*batch, *x.shape[1:]))
    return xp.moveaxis(x, tuple(range(len(batch), x.ndim)), tuple(axes))
