"""What PyWavelets 1.10 changed, here with any version of it: no expected number comes from the installed one."""

import numpy as np
import pytest
import torch

import subband as sb
from subband.compat import pywt
from subband.compat.pywt import onelevel


def read_only(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x.flags.writeable = False
    return x


ONE_AXIS = {
    "dwt": lambda x: pywt.dwt(x, "db2"),
    "idwt": lambda x: [pywt.idwt(x, x, "db2")],
    "idwt of approximations": lambda x: [pywt.idwt(x, None, "db2")],
    "idwt of details": lambda x: [pywt.idwt(None, x, "db2", "periodization")],
    "wavedec": lambda x: pywt.wavedec(x, "db2", level=2),
    "waverec": lambda x: [pywt.waverec([x, x], "db2")],
    "wavedecn": lambda x: [pywt.wavedecn(x, "db2", level=1)[1]["d"]],
    "fswavedecn": lambda x: [pywt.fswavedecn(x, "db2", levels=1).coeffs],
    "swt": lambda x: pywt.swt(x, "db2", 1, trim_approx=True),
    "iswt": lambda x: [pywt.iswt([x, x], "db2")],
    "mra": lambda x: pywt.mra(x, "db2", 1),
    "downcoef": lambda x: [pywt.downcoef("d", x, "db2")],
    "upcoef": lambda x: [pywt.upcoef("d", x, "db2")],
    "packets": lambda x: [node.data for node in pywt.WaveletPacket(x, "db2").get_level(2)],
    "packets back": lambda x: [rebuilt(x)],
    "ravel_coeffs": lambda x: [pywt.ravel_coeffs([x, x])[0]],
    "cwt": lambda x: [pywt.cwt(x, [2, 5], "morl")[0]],
    "cwt by a complex wavelet": lambda x: [pywt.cwt(x, [2, 5], "cmor1.5-1.0", method="fft")[0]],
    "pad": lambda x: [pywt.pad(x, (3, 0), mode) for mode in pywt.Modes.modes],
    "soft threshold": lambda x: [pywt.threshold(x, 0.5)],
    "firm threshold": lambda x: [pywt.threshold_firm(x, 0.3, 0.9)],
}


def rebuilt(x: np.ndarray) -> np.ndarray:
    tree = pywt.WaveletPacket(None, "db2", "periodization")
    tree["a"], tree["d"] = x, x
    return tree.reconstruct()


@pytest.mark.parametrize("short", [True, False], ids=["PyWavelets' loop", "our kernels"])
@pytest.mark.parametrize("dtype", ["float32", "complex128", "int64"])
@pytest.mark.parametrize("call", ONE_AXIS)
def test_what_cannot_be_written_to_is_read(call: str, dtype: str, short: bool, monkeypatch, rng) -> None:
    if short:
        monkeypatch.setattr(onelevel, "SHORT", 8192)
    x = (8 * rng.standard_normal(32)).astype(dtype)
    if dtype == "complex128":
        x.imag = rng.standard_normal(32)
    given = read_only(x)
    for got, want in zip(ONE_AXIS[call](given), ONE_AXIS[call](x), strict=True):
        np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(given, x)


@pytest.mark.parametrize("call", sorted(ONE_AXIS.keys() - {"soft threshold", "firm threshold"}))
@pytest.mark.parametrize("short", [True, False], ids=["PyWavelets' loop", "our kernels"])
def test_real_and_imaginary_parts_are_two_signals(call: str, short: bool, monkeypatch, rng) -> None:
    if short:
        monkeypatch.setattr(onelevel, "SHORT", 8192)
    x, y = rng.standard_normal((2, 32))
    together, apart = ONE_AXIS[call](x + 1j * y), zip(ONE_AXIS[call](x), ONE_AXIS[call](y), strict=True)
    for both, (real, imaginary) in zip(together, apart, strict=True):
        assert both.dtype == np.complex128
        np.testing.assert_allclose(both, real + 1j * imaginary, atol=1e-12)


def test_complex_numbers_shrink_along_their_rays(rng) -> None:
    z = np.array([3 + 4j, 0.3 - 0.4j, -5j])
    np.testing.assert_allclose(pywt.threshold(z, 1), [2.4 + 3.2j, 0, -4j])
    np.testing.assert_allclose(pywt.threshold(z, 1, "hard"), [3 + 4j, 0, -5j])
    np.testing.assert_allclose(pywt.threshold(z, 1, "garrote"), z * [0.96, 0, 0.96])
    np.testing.assert_allclose(pywt.threshold_firm(z, 1, 9), z * [0.9, 0, 0.9])
    for mode in ("greater", "less"):
        with pytest.raises(ValueError, match="only supports real data"):
            pywt.threshold(z, 1, mode)


@pytest.mark.parametrize("mode", pywt.Modes.modes)
def test_no_samples_beyond_one_end(mode: str) -> None:
    """A width of 0 adds nothing; only "periodization" makes odd lengths even before it looks at widths."""
    even, cube = np.array([1.0, 2.0, 4.0, 8.0]), np.arange(64.0).reshape(4, 4, 4)
    np.testing.assert_array_equal(pywt.pad(even, 0, mode), even)
    np.testing.assert_array_equal(pywt.pad(cube, 0, mode), cube)
    both = pywt.pad(even, (5, 6), mode)
    np.testing.assert_array_equal(pywt.pad(even, (5, 0), mode), both[:-6])
    np.testing.assert_array_equal(pywt.pad(even, (0, 6), mode), both[5:])
    odd = pywt.pad(np.array([1.0, 2.0, 3.0]), 0, mode)
    np.testing.assert_array_equal(odd, [1, 2, 3, 3] if mode == "periodization" else [1, 2, 3])


@pytest.mark.parametrize("mode", pywt.Modes.modes)
def test_an_axis_without_samples_stays(mode: str) -> None:
    assert pywt.pad(np.ones((0, 4)), 0, mode).shape == (0, 4)
    assert pywt.pad(np.ones((0, 4)), ((0, 0), (2, 2)), mode).shape == (0, 8)


@pytest.mark.parametrize(
    ("mode", "want"),
    [("smooth", [-1, 0, 1, 2, 3]), ("antisymmetric", [-2, -1, 1, 2, 3]), ("symmetric", [2, 1, 1, 2, 3])],
)
def test_samples_beyond_the_first_end_alone(mode: str, want: list[int]) -> None:
    np.testing.assert_array_equal(pywt.pad([1, 2, 3], (2, 0), mode), want)
    np.testing.assert_array_equal(pywt.pad(torch.tensor([1.0, 2, 3]), (2, 0), mode).numpy(), want)


def test_one_sample_has_no_slope() -> None:
    np.testing.assert_array_equal(pywt.pad([5.0], (2, 3), "smooth"), [5] * 6)
    row = np.arange(3.0)[None]
    np.testing.assert_array_equal(pywt.pad(row, ((2, 2), (0, 0)), "smooth"), np.tile(row, (5, 1)))
    np.testing.assert_allclose(pywt.dwt([5.0], "db2", "smooth"), pywt.dwt([5.0], "db2", "constant"))


def test_negative_widths_are_refused() -> None:
    with pytest.raises(ValueError, match="pad_widths must be >= 0"):
        pywt.pad([1, 2, 3], (-1, 2), "zero")


@pytest.mark.parametrize("mode", ["symmetric", "periodization", "smooth"])
@pytest.mark.parametrize(
    ("tree", "shape", "axes", "level"),
    [
        (pywt.WaveletPacket, (37,), None, 3),
        (pywt.WaveletPacket, (3, 13), None, 2),
        (pywt.WaveletPacket2D, (9, 11), None, 2),
        (pywt.WaveletPacketND, (2, 2, 3), (0, 1, 2), 1),
        (pywt.WaveletPacketND, (3, 5, 7), (1, 2), 1),
        (pywt.WaveletPacketND, (9, 11), None, 2),
    ],
)
def test_packets_of_odd_sizes_come_back(tree, shape, axes, level: int, mode: str, rng) -> None:
    x = rng.standard_normal(shape)
    grown = tree(x, "haar", mode, **({} if axes is None else {"axes": axes}))
    nodes = grown.get_level(level)
    for update in (False, True, True):
        np.testing.assert_allclose(grown.reconstruct(update), x, atol=1e-12)
    above = nodes[0].parent
    below = above.data.shape
    assert above.reconstruct(update=True).shape == above.data.shape == below


@pytest.mark.parametrize("given", ["coif1", "db2", pywt.Wavelet("coif1"), sb.wavelet("coif1")], ids=str)
def test_filters_are_no_continuous_wavelet(given) -> None:
    with pytest.raises(ValueError, match="continuous wavelet"):
        pywt.cwt(np.ones(100), [1, 2], given)
    assert pywt.cwt(np.ones(100), [1, 2], "morl")[0].shape == (2, 100)
