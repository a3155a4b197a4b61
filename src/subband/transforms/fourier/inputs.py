"""Precision, dtypes, devices and constants of the Fourier transforms' inputs."""

from functools import partial

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.namespace import Array, as_signal, device_of, namespace


def as_wide_signal(x: Array) -> Array:
    """`as_signal`, with half precision converted to single, the lowest precision of Fourier transforms."""
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
    """Whether `x` has a real dtype."""
    return namespace(x).isdtype(x.dtype, "real floating")


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
