"""Transposes of the resampling functions; their matrices are real."""

from collections.abc import Sequence
from math import gcd

from subband.arrays.namespace import Array, widened
from subband.transforms.resample.lanczos import moved, turned
from subband.transforms.resample.rates import Filter, along


def resample_adjoint(
    y: Array, *, lengths: Sequence[int], axes: Sequence[int], up: int, down: int, mode: str, filter: Filter
) -> Array:
    """Rᵀ y, where R is `resample` of signals with `lengths` samples along the (counted) axes."""
    divisor, y = gcd(up, down), widened(y)
    for axis, n in zip(axes, lengths, strict=True):
        y = along(y, axis, up // divisor, down // divisor, mode, filter, inputs=n)
    return y


def lanczos_shift_adjoint(
    y: Array, *, amount: float | Sequence[float], axes: int | Sequence[int], a: int, mode: str
) -> Array:
    """Sᵀ y, where S is `lanczos_shift` with these arguments."""
    return moved(y, amount, axes, a, mode, transposed=True)


def lanczos_rotate_adjoint(y: Array, *, angle: float, axes: Sequence[int], a: int, mode: str) -> Array:
    """Rᵀ y, where R is `lanczos_rotate` with these arguments."""
    return turned(y, angle, axes, a, mode, transposed=True)
