"""What every transform of this room asks first: which axes, how many samples, in which precision."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput


def count_axes(axes: int | Sequence[int], shape: Sequence[int]) -> tuple[int, ...]:
    """The axes, counted from the front.

    Raises:
        InvalidInput: an axis that is missing, empty or named twice, or none at all.
    """
    ndim, given = len(shape), (axes,) if isinstance(axes, int) else tuple(axes)
    for axis in given:
        if not -ndim <= axis < ndim:
            raise InvalidInput(
                f"axis {axis} does not exist in an array of {ndim} axes: give one of {-ndim} … {ndim - 1}"
            )
    counted = tuple(axis % ndim for axis in given)
    if not counted or len(set(counted)) != len(counted):
        raise InvalidInput(f"axes={given} must name at least one axis, and none of them twice")
    for axis in counted:
        if shape[axis] == 0:
            raise InvalidInput(
                f"axis {axis} of an array of shape {tuple(shape)} is empty: nothing to transform"
            )
    return counted


def as_wide_signal(x: Array) -> Array:
    """`as_signal`, with half precision widened to single, since Fourier transforms start there."""
    x = as_signal(x)
    xp = namespace(x)
    return xp.astype(x, xp.float32) if xp.finfo(x.dtype).bits < 32 else x


def real_dtype(x: Array):
    """The dtype of the real part of `x`."""
    xp = namespace(x)
    single = xp.finfo(x.dtype).bits == 32
    return xp.float32 if single else xp.float64


def complex_dtype(x: Array):
    """The dtype of the Fourier transform of `x`."""
    xp = namespace(x)
    single = xp.finfo(x.dtype).bits == 32
    return xp.complex64 if single else xp.complex128


def is_real(x: Array) -> bool:
    """Whether `x` has no imaginary part."""
    return namespace(x).isdtype(x.dtype, "real floating")


def constant(values: np.ndarray | float, like: Array) -> Array:
    """Real numbers known beforehand, in the library, precision and place of `like`."""
    return namespace(like).asarray(values, dtype=real_dtype(like), **place(like))


def zeros(like: Array, count: int) -> Array:
    """`count` zeros that fit behind the last axis of `like`."""
    return namespace(like).zeros((*like.shape[:-1], count), dtype=like.dtype, **place(like))


def place(x: Array) -> dict[str, Any]:
    """Where `x` lies, for functions that make arrays; what JAX traces lies nowhere yet."""
    return {"device": x.device} if hasattr(x, "device") else {}
