"""Transforms in registers against NumPy's: every radix, primes, the way there and back, and long sequences."""

import numpy as np
import pytest

from subband.kernels.fourier import columns as fourier_columns
from subband.kernels.fourier import sequence as fourier_sequence
from subband.kernels.instructions import lanes

PRECISION = {"float32": 2e-6, "float64": 2e-14}


def _planes(z: np.ndarray, gap: int, dtype: str) -> np.ndarray:
    x = np.zeros(2 * gap, dtype)
    x[: z.size], x[gap : gap + z.size] = z.real.ravel(), z.imag.ravel()
    return x


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("n", [*range(1, 34), 40, 48, 49, 77, 120, 121, 160, 256, 320])
def test_columns_are_transformed(n: int, dtype: str, rng) -> None:
    m = 2 * lanes(dtype)
    z = rng.standard_normal((n, m)) + 1j * rng.standard_normal((n, m))
    x, steps = _planes(z, n * m, dtype), fourier_columns.steps(n, dtype)
    expected = np.fft.fft(z, axis=0)
    y = np.zeros_like(x)
    for target in (y, x):  # elsewhere, and in place
        fourier_columns.columns(x, target, n * m, n, m, steps)
        found = (target[: n * m] + 1j * target[n * m :]).reshape(n, m)
        assert np.abs(found - expected).max() < PRECISION[dtype] * np.abs(expected).max()


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("n", [1, 2, 7, 12, 31, 64, 88, 96, 256, 1000, 1024, 4096, 6000, 32768])
def test_sequences_are_transformed_and_back(n: int, dtype: str, rng) -> None:
    gap = n + 4 * lanes(dtype)
    z = rng.standard_normal(n) + 1j * rng.standard_normal(n)
    x, s = _planes(z, gap, dtype), fourier_sequence.sequence(n, dtype)
    y, expected = np.zeros_like(x), np.fft.fft(z)
    fourier_sequence.transform(x, y, gap, s)
    assert np.abs(y[:n] + 1j * y[gap : gap + n] - expected).max() < PRECISION[dtype] * np.abs(expected).max()
    fourier_sequence.transform(y, y, gap, s, inverse=True)
    again = (y[:n] + 1j * y[gap : gap + n]) / n
    assert np.abs(again - z).max() < PRECISION[dtype] * np.abs(z).max()


def test_cheap_radices_are_chosen() -> None:
    assert fourier_columns.steps(64, "float32").radices.tolist() == [8, 8]
    assert sorted(fourier_columns.steps(48, "float32").radices.tolist()) == [6, 8]
    # A prime without code of its own is never last: its pass can't be done in place.
    assert fourier_columns.steps(7, "float32").radices.tolist() == [7, 1]
