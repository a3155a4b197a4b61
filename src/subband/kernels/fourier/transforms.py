"""Discrete Fourier transforms of NumPy arrays, several lines at a time in the registers (`native/fourier/rows.h`).

The results are those of `numpy.fft`, in the precision of the array.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from subband import _native
from subband.arrays.caches import within_budget
from subband.kernels.fourier.columns import Steps, steps
from subband.kernels.fourier.lengths import fast_length
from subband.kernels.fourier.sequence import sequence, sides
from subband.kernels.instructions import lanes
from subband.kernels.threads import share

PRIMES = (2, 3, 5, 7, 11, 13)
"""Factors of a length. A prime factor with no code of its own takes time in proportion to it."""

LONG = 4096
"""Numbers of the rows that are transformed one at a time: more of them together would not stay in cache."""

_FFT_ROWS = {"f": _native.fft_rows32, "d": _native.fft_rows64}
_FFT_LONG_ROWS = {"f": _native.fft_long_rows32, "d": _native.fft_long_rows64}
_FFT_PLANES = {"f": _native.fft_planes32, "d": _native.fft_planes64}
_RFFT_ROWS = {"f": _native.rfft_rows32, "d": _native.rfft_rows64}
_IRFFT_ROWS = {"f": _native.irfft_rows32, "d": _native.irfft_rows64}


def transform_rows(z: np.ndarray, start: int, stop: int, *, inverse: bool = False) -> None:
    """z ← its rows' transforms, or their inverses times n, for rows start … stop − 1, on this thread.

    Args:
        z: (rows, n) complex, contiguous.
    """
    n, parts = z.shape[-1], z.view(z.dtype.char.lower())
    if not _smooth(n):
        _transform_by_convolution(z[start:stop], inverse=inverse)
    elif n > LONG and min(sides(n, lanes(parts.dtype.name))) > 1:
        made = sequence(n, parts.dtype.name)
        _FFT_LONG_ROWS[parts.dtype.char](parts, parts, inverse, made, start, stop)
    else:
        made = steps(n, parts.dtype.name)
        _FFT_ROWS[parts.dtype.char](parts, parts, n, inverse, made, start, stop)


def _transform_by_convolution(z: np.ndarray, *, inverse: bool) -> None:
    """The same for any length n: 2jk = j² + k² − (j − k)² makes of the sum a convolution with exp(πi j²/n).

    Source: L. I. Bluestein, A linear filtering approach to the computation of discrete Fourier transform (1970).
    """
    n = z.shape[-1]
    chirp, convolver = _chirps(n, z.dtype.char)
    if inverse:
        chirp, convolver = chirp.conj(), convolver.conj()
    size = len(convolver)
    padded = np.zeros((len(z), size), z.dtype)
    np.multiply(z, chirp, out=padded[:, :n])
    transform_rows(padded, 0, len(z))
    padded *= convolver
    transform_rows(padded, 0, len(z), inverse=True)
    np.multiply(padded[:, :n], chirp, out=z)


@within_budget
def _chirps(n: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """(n,) exp(−πi j²/n), and the transform of its conjugate on a circle of L ≥ 2n − 1 samples, over L."""
    chirp = np.exp(-1j * math.pi / n * (np.arange(n) ** 2 % (2 * n)))
    size = fast_length(2 * n - 1)
    around = np.zeros(size, complex)
    around[:n] = chirp.conj()
    around[size - n + 1 :] = chirp.conj()[:0:-1]
    return chirp.astype(dtype), (np.fft.fft(around) / size).astype(dtype)


def rfftn(x: np.ndarray, ndim: int) -> np.ndarray:
    """(…, N₁ … N_d) real → (…, N₁ … N_d // 2 + 1) complex, along the last `ndim` axes."""
    axes = tuple(range(-ndim, 0))
    if not _ours(x, x.shape[-ndim:]):
        made: Any = np.fft.rfftn(x, axes=axes)
        return made
    n, x = x.shape[-1], np.require(x, requirements=("C", "A"))
    half = np.empty((*x.shape[:-1], n // 2 + 1), _complex(x.dtype))
    parts, (tables, turns) = half.view(x.dtype), _of_real_rows(n, x.dtype.name)
    work = _RFFT_ROWS[x.dtype.char]
    share(lambda start, stop: work(x, parts, n, tables, turns, start, stop), x.size // n, x.size)
    for axis in axes[:-1]:
        _transform_axis(half, axis, inverse=False)
    return half


def irfftn(spectrum: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """The inverse of `rfftn` for signals whose last axes have this shape."""
    axes = tuple(range(-len(shape), 0))
    expected = (*shape[:-1], shape[-1] // 2 + 1)
    if spectrum.shape[-len(shape) :] != expected or not _ours(spectrum, shape):
        made: Any = np.fft.irfftn(spectrum, s=shape, axes=axes)
        return made
    real = np.dtype(spectrum.dtype.char.lower())
    half = np.array(spectrum, order="C") if len(shape) > 1 else np.require(spectrum, requirements=("C", "A"))
    for axis in axes[:-1]:
        _transform_axis(half, axis, inverse=True)
    n = shape[-1]
    y = np.empty((*spectrum.shape[:-1], n), real)
    parts, (tables, turns) = half.view(real), _of_real_rows(n, real.name)
    work = _IRFFT_ROWS[real.char]
    share(lambda start, stop: work(parts, y, n, tables, turns, start, stop), y.size // n, y.size)
    y *= 1 / math.prod(shape)
    return y


def fft(x: np.ndarray, *, inverse: bool = False) -> np.ndarray:
    """(…, n) complex → (…, n) complex, along the last axis; the inverse divided by n, as usual."""
    z = np.array(x, order="C")
    rows = z.reshape(-1, z.shape[-1])
    share(lambda start, stop: transform_rows(rows, start, stop, inverse=inverse), len(rows), 2 * z.size)
    if inverse:
        z *= 1 / z.shape[-1]
    return z


def _transform_axis(z: np.ndarray, axis: int, *, inverse: bool) -> None:
    """z ← its transforms along one axis but the last, or their inverses times n."""
    n, m = z.shape[axis], math.prod(z.shape[axis + 1 :])
    parts = z.view(z.dtype.char.lower())
    work, tables = _FFT_PLANES[parts.dtype.char], steps(n, parts.dtype.name)
    share(lambda start, stop: work(parts, n, m, inverse, tables, start, stop), z.size // (n * m), 2 * z.size)


@within_budget
def _of_real_rows(n: int, dtype: str) -> tuple[Steps, np.ndarray]:
    """The steps of the complex rows that real ones of n numbers are, and cosines and sines of 2πk/n for k ≤ n/4."""
    angle = 2 * math.pi / n * np.arange(n // 4 + 1)
    turns = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(dtype).ravel()
    return steps(n if n % 2 else n // 2, dtype), turns


def _ours(x: np.ndarray, shape: Sequence[int]) -> bool:
    """Whether transforms of arrays like x, over last axes of this shape, are faster here than in NumPy."""
    few = x.size < shape[-1] * lanes("float32")
    return not few and max(shape) <= LONG and all(map(_smooth, shape))


def _smooth(n: int) -> bool:
    """Whether n ≥ 1 has no prime factors but PRIMES."""
    for prime in PRIMES:
        while n % prime == 0:
            n //= prime
    return n == 1


def _complex(real: np.dtype) -> np.dtype:
    return np.result_type(real, np.complex64)
