"""Which library an array belongs to, and the standard namespace that speaks to it."""

from types import ModuleType
from typing import Any

import array_api_compat.numpy
import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.compilers import compiling, static, transforming
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
"""Top-level module of an array's type → the library that is spoken to."""


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
    if name is None or issubclass(kind, np.ma.MaskedArray | np.matrix):
        raise UnsupportedArray(
            f"can't work on {kind.__module__}.{kind.__qualname__}: give an array of NumPy, PyTorch or JAX, "
            "e.g. numpy.asarray(x)"
        )
    return name


_namespaces: dict[type, ModuleType] = {}


def namespace(x: Array) -> ModuleType:
    """The array API namespace of `x` (array-api-compat's, where the library needs one)."""
    if type(x) is np.ndarray:
        return array_api_compat.numpy
    # A compiler would have to watch a dictionary for changes.
    found = None if compiling() else _namespaces.get(type(x))
    if found is None:
        found = _find_namespace(x)
        if not compiling():
            _namespaces[type(x)] = found
    return found


def _find_namespace(x: Array) -> ModuleType:
    match library(x):
        case "numpy":
            return array_api_compat.numpy
        case "torch":
            import array_api_compat.torch as xp
        case "jax":
            import jax.numpy as xp
        case _:
            import array_api_strict as xp
    return xp


def on_cpu(x: Array) -> bool:
    """Whether the memory of `x` can be handed to a compiled CPU kernel as it stands."""
    match library(x):
        case "numpy":
            return True
        case "torch":
            # An operator in a compiled program knows no forward mode, and torch.func would take it for a constant.
            opaque = compiling() and transforming()
            return x.device.type == "cpu" and str(x.layout) == "torch.strided" and not opaque
        case _:
            return False


def as_signal(x: Array, name: str = "x") -> Array:
    """Make `x` floating or complex, so that filters can act on it.

    Lists and numbers become NumPy arrays. Integers and booleans take the library's default real type
    (float64 in NumPy, float32 in PyTorch and JAX unless told otherwise); floating and complex arrays pass
    unchanged.

    Args:
        x: What came.
        name: The argument's name, for messages.

    Raises:
        InvalidInput: for a single number.
        UnsupportedArray: for object, string and structured dtypes, sparse arrays, and unknown libraries.
    """
    if _is_plain(x):
        return x
    if isinstance(x, list | tuple | int | float | complex):
        x = as_array(x, name)
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
    """Whether `x` is what comes most often, about which there are no more questions."""
    return type(x) is np.ndarray and x.dtype.char in "fdFD" and x.dtype.isnative and x.ndim > 0


def widened(x: Array) -> Array:
    """Half precision as single, for sums that half can't hold; other dtypes pass unchanged."""
    xp = namespace(x)
    return xp.astype(x, xp.float32) if xp.finfo(x.dtype).bits < 32 else x


def precision(x: Array) -> str:
    """ "float32" or "float64": the real dtype that a floating or complex array of at least single precision has."""
    return "float32" if namespace(x).finfo(x.dtype).bits == 32 else "float64"
