"""Transforms of arrays on disk: those of the whole in every boundary mode, in the memory of some blocks."""

import tracemalloc

import numpy as np
import pytest

import subband as sb
from subband.errors import InvalidInput

TONES = (0.02, 0.05, 0.1, 0.15)


def noise(*shape: int, dtype: str = "float64") -> np.ndarray:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if dtype.startswith("complex") else x).astype(dtype)


def near(got, want, dtype, operations: float = 200) -> None:
    """Equal to some rounding errors of the largest."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    np.testing.assert_allclose(
        got, want, rtol=0, atol=operations * np.finfo(dtype).eps * np.abs(want).max(initial=1)
    )


class Dataset:
    """What h5py and Zarr offer: a shape, a dtype, slices and their assignment, and no other part of an array."""

    def __init__(self, array: np.ndarray) -> None:
        self._array, self.shape, self.dtype = array, array.shape, array.dtype
        self.read = 0

    def __getitem__(self, index) -> np.ndarray:
        part = self._array[index].copy()
        self.read = max(self.read, part.size)
        return part

    def __setitem__(self, index, value) -> None:
        self._array[index] = np.asarray(value)


def by_blocks(transform, x: np.ndarray, *arguments, axis: int = -1, block: int = 64, **keywords) -> tuple:
    b = sb.blockwise(transform, Dataset(x), *arguments, axis=axis, block=block, **keywords)
    like = np.result_type(x, np.complex64) if transform in (sb.stft, sb.cwt) else x.dtype
    out = np.full(b.shape, np.nan, like)
    return b.into(Dataset(out)), out


@pytest.mark.parametrize("samples", [1, 5, 64, 500, 1001, 3003])
@pytest.mark.parametrize("mode", sb.MODES)
def test_dwt_of_arrays_on_disk_in_every_mode(mode, samples) -> None:
    x = noise(2, samples)
    for wavelet, level in (("haar", 1), ("haar", 3), ("db2", 3), ("db4", 2), ("bior2.2", 3), ("bior4.4", 1)):
        level = min(level, max(1, sb.max_level(samples, wavelet)))
        want = sb.dwt(x, wavelet, level=level, mode=mode)
        c, out = by_blocks(sb.dwt, x, wavelet, level=level, mode=mode)
        assert c.spec == want.spec
        near(out, want.array, float)
        back = sb.blockwise(sb.idwt, c, block=64)
        near(back.into(np.empty(back.shape)), sb.idwt(want), float, 200 * max(1, np.abs(out).max()))


@pytest.mark.filterwarnings("ignore:icwt leaves out")  # few frequencies, far apart
@pytest.mark.parametrize("samples", [8, 500, 1001, 3003])
def test_other_transforms_of_arrays_on_disk(samples) -> None:
    for axis, dtype in ((1, "float64"), (0, "complex128")):
        x = noise(*((2, samples) if axis else (samples, 2)), dtype=dtype)
        for wavelet in ("haar", "db2", "bior2.2"):
            c, out = by_blocks(sb.swt, x, wavelet, level=3, axis=axis)
            want = sb.swt(x, wavelet, level=3, axes=axis)
            assert c.spec == want.spec
            near(out, want.array, float)
            near(sb.blockwise(sb.iswt, c, block=64).into(np.empty_like(x)), x, float)
        c, out = by_blocks(sb.stft, x, "hann", 8, axis=axis)
        near(out, sb.stft(x, "hann", 8, axis=axis).array, float)
        near(sb.blockwise(sb.istft, c, block=64).into(np.empty_like(x)), x, float)
        for mode in ("symmetric", "periodic", "zero") if samples > 1000 else ("symmetric", "periodic"):
            given = {"frequencies": TONES, "mode": mode, "axis": axis}
            c, out = by_blocks(sb.cwt, x, "morse", **given)
            want = sb.cwt(x, "morse", **given)
            assert c.spec == want.spec
            assert np.abs(out - want.array).max() <= 4e-6 * np.abs(x).max()
            y = sb.blockwise(sb.icwt, want, method="delta", block=64).into(np.empty_like(x))
            near(y, sb.icwt(want, method="delta"), float)


def test_memory_is_that_of_blocks(tmp_path) -> None:
    shape = (2, 1 << 21)
    x = np.memmap(tmp_path / "x", np.float32, "w+", shape=shape)
    rng = np.random.default_rng(0)
    for part in np.split(x, 16, axis=-1):
        part[:] = rng.standard_normal(part.shape)
    b = sb.blockwise(sb.dwt, x, "db4", level=6, mode="periodization", block=1 << 15)
    out = np.memmap(tmp_path / "c", np.float32, "w+", shape=b.shape)
    y = np.memmap(tmp_path / "y", np.float32, "w+", shape=shape)
    b.into(out)  # what is made once, such as tables
    tracemalloc.start()
    c = b.into(out)
    sb.blockwise(sb.idwt, c, block=1 << 15).into(y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * 2 * (1 << 15) * 4  # of 64 blocks
    near(y, x, "float32")
    near(
        np.asarray(out[:, :1000]), sb.dwt(x, "db4", level=6, mode="periodization").array[:, :1000], "float32"
    )


def test_blocks_of_arrays_know_where_they_belong() -> None:
    x = noise(3000)
    want = sb.dwt(x, "db2", level=2)
    for c in sb.blockwise(sb.dwt, x, "db2", level=2, block=500):
        np.testing.assert_allclose(c.approx, want.approx[c.slices[0]], atol=1e-12)
        np.testing.assert_allclose(c[1]["d"], want[1]["d"][c.slices[-1]], atol=1e-12)
    got = np.full_like(x, np.nan)
    for where, samples in sb.blockwise(sb.idwt, want, block=500):
        got[where] = samples
    near(got, x, float)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sb.blockwise(sb.idwt, noise(8)), "idwt takes the Coefficients of the transform"),
        (lambda: sb.blockwise(sb.idwt, sb.dwt(noise(8, 8), "haar", level=1, axes=(0, 1))), "takes one axis"),
        (lambda: sb.blockwise(sb.icwt, sb.cwt(noise(8))), "give icwt with method='delta'"),
        (lambda: sb.blockwise(sb.dwt, noise(2, 0), "haar", level=1), "is empty"),
        (lambda: sb.blockwise(sb.dwt, noise(8), "haar", level=1).into(np.empty(7)), r"array of shape \(8,\)"),
    ],
)
def test_what_can_not_be_taken_in_blocks_is_said(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()
