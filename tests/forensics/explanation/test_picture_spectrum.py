"""The radial spectrum: noise is flat, a wave is where it is, a power law has its exponent."""

import numpy as np
import pytest

from subband.errors import InvalidInput
from subband.forensics import spectrum


def grey(plane):
    return np.repeat(np.clip(np.round(plane), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def test_white_noise_is_flat_at_its_variance():
    plane = 128 + 20 * np.random.default_rng(0).standard_normal((512, 700))
    found = spectrum(grey(plane))
    np.testing.assert_allclose(10 * np.log10(found.density / (400 + 1 / 12)), 0, atol=1)
    assert found.exponent == pytest.approx(0, abs=0.05)
    assert found.plane.mean() == pytest.approx(400, rel=0.05)
    assert np.abs(found.excess).max() < 1


@pytest.mark.parametrize("frequency", [0.0625, 0.25, 0.375])
@pytest.mark.parametrize("vertical", [False, True])
def test_a_wave_is_at_its_frequency(frequency, vertical):
    wave = 128 + 40 * np.cos(2 * np.pi * frequency * np.arange(256))
    plane = np.broadcast_to(wave[:, None] if vertical else wave, (256, 256))
    found = spectrum(grey(plane))
    assert found.frequency[found.density.argmax()] == pytest.approx(frequency, abs=0.006)
    row, column = np.unravel_index(found.plane.argmax(), found.plane.shape)
    off = abs((row if vertical else column) - 64) / 128, abs((column if vertical else row) - 64)
    assert off == (pytest.approx(frequency, abs=0.001), 0)


@pytest.mark.parametrize("exponent", [1.5, 2.0, 3.0])
def test_the_exponent_of_a_power_law_is_found(exponent):
    rng = np.random.default_rng(1)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(1024), np.fft.fftfreq(1024)))
    f[0, 0] = np.inf
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((1024, 1024))) * f ** (-exponent / 2)).real
    found = spectrum(grey(128 + 30 * field / field.std()))
    assert found.exponent == pytest.approx(exponent, abs=0.12)
    middle = (found.frequency > 0.03) & (found.frequency < 0.2)
    assert np.abs(found.excess[middle]).max() < 1.5


def test_enlargement_by_repeating_pixels_shows_above_the_law():
    small = np.random.default_rng(2).normal(128, 30, (150, 150))
    found = spectrum(grey(np.kron(small, np.ones((2, 2)))))
    zeros = found.density[found.frequency.argmax()]  # the repetition's transfer function is 0 at ½
    assert zeros < found.density[0] / 30


def test_large_pictures_take_no_more_blocks_than_allowed():
    tall = np.broadcast_to(np.uint8(9), (6000, 4000, 3))
    assert spectrum(tall).plane.shape == (128, 128)
    assert spectrum(np.zeros((20, 300, 3), np.uint8)).plane.shape == (20, 20)
    with pytest.raises(InvalidInput, match="16×16"):
        spectrum(np.zeros((15, 300, 3), np.uint8))
