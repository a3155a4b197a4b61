"""Transforms in registers against NumPy's: every radix, primes, the way there and back, and long sequences."""

import numpy as np
import pytest
from numba import njit

from subband.kernels.cascade.plane import aligned
from subband.kernels.fourier import columns as fourier_lanes
from subband.kernels.fourier import sequence as fourier_sequence
from subband.kernels.simd.lanes import lanes

PRECISION = {"float32": 2e-6, "float64": 2e-14}


@njit
def _columns(x, y, gap, n, m, radices, twiddles, work):
    fourier_lanes.columns(x, 0, gap, m, y, 0, gap, m, n, m, radices, twiddles, work)


@njit
def _there(x, y, gap, s, work):
    fourier_sequence.transform(x, 0, gap, y, 0, gap, s, work)


@njit
def _back(x, y, gap, s, work):
    fourier_sequence.transform(x, gap, -gap, y, gap, -gap, s, work)


def _planes(z: np.ndarray, gap: int, dtype: str) -> np.ndarray:
    x = aligned(2 * gap, np.dtype(dtype))
    x[: z.size], x[gap : gap + z.size] = z.real.ravel(), z.imag.ravel()
    return x


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("n", [*range(1, 34), 40, 48, 49, 77, 120, 121, 160, 256, 320])
def test_columns_are_transformed(n: int, dtype: str, rng) -> None:
    m = 2 * lanes(dtype)
    z = rng.standard_normal((n, m)) + 1j * rng.standard_normal((n, m))
    x, steps = _planes(z, n * m, dtype), fourier_lanes.steps(n, dtype)
    work = aligned(4 * n * lanes(dtype), np.dtype(dtype))
    expected = np.fft.fft(z, axis=0)
    y = np.zeros_like(x)
    for target in (y, x):  # elsewhere, and in place
        _columns(x, target, n * m, n, m, *steps, work)
        found = (target[: n * m] + 1j * target[n * m :]).reshape(n, m)
        assert np.abs(found - expected).max() < PRECISION[dtype] * np.abs(expected).max()


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("n", [1, 2, 7, 12, 31, 64, 88, 96, 256, 1000, 1024, 4096, 6000, 32768])
def test_sequences_are_transformed_and_back(n: int, dtype: str, rng) -> None:
    gap = n + 4 * lanes(dtype)
    z = rng.standard_normal(n) + 1j * rng.standard_normal(n)
    x, s = _planes(z, gap, dtype), fourier_sequence.sequence(n, dtype)
    work = aligned(fourier_sequence.scratch(n, dtype), np.dtype(dtype))
    y, expected = np.zeros_like(x), np.fft.fft(z)
    _there(x, y, gap, s, work)
    assert np.abs(y[:n] + 1j * y[gap : gap + n] - expected).max() < PRECISION[dtype] * np.abs(expected).max()
    _back(y, y, gap, s, work)
    again = (y[:n] + 1j * y[gap : gap + n]) / n
    assert np.abs(again - z).max() < PRECISION[dtype] * np.abs(z).max()


def test_cheap_radices_are_chosen() -> None:
    assert fourier_lanes.steps(64, "float32").radices.tolist() == [8, 8]
    assert sorted(fourier_lanes.steps(48, "float32").radices.tolist()) == [6, 8]
    # A prime without code of its own is never last: its pass can't be done in place.
    assert fourier_lanes.steps(7, "float32").radices.tolist() == [7, 1]
