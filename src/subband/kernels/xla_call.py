"""Python functions as zero-copy custom calls of XLA programs on the CPU.

XLA calls foreign functions with a C struct (`xla/ffi/api/c_api.h`, version 0, shipped with jaxlib), of which
the parts for one operand, one result and one string attribute are declared here. Unlike `jax.pure_callback`,
it copies nothing and does not wait for other JAX programs, so it cannot deadlock when all threads are busy.
"""

import ctypes
from collections.abc import Callable
from math import prod

import jax
import numpy as np

Target = Callable[[str, np.ndarray, np.ndarray], None]
"""(text, operand, result) → None; writes the result in place."""

METADATA, INTERNAL = 1, 13
"""XLA_FFI_Extension_Metadata and XLA_FFI_Error_Code_INTERNAL."""

DTYPES = {11: np.float32, 12: np.float64}
"""XLA_FFI_DataType → NumPy dtype of the supported arrays."""


class _Struct(ctypes.Structure):
    """Common header of most structs of the interface."""

    _fields_ = (("struct_size", ctypes.c_size_t), ("extension", ctypes.c_void_p))


class _Version(_Struct):
    _fields_ = (("major", ctypes.c_int), ("minor", ctypes.c_int))


class _Api(_Struct):
    _fields_ = (
        ("version", _Version),
        ("internal", ctypes.c_void_p),
        ("create_error", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)),
    )


class _Error(_Struct):
    _fields_ = (("message", ctypes.c_char_p), ("code", ctypes.c_int))


class _Buffer(_Struct):
    _fields_ = (
        ("dtype", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("rank", ctypes.c_int64),
        ("dims", ctypes.POINTER(ctypes.c_int64)),
    )


class _Text(ctypes.Structure):
    _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Buffers(_Struct):
    _fields_ = (
        ("count", ctypes.c_int64),
        ("types", ctypes.c_void_p),
        ("values", ctypes.POINTER(ctypes.POINTER(_Buffer))),
    )


class _Attributes(_Struct):
    _fields_ = (
        ("count", ctypes.c_int64),
        ("types", ctypes.c_void_p),
        ("names", ctypes.c_void_p),
        ("values", ctypes.POINTER(ctypes.POINTER(_Text))),
    )


class _Metadata(ctypes.Structure):
    _fields_ = (("struct_size", ctypes.c_size_t), ("version", _Version), ("traits", ctypes.c_uint32))


class _Extension(ctypes.Structure):
    """XLA_FFI_Metadata_Extension; extensions of another type have only the first three fields."""

    _fields_ = (
        ("struct_size", ctypes.c_size_t),
        ("type", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("metadata", ctypes.POINTER(_Metadata)),
    )


class _CallFrame(_Struct):
    _fields_ = (
        ("api", ctypes.POINTER(_Api)),
        ("context", ctypes.c_void_p),
        ("stage", ctypes.c_int),
        ("operands", _Buffers),
        ("results", _Buffers),
        ("attributes", _Attributes),
    )


_handlers: dict[str, object] = {}
"""References that keep the handlers alive: XLA holds their addresses only."""


def register(name: str, target: Target) -> None:
    """Register `target` as a custom call of XLA on the CPU."""

    @ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(_CallFrame))
    def handler(pointer) -> int | None:
        frame = pointer.contents
        if frame.extension and _answer_version_query(frame):
            return None
        try:
            text = frame.attributes.values[0].contents
            target(
                ctypes.string_at(text.start, text.length).decode(),
                _array(frame.operands.values[0].contents),
                _array(frame.results.values[0].contents),
            )
        except BaseException as error:  # noqa: BLE001 - exceptions can't cross C code: XLA raises it again
            return _failure(frame, f"{type(error).__name__}: {error}")
        return None

    _handlers[name] = handler
    address = ctypes.cast(handler, ctypes.c_void_p).value
    jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(address), platform="cpu")


def call(name: str, text: str, x: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Call a registered target.

    Args:
        name: Of the registration.
        text: String attribute of the call.
        x: Operand.
        shape: Of the result.

    Returns:
        The result, of the dtype of `x`.
    """
    result = jax.ShapeDtypeStruct(shape, x.dtype)
    return jax.ffi.ffi_call(name, result)(x, text=text)  # pyright: ignore[reportReturnType]


def _answer_version_query(frame: _CallFrame) -> bool:
    """Answer a metadata query for the interface version: XLA's own minor version of major version 0.

    Returns:
        Whether the call was such a query.
    """
    extension = ctypes.cast(frame.extension, ctypes.POINTER(_Extension)).contents
    if extension.type != METADATA:
        return False
    metadata = extension.metadata.contents
    metadata.version.major = 0
    metadata.version.minor = frame.api.contents.version.minor
    metadata.traits = 0
    return True


def _array(buffer: _Buffer) -> np.ndarray:
    shape, dtype = tuple(buffer.dims[: buffer.rank]), np.dtype(DTYPES[buffer.dtype])
    size = prod(shape) * dtype.itemsize
    memory = memoryview((ctypes.c_char * size).from_address(buffer.data or 0))
    return np.ndarray(shape, dtype, memory)


def _failure(frame: _CallFrame, message: str) -> int:
    error = _Error(ctypes.sizeof(_Error), None, message.encode(), INTERNAL)
    return frame.api.contents.create_error(ctypes.addressof(error))
