"""A Python function as a call of XLA's compiled programs, on the memory of its arrays, without a copy.

XLA calls foreign code through a struct of C (`xla/ffi/api/c_api.h`, version 0, which jaxlib ships). What is read of
it is declared here: one operand, one result, one text. Unlike `jax.pure_callback`, nothing is copied and no other
program of JAX is waited for, so it can't come to a standstill when all threads are taken.
"""

import ctypes
from collections.abc import Callable
from math import prod

import jax
import numpy as np

Target = Callable[[str, np.ndarray, np.ndarray], None]
"""Called with the text, the operand, and the result, which it fills in."""

METADATA, INTERNAL = 1, 13
"""XLA_FFI_Extension_Metadata and XLA_FFI_Error_Code_INTERNAL."""

DTYPES = {11: np.float32, 12: np.float64}
"""XLA_FFI_DataType of the arrays that are let through."""


class _Struct(ctypes.Structure):
    """How nearly all structs begin."""

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
    """XLA_FFI_Metadata_Extension; of another type, only the first three fields are there."""

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
"""XLA keeps addresses; these keep what stands there."""


def register(name: str, target: Target) -> None:
    """Let programs of XLA on the CPU call `target` by a name."""

    @ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(_CallFrame))
    def handler(pointer) -> int | None:
        frame = pointer.contents
        if frame.extension and _tell_version(frame):
            return None
        try:
            text = frame.attributes.values[0].contents
            target(
                ctypes.string_at(text.start, text.length).decode(),
                _array(frame.operands.values[0].contents),
                _array(frame.results.values[0].contents),
            )
        except BaseException as error:  # noqa: BLE001 - C code can't be raised through: XLA raises it again
            return _failure(frame, f"{type(error).__name__}: {error}")
        return None

    _handlers[name] = handler
    address = ctypes.cast(handler, ctypes.c_void_p).value
    jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(address), platform="cpu")


def call(name: str, text: str, x: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """The result of a registered target: `shape`, of the dtype of `x`."""
    result = jax.ShapeDtypeStruct(shape, x.dtype)
    return jax.ffi.ffi_call(name, result)(x, text=text)  # pyright: ignore[reportReturnType]


def _tell_version(frame: _CallFrame) -> bool:
    """Whether XLA only asked for which version of its interface this is written: its own, of major version 0."""
    extension = ctypes.cast(frame.extension, ctypes.POINTER(_Extension)).contents
    if extension.type != METADATA:
        return False
    told = extension.metadata.contents
    told.version.major = 0
    told.version.minor = frame.api.contents.version.minor
    told.traits = 0
    return True


def _array(buffer: _Buffer) -> np.ndarray:
    shape, dtype = tuple(buffer.dims[: buffer.rank]), np.dtype(DTYPES[buffer.dtype])
    size = prod(shape) * dtype.itemsize
    memory = memoryview((ctypes.c_char * size).from_address(buffer.data or 0))
    return np.ndarray(shape, dtype, memory)


def _failure(frame: _CallFrame, message: str) -> int:
    error = _Error(ctypes.sizeof(_Error), None, message.encode(), INTERNAL)
    return frame.api.contents.create_error(ctypes.addressof(error))
