"""Transforms in registers against NumPy's: every radix, primes, the way there and back, and long sequences."""

import numpy as np
import pytest

from subband.kernels.fourier import dispatch
from subband.kernels.fourier.lengths import fast_length

lanes = pytest.importorskip(
    "subband.kernels.instructions", reason="no compiled kernels", exc_type=ImportError
).lanes
fourier_columns = pytest.importorskip(
    "subband.kernels.fourier.columns", reason="no compiled kernels", exc_type=ImportError
)
fourier_sequence = pytest.importorskip(
    "subband.kernels.fourier.sequence", reason="no compiled kernels", exc_type=ImportError
)

PRECISION = {"float32": 2e-6, "float64": 2e-14}


def _planes(z: np.ndarray, gap: int, dtype: str) -> np.ndarray:
    x = np.zeros(2 * gap, dtype)
    x[: z.size], x[gap : gap + z.size] = z.real.ravel(), z.imag.ravel()
    return x


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("n", [*range(1, 34), 37, 40, 48, 49, 74, 77, 120, 121, 136, 160, 256, 320])
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


LENGTHS = [*range(1, 20), 31, 32, 33, 64, 101, 126, 257, 1000, 2039, 4096, 5000, 10007, 16384]


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize("n", LENGTHS)
def test_transforms_of_rows_are_numpys(n: int, dtype: str, rng) -> None:
    for rows in (1, 5, 16, 33):
        z = (rng.standard_normal((rows, n)) + 1j * rng.standard_normal((rows, n))).astype(
            f"complex{2 * int(dtype[5:])}"
        )
        expected = np.fft.fft(z.astype(complex))
        found = dispatch.fft(z)
        assert found.dtype == z.dtype
        assert np.abs(found - expected).max() < 3 * PRECISION[dtype] * np.abs(expected).max()
        assert np.abs(dispatch.ifft(found) - z).max() < 6 * PRECISION[dtype] * np.abs(z).max()
        x = z.real.copy()
        half = np.fft.rfft(x.astype(float))
        found = dispatch.rfft(x)
        assert found.dtype == z.dtype
        assert np.abs(found - half).max() < 3 * PRECISION[dtype] * np.abs(half).max()
        found[:, 0] += 1j  # imaginary parts that no real signal has are left out, as in NumPy
        back = dispatch.irfft(found, n)
        assert back.dtype == x.dtype
        assert (
            np.abs(back - np.fft.irfft(found.astype(complex), n)).max()
            < 6 * PRECISION[dtype] * np.abs(x).max()
        )


@pytest.mark.parametrize("dtype", PRECISION)
@pytest.mark.parametrize(
    "shape", [(3, 4, 5, 6), (2, 16, 18, 20), (1, 9, 7, 15), (9, 32, 32), (4, 3, 37), (40, 11, 8)]
)
def test_transforms_of_planes_and_volumes_are_numpys(shape: tuple[int, ...], dtype: str, rng) -> None:
    x = rng.standard_normal(shape).astype(dtype)
    for ndim in range(1, len(shape)):
        axes = tuple(range(-ndim, 0))
        spectrum, expected = dispatch.rfftn(x, ndim), np.fft.rfftn(x.astype(float), axes=axes)
        assert np.abs(spectrum - expected).max() < 4 * PRECISION[dtype] * np.abs(expected).max()
        kept = spectrum.copy()
        assert (
            np.abs(dispatch.irfftn(spectrum, shape[-ndim:]) - x).max()
            < 8 * PRECISION[dtype] * np.abs(x).max()
        )
        np.testing.assert_array_equal(spectrum, kept)  # what went in is left as it was


def test_fast_lengths_are_the_least_products_of_2_3_and_5() -> None:
    smooth = [n for n in range(1, 3000) if _without(n, 2, 3, 5) == 1]
    assert [fast_length(n) for n in range(1, 2900)] == [
        min(s for s in smooth if s >= n) for n in range(1, 2900)
    ]


def _without(n: int, *primes: int) -> int:
    """n without its factors among the primes."""
    for p in primes:
        while n % p == 0:
            n //= p
    return n


@pytest.mark.parametrize("n", [15, 16, 36, 49])
def test_no_row_has_a_part_in_anothers_result(n: int, rng) -> None:
    x = rng.standard_normal((64, n))
    x[3, 2], x[5] = np.nan, 1e30 * x[5]
    spectrum = dispatch.rfft(x)
    others = np.delete(np.arange(64), [3])
    expected = np.fft.rfft(x)
    assert np.isnan(spectrum[3]).all()
    scale = np.abs(expected[others]).max(axis=1, keepdims=True)
    assert (np.abs(spectrum - expected)[others] < 1e-14 * scale).all()
    back = dispatch.irfft(spectrum, n)
    assert (np.abs(back - x)[others] < 1e-14 * np.abs(x[others]).max(axis=1, keepdims=True)).all()
    z = dispatch.fft(x + 0j)
    assert (np.abs(z - np.fft.fft(x))[others] < 1e-14 * scale).all()


def test_other_arrays_are_left_to_numpy(rng) -> None:
    x = rng.standard_normal((40, 16))
    for y in (x.astype(">f8"), x.astype(np.longdouble), x[:0]):
        np.testing.assert_allclose(dispatch.rfft(y), np.fft.rfft(y), atol=1e-12)
        np.testing.assert_allclose(dispatch.fft(y + 0j), np.fft.fft(y), atol=1e-12)
    np.testing.assert_allclose(dispatch.fft(x), np.fft.fft(x), atol=1e-12)  # real numbers too
    np.testing.assert_allclose(dispatch.irfft(x, 30), np.fft.irfft(x, 30), atol=1e-12)
    np.testing.assert_allclose(
        dispatch.irfft(x + 0j, 8), np.fft.irfft(x, 8), atol=1e-12
    )  # as in NumPy, cut off
