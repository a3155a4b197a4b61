"""Representations: laws over the registry, and each against its definition."""

import itertools

import numpy as np
import pytest
import scipy.fft
import torch

from subband.errors import InvalidInput
from subband.forensics.features.statistics import REPRESENTATIONS
from subband.forensics.features.statistics.colours import luminance, separated
from subband.forensics.features.statistics.dct import dct_matrix, dct_statistics
from subband.forensics.features.statistics.neighbours import neighbour_statistics
from subband.forensics.features.statistics.packets import packet_statistics
from subband.forensics.features.statistics.residuals import median_residual, wavelet_residual
from subband.forensics.features.statistics.scattering import scattering_statistics
from subband.forensics.features.statistics.spectra import full_spectrum, radial_spectrum


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, shape)).float()


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_numbers_are_finite_and_as_many_for_images_of_any_size(name: str) -> None:
    kind = REPRESENTATIONS[name]
    counts = set()
    for height, width in ((kind.least, kind.least), (96, 65), (130, 128)):
        for x in (
            noise(2, 3, height, width),
            torch.zeros(2, 3, height, width),
            torch.full((1, 3, height, width), 255.0),
        ):
            found = kind(x)
            assert torch.isfinite(found).all()
            assert found.dtype == torch.float64
            counts.add(found.shape[1])
    assert len(counts) == 1


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_images_of_a_batch_do_not_touch_each_other(name: str) -> None:
    x = noise(3, 3, 64, 72)
    together = REPRESENTATIONS[name](x)
    for k in range(3):
        np.testing.assert_allclose(REPRESENTATIONS[name](x[k : k + 1])[0], together[k], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_white_and_smoothed_noise_differ(name: str) -> None:
    white = noise(8, 3, 64, 64)
    smooth = (white + white.roll(1, -1) + white.roll(1, -2) + white.roll((1, 1), (-1, -2))) / 2 - 127.5
    a, b = (REPRESENTATIONS[name](x) for x in (white, smooth))
    spread = torch.cat([a - a.mean(0), b - b.mean(0)]).std(0).clamp_min(1e-6)
    assert float(((a.mean(0) - b.mean(0)).abs() / spread).max()) > 5


def test_options_are_those_of_the_entry() -> None:
    x = noise(1, 3, 64, 64)
    assert REPRESENTATIONS["packets"](x, level=2, wavelet="db2").shape == (1, 2 * (4 + 16))
    with pytest.raises(InvalidInput, match="no option 'levels'"):
        REPRESENTATIONS["packets"](x, levels=2)


def test_packets_of_one_level_are_means_of_the_logarithms() -> None:
    x = noise(1, 3, 16, 16)
    a, b, c, d = (x[..., i::2, j::2] for i, j in itertools.product((0, 1), repeat=2))
    low = torch.log((a + b + c + d).abs() / 2 + 0.5)
    found = packet_statistics(x, level=1)
    assert float(found[0, 0]) == pytest.approx(float(low.mean()), rel=1e-5)
    assert float(found[0, 4]) == pytest.approx(float(low.std()), rel=1e-5)


def test_second_order_scattering_does_not_depend_on_contrast() -> None:
    x = noise(1, 3, 64, 64)
    one, other = scattering_statistics(x), scattering_statistics(0.5 * x)
    first = 3 * 4
    np.testing.assert_allclose(one[:, first:], other[:, first:], atol=0.03)
    np.testing.assert_allclose(one[:, :first] - other[:, :first], np.log(2), atol=0.03)


def test_white_noise_has_a_flat_spectrum_of_its_variance() -> None:
    x = 128 + 10 * torch.randn(4, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    variance = 100 * (0.299**2 + 0.587**2 + 0.114**2)
    full = full_spectrum(x).reshape(4, 32, 17).exp().mean(0)
    assert float(full[4:-4, 4:-2].mean()) == pytest.approx(variance, rel=0.03)
    np.testing.assert_allclose(radial_spectrum(x).exp().mean(0)[5:43], variance, rtol=0.15)


def test_a_wave_is_a_peak_at_its_frequency() -> None:
    wave = 128 + 50 * torch.cos(2 * np.pi * torch.arange(64) / 8).expand(1, 3, 64, 64)
    peak = int(full_spectrum(wave).reshape(32, 17).argmax())
    assert divmod(peak, 17) == (0, 4)  # 32 / 8
    radial = radial_spectrum(wave)[0]
    assert int(radial.argmax()) == int(0.125 / 0.5**0.5 * 45)


def test_the_spectrum_along_circles_does_not_know_left_from_right() -> None:
    x = noise(1, 3, 64, 64)
    for other in (x.flip(-1), x.flip(-2), x.transpose(-1, -2)):
        np.testing.assert_allclose(radial_spectrum(other), radial_spectrum(x), atol=1e-4)


def test_the_dct_is_that_of_scipy() -> None:
    block = np.random.default_rng(0).standard_normal((8, 8))
    matrix = dct_matrix(8).numpy()
    np.testing.assert_allclose(matrix @ block @ matrix.T, scipy.fft.dctn(block, norm="ortho"), atol=1e-12)
    x = noise(1, 3, 8, 8)
    y = separated(x)[0, 0].numpy()
    expected = np.log(np.abs(scipy.fft.dctn(y, norm="ortho")) + 0.5).ravel()[1:]
    np.testing.assert_allclose(dct_statistics(x)[0, :63], expected, atol=1e-4)


def test_the_median_leaves_the_pixel_out() -> None:
    x = noise(1, 1, 9, 8).expand(1, 3, 9, 8)
    found = median_residual(x)
    for i, j in itertools.product(range(1, 8), range(1, 7)):
        window = np.delete(x[0, 0, i - 1 : i + 2, j - 1 : j + 2].numpy().ravel(), 4)
        assert float(found[0, 0, i, j]) == float(x[0, 0, i, j]) - np.median(window)


def test_the_wavelet_residual_is_the_noise_of_a_smooth_picture() -> None:
    y, x = np.mgrid[:128, :128] / 128
    smooth = torch.from_numpy(np.stack([200 * x, 200 * y, 100 * (x + y)]))[None].float()
    added = 4 * torch.randn(smooth.shape, generator=torch.Generator().manual_seed(1))
    residual = wavelet_residual(smooth + added)
    assert float(torch.corrcoef(torch.stack([residual.ravel(), added.ravel()]))[0, 1]) > 0.8
    assert float(wavelet_residual(smooth).abs().mean()) < 0.2


def test_neighbours_are_counted_and_symmetric() -> None:
    x = noise(1, 3, 12, 10)
    counts: dict[tuple[int, ...], int] = {}
    for plane in x[0].numpy():
        for rows in (plane, plane.T):
            for row in rows:
                d = np.clip(np.round(row[:-2] - 2 * row[1:-1] + row[2:]), -2, 2).astype(int)
                for triple in zip(d, d[1:], d[2:], strict=False):
                    a, b, c = triple
                    key = min((a, b, c), (c, b, a), (-a, -b, -c), (-c, -b, -a))
                    counts[key] = counts.get(key, 0) + 1
    found = neighbour_statistics(x, steps=(1.0,))[0].square()
    assert found.shape == (39,)
    expected = np.array(list(counts.values())) / sum(counts.values())
    np.testing.assert_allclose(np.sort(found[found > 0]), np.sort(expected), rtol=1e-5)
    for other in (x.flip(-1), x.flip(-2), x.transpose(-1, -2), 255 - x):
        np.testing.assert_allclose(neighbour_statistics(other), neighbour_statistics(x), atol=1e-6)


def test_grey_has_no_colour_differences() -> None:
    grey = noise(2, 1, 8, 8).expand(2, 3, 8, 8)
    np.testing.assert_allclose(luminance(grey), grey[:, 0], rtol=1e-6)
    np.testing.assert_allclose(separated(grey)[:, 1:], 0, atol=1e-4)


def test_too_small_images_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no tiles"):
        full_spectrum(noise(1, 3, 16, 64))
    with pytest.raises(InvalidInput, match="no block"):
        dct_statistics(noise(1, 3, 4, 64))
