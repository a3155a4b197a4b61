"""Priors that learn, from images, an example, or a trained network."""

import numpy as np
import pytest
import torch
from scenes import measured, rms

import subband as sb
from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Prediction
from subband.generate.diffusion.paths import by_name
from subband.inverse import (
    DiffusionPosterior,
    MatchStatistics,
    PlugAndPlay,
    ResidualNetwork,
    ScatteringEstimate,
    Tikhonov,
    diffusion_denoiser,
    invert,
)
from subband.metrics import log_spectrum_error, scattering_distance

SCATTERING = sb.Scattering(ndim=2, J=2, L=4)


def textures(count: int, n: int = 32, seed: int = 0) -> np.ndarray:
    """Sparse spots in white noise, whose fine structure a mean over explanations loses."""
    rng = np.random.default_rng(seed)
    spots = (rng.random((count, n, n)) < 0.06).astype(float)
    spread = sb.Blur((n, n), sb.gaussian_kernel(0.7), "periodic")
    return 2 * spread(spots) + 0.05 * rng.standard_normal((count, n, n))


def test_the_scattering_estimate_brings_texture_back() -> None:
    A, noise = sb.Downsample((32, 32), 3), 0.01
    images = textures(21)
    prior = ScatteringEstimate.fit(SCATTERING, A, images[:20], noise, evaluations=40)
    y = measured(A, images[20], noise)
    linear = invert(A, y, prior=Tikhonov(), noise=noise)
    found = invert(A, y, prior=prior, noise=noise)
    assert scattering_distance(found.x, images[20]) < 0.6 * scattering_distance(linear.x, images[20])
    assert log_spectrum_error(found.x, images[20]) < 0.6 * log_spectrum_error(linear.x, images[20])
    # The measurement is explained, too.
    assert found.misfit < 3 * found.expected_misfit


def test_the_regression_is_exact_where_nothing_is_lost() -> None:
    identity = sb.Mask(np.ones((16, 16)))
    images = textures(12, 16)
    prior = ScatteringEstimate.fit(SCATTERING, identity, images, 0.0, linear=Tikhonov(1e-9, order=0))
    s = torch.asarray(np.asarray(SCATTERING(images[0]).array))
    np.testing.assert_allclose(prior.regressed(torch.asarray(images[0])), s, atol=1e-3 * float(s.max()))


def test_matched_statistics_explain_the_measurement() -> None:
    images = textures(2)
    A, noise = sb.Downsample((32, 32), 2), 0.01
    y = measured(A, images[0], noise)
    statistics = sb.Scattering(ndim=2, J=2, L=4, average="global")
    found = invert(A, y, prior=MatchStatistics(statistics, like=images[1], evaluations=40), noise=noise)
    linear = invert(A, y, prior=Tikhonov(), noise=noise)
    assert found.misfit <= 1.05 * found.expected_misfit
    near, far = (scattering_distance(x, images[1], statistics) for x in (found.x, linear.x))
    assert near < 0.5 * far


class WhiteDenoiser:
    """E[x0 | x_t] and eps for x0 ~ N(0, 1), in closed form."""

    def __init__(self, path: str) -> None:
        self.path = by_name.make_path(path)

    def __call__(self, x: torch.Tensor, t: torch.Tensor) -> Prediction:
        c = self.path.at(t, x)
        x0 = c.alpha * x / (c.alpha**2 + c.sigma**2)
        return Prediction(x0, (x - c.alpha * x0) / c.sigma, c.alpha, c.sigma)


