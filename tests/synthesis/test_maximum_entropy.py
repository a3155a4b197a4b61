"""The textbook ladder: microcanonical and canonical models whose laws are known."""

import numpy as np
import pytest
from scipy import stats

from subband.errors import InvalidInput
from subband.synthesis import (
    Canonical,
    Histogram,
    Moments,
    Norms,
    Spectrum,
    langevin,
    maximum_likelihood,
    score_matching,
    synthesise,
    uniform_on_sphere,
)

NORM_1, NORM_2 = Norms((1,), axes=1), Norms((2,), axes=1)


def test_marginals_of_the_sphere_are_gaussian() -> None:
    x = uniform_on_sphere(400, 500, p=2, mean=4.0, seed=1)
    np.testing.assert_allclose((x**2).mean(1), 4)
    assert stats.kstest(x[:, :10].ravel(), "norm", args=(0, 2)).pvalue > 0.01
    # Few samples: x₁²/‖x‖² is Beta(1/2, (d − 1)/2), which is not Gaussian.
    few = uniform_on_sphere(20_000, 3, p=2, mean=1 / 3, seed=2)
    assert stats.kstest(few[:, 0], "uniform", args=(-1, 2)).pvalue > 0.01


def test_marginals_of_the_simplex_are_laplacian() -> None:
    x = uniform_on_sphere(400, 500, p=1, mean=2.0, seed=1)
    np.testing.assert_allclose(np.abs(x).mean(1), 2)
    assert stats.kstest(x[:, :10].ravel(), "laplace", args=(0, 2)).pvalue > 0.01
    few = uniform_on_sphere(20_000, 3, p=1, mean=1 / 3, seed=2)
    assert stats.kstest(np.abs(few[:, 0]), "beta", args=(1, 2)).pvalue > 0.01


def test_descent_from_white_noise_is_uniform_on_the_sphere() -> None:
    """Φ = ⟨x²⟩ and white noise have all rotations in common, so that descent keeps them."""
    found = synthesise(NORM_2, target=[2.0], shape=256, n=64, solver="descent", tol=1e-8, seed=0)
    x = found.samples
    np.testing.assert_allclose((x**2).mean(1), 2, rtol=1e-6)
    assert stats.kstest(x[:, ::8].ravel(), "norm", args=(0, np.sqrt(2))).pvalue > 0.01


def test_descent_on_the_simplex_keeps_the_noises_law() -> None:
    """Descent maps white noise by x → sign(x)(|x| + c): it has ⟨|x|⟩, but not the model's largest entropy."""
    found = synthesise(NORM_1, target=[2.0], shape=4096, n=1, solver="descent", tol=1e-8, seed=0)
    x = found.samples[0]
    assert np.abs(x).mean() == pytest.approx(2.0, rel=1e-6)
    assert np.abs(x).min() > 1.0  # all moduli moved by c = 2 − √(2/π)
    exact = uniform_on_sphere(1, 4096, p=1, mean=2.0)[0]
    assert np.abs(exact).min() < 0.01


def test_langevin_samples_a_gaussian(rng) -> None:
    sigma = np.array([0.5, 1.0, 2.0])

    def energy(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return 0.5 * (x**2 / sigma**2).sum(-1), x / sigma**2

    chain = langevin(energy, np.zeros((200, 3)), step=0.1, steps=400, burn=200, thin=40, seed=3)
    x = chain.states.reshape(-1, 3)
    np.testing.assert_allclose(x.std(0), sigma, rtol=0.08)
    assert 0.4 < chain.accepted < 1
    with pytest.raises(InvalidInput, match="not finite"):
        langevin(lambda x: (np.full(len(x), np.nan), x), np.zeros((1, 2)), step=0.1, steps=1)


def test_score_matching_finds_the_parameters_of_gaussians() -> None:
    """exp(−θ Σ x²) has variance 1/2θ."""
    x = 3.0 * np.random.default_rng(0).standard_normal((20, 500))
    found = score_matching(NORM_2, x)
    assert found.theta[0] == pytest.approx(1 / (2 * 9.0), rel=0.05)


def test_score_matching_finds_the_spectrum_of_a_gaussian_process() -> None:
    """Energy Σ_b θ_b N P_b is Σ_k θ(k) |x̂(k)|²/N, that of a Gaussian process of power 1/2θ(k)."""
    rng, n = np.random.default_rng(0), 256
    theta = np.array([0.5, 0.25, 0.125, 0.2])
    f = np.abs(np.fft.fftfreq(n))
    power = np.zeros(n)
    power[1:] = 1 / (2 * np.interp(-np.log2(2 * f[1:]), np.arange(4), theta))
    x = np.fft.ifft(np.fft.fft(rng.standard_normal((60, n))) * np.sqrt(power)).real
    found = score_matching(Spectrum(J=3, Q=1, axes=1), x, probes=4)
    np.testing.assert_allclose(found.theta, theta, rtol=0.12)


def test_maximum_likelihood_finds_what_score_matching_finds() -> None:
    """⟨x²⟩ = 4 has θ = 1/8, the same as that of Gaussians of variance 4 above."""
    start = np.random.default_rng(0).standard_normal((40, 32))
    found = maximum_likelihood(Canonical(NORM_2, np.array([0.5])), np.array([4.0]), start)
    assert found.theta[0] == pytest.approx(1 / 8, rel=0.06)
    with pytest.raises(InvalidInput, match="two chains or more"):
        maximum_likelihood(found, np.array([4.0]), start[:1])
    with pytest.raises(InvalidInput, match="1 finite numbers"):
        maximum_likelihood(found, np.array([np.nan]), start)


def test_dependent_statistics_have_no_parameters(rng) -> None:
    with pytest.raises(InvalidInput, match="not unique"):
        score_matching(NORM_2 + Moments(2, axes=1) + NORM_2, rng.standard_normal((2, 64)))


def test_canonical_and_microcanonical_models_have_one_marginal() -> None:
    """exp(−θ Σ |x|) beside the simplex: the same Laplacian, by Langevin dynamics and by exact samples."""
    mean = 1.5
    canonical = Canonical(NORM_1, np.array([1 / mean]))
    chain = canonical.sample(np.ones((32, 64)), step=0.4, steps=2000, burn=500, thin=100, seed=0)
    x = chain.states[..., ::4].ravel()
    exact = uniform_on_sphere(200, 512, p=1, mean=mean, seed=5)[:, :8].ravel()
    assert np.abs(x).mean() == pytest.approx(mean, rel=0.05)
    assert stats.ks_2samp(x, exact).statistic < 0.05
    # ⟨|x|⟩ itself varies in the canonical model, by 1/θ√N, and not in the other.
    spread = np.abs(chain.states).mean(-1).std()
    assert spread == pytest.approx(mean / np.sqrt(64), rel=0.25)


def test_a_singular_process_is_matched_on_its_support(rng) -> None:
    """±1 with independent signs: ⟨x²⟩ = ⟨x⁴⟩ = 1 leaves only ±1."""
    x = rng.choice([-1.0, 1.0], size=(1, 512))
    found = synthesise(
        Moments(4, axes=1) + Histogram(8, axes=1),
        like=x,
        n=2,
        tol=1e-4,
        evaluations=2000,
        levels=0,
        weights="unit",
    )
    assert np.abs(np.abs(found.samples) - 1).mean() < 0.05


def test_wrong_parameters_are_named() -> None:
    with pytest.raises(InvalidInput, match="give 1 finite numbers"):
        Canonical(NORM_1, np.ones(3))
    with pytest.raises(InvalidInput, match="exponent above 0"):
        uniform_on_sphere(1, 3, p=0)
