import numpy as np
import pytest
import pywt
import torch
from planted import smooth, white

from subband.errors import InvalidInput, UnsupportedArray
from subband.forensics.features.images import as_images, check_pixels
from subband.forensics.features.layers import AXES, LogPackets, Normaliser, Pixels, log_packets


def pywavelets(channel, level=3):
    """ln-packets of one channel by PyWavelets, in frequency order: (F, F, h, w)."""
    tree = pywt.WaveletPacket2D(channel, "haar", "symmetric", level)
    return np.array([[node.data for node in row] for row in tree.get_level(level, "freq")])


@pytest.mark.parametrize("size", [16, 24, 20])
def test_packets_are_those_of_pywavelets_also_where_8_does_not_divide_the_size(size):
    pixels = white(2, 0, size)
    ours = log_packets(as_images(pixels).double()).exp() - 1e-12
    assert ours.shape == (2, 3, 8, 8, -(-size // 8), -(-size // 8))
    for n in range(2):
        for colour in range(3):
            np.testing.assert_allclose(ours[n, colour], np.abs(pywavelets(pixels[n, ..., colour])), atol=1e-6)


def test_the_floor_keeps_a_flat_image_finite():
    flat = torch.full((1, 3, 16, 16), 7.0, dtype=torch.float64)
    z = log_packets(flat)
    assert torch.isfinite(z).all()
    assert z.min() < np.log(1e-10)
    assert log_packets(flat, floor=0.5).min() == pytest.approx(np.log(0.5))


@pytest.mark.parametrize("shared", AXES)
def test_normalised_training_features_have_mean_0_and_std_1(shared, monkeypatch):
    monkeypatch.setattr("subband.forensics.features.images.CHUNK", 7)
    pixels = smooth(40, 3)
    layer = LogPackets(3, "haar", 0.5, shared)
    layer.fit(pixels)
    z = layer(as_images(pixels)).double()
    np.testing.assert_allclose(z.mean(AXES[shared]), 0, atol=1e-4)
    np.testing.assert_allclose(z.std(AXES[shared], unbiased=False), 1, atol=1e-4)


def test_normaliser_agrees_with_numpy_across_chunks(monkeypatch):
    pixels = white(1100, 5)  # three chunks of unequal length
    fitted = Normaliser.fit(pixels, lambda x: x, (0, 2, 3))
    np.testing.assert_allclose(fitted.mean.flatten(), pixels.mean((0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(fitted.std.flatten(), pixels.std((0, 1, 2)), rtol=1e-6)


def test_a_constant_feature_becomes_zero():
    layer = Pixels()
    flat = np.full((3, 16, 16, 3), 9, dtype=np.uint8)
    layer.fit(flat)
    assert not layer(as_images(flat)).any()


@pytest.mark.usefixtures("unchecked")
def test_images_that_cannot_be_used():
    with pytest.raises(UnsupportedArray, match="not list"):
        check_pixels([1])
    broken = np.full((2, 16, 16, 3), np.nan)
    with pytest.raises(InvalidInput, match=r"float64 holding 1536 NaN"):
        check_pixels(broken)
    with pytest.raises(InvalidInput, match=r"\(N, H, W, 3\).*\(2, 3, 16, 16\)"):
        check_pixels(np.zeros((2, 3, 16, 16), np.uint8))
    with pytest.raises(InvalidInput, match="at least one"):
        check_pixels(np.zeros((0, 16, 16, 3), np.uint8))
    x = torch.zeros(1, 3, 16, 16)
    x[0, 0, 0, 0] = torch.nan
    with pytest.raises(InvalidInput, match="1 NaN"):
        log_packets(x)
    with pytest.raises(InvalidInput, match="nosuch"):
        log_packets(torch.zeros(1, 3, 16, 16), 3, "nosuch")
