"""The library of an array, its array API namespace, and dtype conversions."""

from types import ModuleType
from typing import Any

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.compilers import compiling, static, transforming
from subband.arrays.labels import kind_of, numbers_of
from subband.errors import InvalidInput, UnsupportedArray

Array = Any
"""An array of a supported library; the array API standard has no class to name."""

SUPPORTED = {
    "numpy": "numpy",
    "torch": "torch",
    "jax": "jax",
    "jaxlib": "jax",
    "array_api_strict": "array_api_strict",
}
"""Top-level module of an array's type → library name."""


def library(x: Array) -> str:
    """Name the array library of `x`: numpy, torch, jax or array_api_strict.

    Raises:
        UnsupportedArray: for anything else, scipy.sparse and masked arrays included.
    """
    kind = type(x)
    return "numpy" if kind is np.ndarray else _library_of(kind)


@static
def _library_of(kind: type) -> str:
    name = SUPPORTED.get(kind.__module__.partition(".")[0])
    masked = any(
        base.__module__.startswith("numpy.ma") for base in kind.__mro__
    )  # `np.ma` takes 10 ms to import
    if name is None or masked or issubclass(kind, np.matrix):
        raise UnsupportedArray(
            f"can't work on {kind.__module__}.{kind.__qualname__}: give an array of NumPy, PyTorch or JAX, "
            "e.g. numpy.asarray(x)"
        )
    return name


_namespaces: dict[type, ModuleType] = {}


def namespace(x: Array) -> ModuleType:
    """The array API namespace of `x`: the library's own, or array-api-compat's for PyTorch."""
    if type(x) is np.ndarray:
        return np
    # Not while compiling: a compiler would guard the dictionary against changes.
    found = None if compiling() else _namespaces.get(type(x))
    if found is None:
        found = _find_namespace(x)
        if not compiling():
            _namespaces[type(x)] = found
    return found


def _find_namespace(x: Array) -> ModuleType:
    match library(x):
        case "numpy":
            return np
        case "torch":
            import array_api_compat.torch as xp
        case "jax":
            import jax.numpy as xp
        case _:
            import array_api_strict as xp
    return xp


def on_cpu(x: Array) -> bool:
    """Whether a compiled CPU kernel can operate on the memory of `x` directly."""
    match library(x):
        case "numpy":
            return True
        case "torch":
            # Custom operators have no forward mode, and torch.func would treat their results as constants.
            opaque = compiling() and transforming()
            return x.device.type == "cpu" and str(x.layout) == "torch.strided" and not opaque
        case _:
            return False


def device_of(x: Array) -> dict[str, Any]:
    """The device of `x` as a keyword for array creation; empty for JAX tracers, which have none."""
    return {"device": x.device} if hasattr(x, "device") else {}


def as_signal(x: Array, name: str = "x") -> Array:
    """Convert `x` to a floating or complex array.

    Lists and numbers become NumPy arrays, as do objects of pandas and xarray with one axis. Integers and booleans
    are cast to the library's default real dtype (float64 in NumPy, float32 in PyTorch and JAX unless configured
    otherwise); floating and complex arrays are returned unchanged.

    Args:
        x: An array, list or number.
        name: Name of the argument, for messages.

    Raises:
        InvalidInput: an array without axes, or a labelled one with several.
        UnsupportedArray: for object, string and structured dtypes, sparse arrays, and unknown libraries.
    """
    if _is_plain(x):
        return x
    if isinstance(x, list | tuple | int | float | complex):
        x = as_array(x, name)
    elif kind_of(x):
        x = _single(x, name)
    xp = namespace(x)
    if library(x) == "numpy" and (x.dtype.kind not in "biufc" or x.dtype.char in "gG"):
        raise UnsupportedArray(
            f"can't filter {name} of dtype {x.dtype}: give float64 or complex128, e.g. {name}.astype(float)"
        )
    if library(x) == "numpy" and not x.dtype.isnative:
        x = x.astype(x.dtype.newbyteorder("="))
    if library(x) == "torch" and str(x.layout) != "torch.strided":
        raise UnsupportedArray(f"can't filter a tensor of layout {x.layout}: give {name}.to_dense()")
    if x.ndim == 0:
        raise InvalidInput(f"{name}={shown(x)} is a single number: give an array with at least one axis")
    if xp.isdtype(x.dtype, ("real floating", "complex floating")):
        return x
    default = xp.__array_namespace_info__().default_dtypes()["real floating"]
    return xp.astype(x, default)


def _single(x: Any, name: str) -> Array:
    """The numbers of a labelled array where its labels are not read, which must have one axis only."""
    numbers = numbers_of(x, name)
    if numbers.ndim > 1:
        raise InvalidInput(
            f"{name} is a {kind_of(x)} of {numbers.ndim} axes, whose names this function does not read: give a "
            f"plain array with the axes in order, e.g. {name}.to_numpy(){'.T' if kind_of(x) == 'DataFrame' else ''}"
        )
    return numbers


def as_array(x: Any, name: str = "x") -> np.ndarray:
    """Lists or numbers as an array of NumPy.

    Raises:
        UnsupportedArray: lists of unequal lengths.
    """
    try:
        return np.asarray(x)
    except (
        TypeError,
        ValueError,
        RuntimeError,
    ) as error:  # RuntimeError: PyTorch's, of what requires gradients
        raise UnsupportedArray(
            f"can't make one array of {name}={shown(x)}: give an array, or lists of equal lengths"
        ) from error


def _is_plain(x: Array) -> bool:
    """Fast path of `as_signal`: a native single- or double-precision NumPy array with at least one axis."""
    return type(x) is np.ndarray and x.dtype.char in "fdFD" and x.dtype.isnative and x.ndim > 0


def widened(x: Array) -> Array:
    """Half precision cast to single, for accurate sums; other dtypes are returned unchanged."""
    xp = namespace(x)
    return xp.astype(x, xp.float32) if xp.finfo(x.dtype).bits < 32 else x


def precision(x: Array) -> str:
    """ "float32" or "float64": the real dtype of a floating or complex array of at least single precision."""
    return "float32" if namespace(x).finfo(x.dtype).bits == 32 else "float64"