@pytest.mark.parametrize("path", ["flow", "vp-cosine", "ddpm"])
def test_posterior_samples_of_white_images_have_the_posteriors_mean_and_variance(path: str, rng) -> None:
    """x = ½ + ½ z with white z: the posterior is Gaussian, and the guidance exact."""
    A, noise = sb.Downsample((4, 4), 2), 0.1
    y = A(0.5 + 0.5 * rng.standard_normal((4, 4))) + noise * rng.standard_normal((2, 2))
    matrix = A.scipy() @ np.eye(16)
    covariance = np.linalg.inv(4 * np.eye(16) + matrix.T @ matrix / noise**2)
    mean = 0.5 + covariance @ matrix.T @ (y.ravel() - matrix @ np.full(16, 0.5)) / noise**2
    # The channels of one image are as many independent samples.
    many = np.broadcast_to(y, (64, 2, 2)).copy()
    prior = DiffusionPosterior(WhiteDenoiser(path), steps=40)
    samples = invert(A, many, prior=prior, noise=noise).x.reshape(64, 16)
    assert rms(samples.mean(0) - mean) < 3 * np.sqrt(np.trace(covariance) / 16 / 64)
    assert samples.var(0).mean() == pytest.approx(np.trace(covariance) / 16, rel=0.3)


def test_a_diffusion_denoiser_plugs_and_plays() -> None:
    rng = np.random.default_rng(0)
    A, noise = sb.Downsample((8, 8), 2), 0.1
    y = A(0.5 + 0.5 * rng.standard_normal((8, 8))) + noise * rng.standard_normal((4, 4))
    denoise = diffusion_denoiser(WhiteDenoiser("flow"))
    x = rng.standard_normal((8, 8))
    np.testing.assert_allclose(denoise(x, 0.5), 0.5 + (x - 0.5) / 2, atol=1e-5)
    prior = PlugAndPlay(denoise, steps=40, first=0.5, last=0.03)
    ridge = 0.5 + invert(A, y - A(np.full((8, 8), 0.5)), prior=Tikhonov(4 * noise**2, order=0), noise=noise).x
    assert rms(invert(A, y, prior=prior, noise=noise).x - ridge) < 0.1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: ScatteringEstimate.fit(SCATTERING, sb.Mask(np.ones((2, 2))), np.ones((9, 2, 2)), 0.1),
            "largest wavelet",
        ),
        (
            lambda: ScatteringEstimate.fit(SCATTERING, sb.Mask(np.ones((8, 8))), np.ones((3, 8, 8)), 0.1),
            "8 or more",
        ),
        (
            lambda: ScatteringEstimate.fit(sb.Scattering(J=2), sb.Mask(np.ones(8)), np.ones((9, 8)), 0.1),
            "of images",
        ),
        (lambda: MatchStatistics(SCATTERING), "either target="),
        (lambda: MatchStatistics(SCATTERING, target=[np.nan]), "not a finite real number"),
        (lambda: MatchStatistics(SCATTERING, like=np.ones((2, 2))), "smaller than the largest wavelet"),
        (lambda: MatchStatistics("scattering", target=[1.0]), "statistics='scattering'"),
        (lambda: DiffusionPosterior(np.sin), "is no diffusion denoiser"),
        (lambda: DiffusionPosterior(WhiteDenoiser("flow"), steps=1), "steps=1"),
        (lambda: DiffusionPosterior.of(3), "has no denoiser"),
    ],
)
def test_bad_input_is_refused_in_words(call, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        call()


def test_a_network_corrects_the_linear_estimate() -> None:
    A, noise = sb.Downsample((32, 32), 2), 0.01
    images = textures(41)
    prior = ResidualNetwork.fit(A, images[:40], noise, channels=16, depth=4, steps=200)
    y = measured(A, images[40], noise)
    linear = invert(A, y, prior=Tikhonov(), noise=noise)
    found = invert(A, y, prior=prior, noise=noise)
    assert rms(found.x - images[40]) < 0.9 * rms(linear.x - images[40])


def test_a_network_starts_as_the_linear_estimate_and_learns_alike_again(rng) -> None:
    A, images = sb.Mask(np.ones((16, 16))), rng.random((8, 16, 16))
    made = [ResidualNetwork.fit(A, images, 0.1, channels=4, depth=3, steps=5, seed=1) for _ in range(2)]
    np.testing.assert_array_equal(*(invert(A, images[0], prior=prior, noise=0.1).x for prior in made))
    with pytest.raises(InvalidInput, match="depth"):
        ResidualNetwork.fit(A, images, 0.1, depth=1)
