"""Precision, dtypes, devices and constants of the Fourier transforms' inputs."""

from functools import partial
from math import prod

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.namespace import Array, as_signal, device_of, namespace
from subband.arrays.scale import power_of_two


def as_wide_signal(x: Array, name: str = "x") -> Array:
    """`as_signal`, with half precision converted to single, the lowest precision of Fourier transforms."""
    x = as_signal(x, name)
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
    """Whether `x` has a real dtype."""
    return namespace(x).isdtype(x.dtype, "real floating")


def items(x: Array, axes: tuple[int, ...]) -> Array:
    """(batch, n₁, …, n_d): the array with these axes last, and one axis for all others."""
    xp, last = namespace(x), tuple(range(x.ndim - len(axes), x.ndim))
    size = tuple(x.shape[axis] for axis in axes)
    return xp.reshape(xp.moveaxis(x, axes, last), (prod(x.shape) // max(1, prod(size)), *size))


def unit_items(x: Array, axes: tuple[int, ...]) -> Array:
    """`items`, scaled by powers of two to moduli of about 1, so that products neither overflow nor vanish."""
    x = items(x, axes)
    return x / namespace(x).astype(power_of_two(x, tuple(range(1, x.ndim))), x.dtype)


def real_part(x: Array) -> Array:
    """Re x, of real or complex `x`."""
    return x if is_real(x) else namespace(x).real(x)


def real_product(x: Array, y: Array) -> Array:
    """Re x* y, of real or complex arrays."""
    if is_real(x):
        return x * y
    xp = namespace(x)
    return xp.real(x) * xp.real(y) + xp.imag(x) * xp.imag(y)


def constant(values: np.ndarray | float, like: Array) -> Array:
    """Real constants as an array of the library, precision and device of `like`."""
    return namespace(like).asarray(values, dtype=real_dtype(like), **device_of(like))


@partial(static, large=True)
def frequencies(n: int, real: bool) -> np.ndarray:
    """Cycles per n samples of each bin of a Fourier transform of length n; n // 2 + 1 bins for real signals.

    A constant of compiled programs, since torch.compile evaluates `numpy.fft.fftfreq` in single precision.
    """
    return np.arange(n // 2 + 1.0) if real else np.round(n * np.fft.fftfreq(n))


def zeros(like: Array, count: int) -> Array:
    """Array of zeros of the shape of `like`, with `count` samples along the last axis."""
    return namespace(like).zeros((*like.shape[:-1], count), dtype=like.dtype, **device_of(like))
