"""Tests of day 8, one for each function, against Gaussians, for which all of it has closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from course.signals import noise, spiral
from scipy import stats


def test_1_schedule_keeps_the_variance(work):
    t = jnp.linspace(0, 1, 11)
    alpha, sigma = work.schedule(t)
    np.testing.assert_allclose(alpha**2 + sigma**2, 1)
    np.testing.assert_allclose([alpha[0], sigma[0], alpha[5], sigma[-1]], [1, 0, 0.5**0.5, 1], atol=1e-12)


def test_2_add_noise(work):
    x, e, t = noise((3, 2)), noise((3, 2), 1), np.array([0.0, 0.3, 1.0])
    expected = np.cos(np.pi * t / 2)[:, None] * x + np.sin(np.pi * t / 2)[:, None] * e
    np.testing.assert_allclose(work.add_noise(*map(jnp.asarray, (x, e, t))), expected, atol=1e-12)


def test_3_exact_denoiser_of_two_points(work):
    """Between x = ±1 the posterior mean is tanh(α y/σ²)."""
    y = jnp.linspace(-2, 2, 9)[:, None]
    alpha, sigma = np.cos(0.2 * np.pi), np.sin(0.2 * np.pi)
    found = work.exact_denoiser(jnp.array([[1.0], [-1.0]]))(y, jnp.asarray(0.4))
    np.testing.assert_allclose(found, np.tanh(alpha * np.asarray(y) / sigma**2), rtol=1e-10)


def test_3_exact_denoiser_obeys_tweedie(work):
    """Its answer is (y + σ² ∇ log p(y))/α, with p the density of all noisy points."""
    data, t = jnp.asarray(spiral(50)), 0.3
    alpha, sigma = np.cos(np.pi * t / 2), np.sin(np.pi * t / 2)

    def log_density(y):
        return jax.nn.logsumexp(-((y - alpha * data) ** 2).sum(1) / (2 * sigma**2))

    y = jnp.asarray(noise((6, 2), 4))
    expected = (y + sigma**2 * jax.vmap(jax.grad(log_density))(y)) / alpha
    np.testing.assert_allclose(work.exact_denoiser(data)(y, jnp.asarray(t)), expected, rtol=1e-8)


def test_3_exact_denoiser_at_little_noise_is_finite(work):
    found = work.exact_denoiser(jnp.asarray(spiral(50)))(jnp.full((1, 2), 30.0), jnp.asarray(1e-3))
    assert bool(jnp.isfinite(found).all())


def test_4_denoising_loss_of_two_answers(work):
    """The answer 0 errs by the mean square of the data; y itself by E[(α − 1)² x² + σ²] = x²(1.5 − 4/π) + 0.5."""
    x = jnp.asarray(2 * noise((20000, 2)))
    power = float(jnp.mean(x**2))
    zero = work.denoising_loss(lambda y, t: jnp.zeros_like(y), x, jax.random.key(0))
    assert float(zero) == pytest.approx(power)
    lazy = work.denoising_loss(lambda y, t: y, x, jax.random.key(0))
    assert float(lazy) == pytest.approx(power * (1.5 - 4 / np.pi) + 0.5, rel=0.03)


def test_4_denoising_loss_gives_each_point_a_time(work):
    seen = []
    work.denoising_loss(lambda y, t: seen.append(t) or y, jnp.ones((500, 2)), jax.random.key(2))
    assert seen[0].shape == (500,)
    assert stats.kstest(np.asarray(seen[0]), "uniform").pvalue > 1e-3


def test_5_ddim_step_keeps_the_noise(work):
    x, e = jnp.asarray(noise((4, 2))), jnp.asarray(noise((4, 2), 1))

    def at(t):
        return np.cos(np.pi * t / 2) * x + np.sin(np.pi * t / 2) * e

    np.testing.assert_allclose(
        work.ddim_step(at(0.8), x, jnp.asarray(0.8), jnp.asarray(0.3)), at(0.3), atol=1e-12
    )
    np.testing.assert_allclose(work.ddim_step(at(0.5), x, jnp.asarray(0.5), jnp.asarray(0.0)), x, atol=1e-12)


def test_6_sample_carries_one_gaussian_to_another(work):
    """With the best denoiser of N(m, s²), the flow is affine: noise z becomes m + s z."""
    m, s = jnp.array([2.0, -1.0]), 0.5

    def best(y, t):
        alpha, sigma = jnp.cos(0.5 * jnp.pi * t), jnp.sin(0.5 * jnp.pi * t)
        return m + alpha * s**2 / (alpha**2 * s**2 + sigma**2) * (y - alpha * m)

    z = jnp.asarray(noise((6, 2)))
    path = work.sample(best, z, jnp.linspace(1, 0, 1001))
    assert path.shape == (1001, 6, 2)
    np.testing.assert_array_equal(path[0], z)
    np.testing.assert_allclose(path[-1], m + s * z, atol=5e-3)


def test_6_sample_with_the_exact_denoiser_only_remembers(work):
    data = jnp.asarray(spiral(30))
    path = work.sample(work.exact_denoiser(data), jnp.asarray(noise((20, 2))), jnp.linspace(1, 0, 80))
    distance = jnp.linalg.norm(path[-1][:, None] - data, axis=-1).min(1)
    assert float(jnp.median(distance)) < 1e-3


@pytest.fixture
def net():
    return (lambda first: jnp.sin(first), lambda first: first**2)


def test_7_coupling_has_the_determinant_that_it_says(work, net):
    x = jnp.asarray(noise((5, 2)))

    def one(point):
        return work.coupling(point[None], net[0](point[None, 0]), net[1](point[None, 0]))[0][0]

    z, log_determinant = work.coupling(x, net[0](x[:, 0]), net[1](x[:, 0]))
    jacobians = jax.vmap(jax.jacobian(one))(x)
    np.testing.assert_allclose(log_determinant, np.linalg.slogdet(jacobians)[1], rtol=1e-10)
    np.testing.assert_allclose(z[:, 0], x[:, 0])
    np.testing.assert_allclose(z[:, 1], np.exp(np.sin(x[:, 0])) * x[:, 1] + x[:, 0] ** 2)


def test_8_uncoupling_is_the_inverse(work, net):
    z = jnp.asarray(noise((5, 2)))
    x = np.asarray(work.uncoupling(z, net[0](z[:, 0]), net[1](z[:, 0])))
    np.testing.assert_allclose(np.exp(np.sin(x[:, 0])) * x[:, 1] + x[:, 0] ** 2, z[:, 1], atol=1e-12)
    np.testing.assert_allclose(x[:, 0], z[:, 0])


def test_9_flow_log_density_of_an_affine_map(work):
    """z = (x − m)/s makes x Gaussian."""
    x, m, s = noise((4, 3)), 0.5, 2.0
    found = work.flow_log_density(jnp.asarray((x - m) / s), jnp.full(4, -3 * np.log(s)))
    np.testing.assert_allclose(found, stats.norm.logpdf(x, m, s).sum(1), rtol=1e-10)


def test_10_kl_to_standard(work):
    mean, variance = np.array([[0.5, -1.0]]), np.array([[0.3, 2.0]])
    grid = np.linspace(-20, 20, 200001)
    p = [stats.norm.pdf(grid, m, v**0.5) for m, v in zip(mean[0], variance[0], strict=True)]
    q = stats.norm.logpdf(grid)
    expected = sum((one * (np.log(np.maximum(one, 1e-300)) - q)).sum() * 2e-4 for one in p)
    assert float(work.kl_to_standard(jnp.asarray(mean), jnp.log(jnp.asarray(variance)))[0]) == pytest.approx(
        expected, rel=1e-5
    )
    np.testing.assert_allclose(work.kl_to_standard(jnp.zeros((3, 2)), jnp.zeros((3, 2))), 0, atol=1e-12)


def test_11_evidence_bound_is_tight_for_the_true_posterior(work):
    """x = 2 z + noise of variance 0.5: with z | x known, the bound is log p(x) itself."""
    x = jnp.asarray(noise((20000, 1)) * 4.5**0.5)

    def encode(x, wrong=0.0):
        return 2 * x / 4.5 + wrong, jnp.full_like(x, np.log(0.5 / 4.5))

    exact = stats.norm.logpdf(np.asarray(x), 0, 4.5**0.5).mean()
    bound = work.evidence_bound(x, encode, lambda z: 2 * z, jax.random.key(0), 0.5)
    assert float(bound) == pytest.approx(exact, abs=0.03)
    # A mean that is off by δ costs KL = δ²/(2 v) with v = 1/9.
    worse = work.evidence_bound(x, lambda x: encode(x, 0.3), lambda z: 2 * z, jax.random.key(0), 0.5)
    assert float(worse) == pytest.approx(exact - 0.09 * 4.5, abs=0.04)
