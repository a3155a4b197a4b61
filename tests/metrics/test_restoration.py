"""Measures of restored images against scikit-image's and closed forms."""

from math import inf, log10

import numpy as np
import pytest

import subband as sb
from subband.errors import InvalidInput
from subband.metrics import log_spectrum_error, psnr, scattering_distance, ssim


def test_psnr_and_ssim_are_scikit_images(rng) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    truth = rng.random((32, 40))
    x = truth + 0.1 * rng.standard_normal(truth.shape)
    assert psnr(x, truth, 1.0) == pytest.approx(metrics.peak_signal_noise_ratio(truth, x, data_range=1.0))
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    want = metrics.structural_similarity(truth, x, data_range=1.0, **options)
    assert ssim(x, truth, 1.0) == pytest.approx(want, abs=1e-10)
    assert psnr(truth, truth) == inf
    assert ssim(truth, truth) == pytest.approx(1)


def test_the_spectrums_error_is_that_of_the_gain(rng) -> None:
    truth = rng.standard_normal((32, 32))
    assert log_spectrum_error(2 * truth, truth) == pytest.approx(20 * log10(2))
    # It does not see where things are, and psnr does.
    assert log_spectrum_error(np.roll(truth, 5, 0), truth) == pytest.approx(0, abs=1e-9)
    assert psnr(np.roll(truth, 5, 0), truth) < 20
    assert log_spectrum_error(sb.Blur((32, 32), sb.gaussian_kernel(1.0))(truth), truth) > 10


def test_scattering_distances_tell_sparse_from_gaussian_of_one_spectrum(rng) -> None:
    spots = sb.Blur((64, 64), sb.gaussian_kernel(1.0), "periodic")
    sparse = spots((rng.random((2, 64, 64)) < 0.03).astype(float))
    phases = np.exp(1j * np.angle(np.fft.fft2(rng.standard_normal((64, 64)))))
    gaussian = np.fft.ifft2(np.abs(np.fft.fft2(sparse[0])) * phases).real
    gaussian += sparse[0].mean() - gaussian.mean()
    assert log_spectrum_error(gaussian, sparse[0]) < 0.1
    assert scattering_distance(gaussian, sparse[0]) > 2 * scattering_distance(sparse[1], sparse[0])
    assert scattering_distance(sparse[0], sparse[0]) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: psnr(np.zeros((4, 4)), np.zeros((4, 5))), "of shapes"),
        (lambda: psnr(np.eye(4), np.zeros((4, 4))), "peak=1.0"),
        (lambda: ssim(np.ones((4, 4)), np.eye(4)), "11 × 11 or more"),
        (lambda: psnr(np.full((4, 4), np.nan), np.eye(4)), "not real and finite"),
        (lambda: scattering_distance(np.eye(3), np.eye(3)), "4 × 4 or more"),
    ],
)
def test_bad_images_are_refused_in_words(call, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        call()
