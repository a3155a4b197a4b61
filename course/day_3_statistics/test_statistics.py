"""Tests of day 3, one for each function, against sums, integrals and processes that are known exactly."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from course.signals import el_nino, noise
from scipy import stats


@pytest.fixture
def mixture(work):
    return work.Mixture(jnp.array([0.3, 0.7]), jnp.array([-2.0, 1.0]), jnp.array([0.25, 1.5]))


def density(x, mixture):
    w, m, v = map(np.asarray, mixture)
    return (w * stats.norm.pdf(x[:, None], m, np.sqrt(v))).sum(1)


def drawn(count, seed):
    rng = np.random.default_rng(seed)
    low = rng.uniform(size=count) < 0.3
    return np.where(low, -2 + 0.5 * rng.standard_normal(count), 1 + 1.5**0.5 * rng.standard_normal(count))


def ar1(a, count, seed=0):
    e = noise(count + 500, seed)
    x = np.zeros(count + 500)
    for n in range(1, len(x)):
        x[n] = a * x[n - 1] + e[n]
    return x[500:]


def test_1_autocorrelation_is_the_sum_over_pairs(work):
    x = el_nino()[1] + 3
    centred = x - x.mean()
    expected = [(centred[: len(x) - k] * centred[k:]).sum() / (centred**2).sum() for k in range(41)]
    np.testing.assert_allclose(work.autocorrelation(jnp.asarray(x), 40), expected, atol=1e-12)


def test_2_periodogram_adds_up_to_the_variance(work):
    x = noise(256) + 2
    p = np.asarray(work.periodogram(jnp.asarray(x)))
    assert p.shape == (129,)
    assert p[0] == pytest.approx(0, abs=1e-20)
    assert (p[0] + 2 * p[1:-1].sum() + p[-1]) / 256 == pytest.approx(x.var())


def test_2_periodogram_of_a_sine_is_one_line(work):
    x = np.cos(2 * np.pi * 12 * np.arange(128) / 128)
    p = np.asarray(work.periodogram(jnp.asarray(x)))
    assert p[12] == pytest.approx(32)
    assert p.sum() == pytest.approx(32)


def test_3_fit_ar1(work):
    a, variance = work.fit_ar1(jnp.asarray(ar1(0.8, 4000)))
    # The standard errors: √((1 − a²)/N), and σ²√(2/N).
    assert float(a) == pytest.approx(0.8, abs=4 * 0.6 / 4000**0.5)
    assert float(variance) == pytest.approx(1, abs=4 * (2 / 4000) ** 0.5)


def test_4_ar1_spectrum_is_the_transform_of_the_covariance(work):
    lags = np.arange(-400, 401)
    covariance = 2.0 * 0.8 ** np.abs(lags) / (1 - 0.64)
    for f in (0.0, 0.1, 0.37, 0.5):
        expected = (covariance * np.cos(2 * np.pi * f * lags)).sum()
        assert float(work.ar1_spectrum(0.8, 2.0, jnp.array(f))) == pytest.approx(expected, rel=1e-6)


def test_5_bootstrap_knows_the_error_of_a_mean(work):
    x = jnp.asarray(noise(200, 1) * 3)
    values = np.asarray(work.bootstrap(x, jnp.mean, jax.random.key(0), 2000))
    assert values.shape == (2000,)
    assert values.std() == pytest.approx(float(x.std()) / 200**0.5, rel=0.08)
    assert values.mean() == pytest.approx(float(x.mean()), abs=0.03)


def test_5_bootstrap_draws_with_replacement(work):
    x = jnp.arange(20.0)
    distinct = work.bootstrap(
        x, lambda one: jnp.unique(one, size=20, fill_value=-1).max(), jax.random.key(1), 200
    )
    assert 10 < float(jnp.min(distinct)) < 19  # some sample lacks the largest observation


def test_6_log_joint(work, mixture):
    x = np.array([-3.0, 0.0, 60.0])
    expected = np.log([0.3, 0.7]) + stats.norm.logpdf(x[:, None], [-2, 1], np.sqrt([0.25, 1.5]))
    np.testing.assert_allclose(work.log_joint(jnp.asarray(x), mixture), expected, rtol=1e-12)


def test_7_log_likelihood(work, mixture):
    x = drawn(100, 0)
    expected = np.log(density(x, mixture)).sum()
    assert float(work.log_likelihood(jnp.asarray(x), mixture)) == pytest.approx(expected, rel=1e-12)
    assert np.isfinite(work.log_likelihood(jnp.array([1e3]), mixture))


def test_8_responsibilities(work, mixture):
    x = np.array([-2.0, 0.3, 500.0])
    r = np.asarray(work.responsibilities(jnp.asarray(x), mixture))
    np.testing.assert_allclose(r.sum(1), 1)
    first = 0.3 * stats.norm.pdf(x[:2], -2, 0.5) / density(x[:2], mixture)
    np.testing.assert_allclose(r[:2, 0], first, rtol=1e-10)
    assert r[2, 1] == 1


def test_9_em_step_never_lowers_the_likelihood(work):
    x = jnp.asarray(drawn(500, 1))
    mixture = work.Mixture(jnp.array([0.5, 0.5]), jnp.array([-0.5, 0.5]), jnp.array([1.0, 1.0]))

    def likelihood(mixture):
        return np.log(density(np.asarray(x), mixture)).sum()

    before = likelihood(mixture)
    for _ in range(20):
        mixture = work.em_step(x, mixture)
        assert likelihood(mixture) >= before - 1e-9
        before = likelihood(mixture)


def test_9_em_finds_the_mixture(work):
    x = jnp.asarray(drawn(5000, 2))
    mixture = work.Mixture(jnp.array([0.5, 0.5]), jnp.array([-1.0, 1.0]), jnp.array([1.0, 1.0]))
    w, m, v = jax.lax.fori_loop(0, 300, lambda _, one: work.em_step(x, one), mixture)
    np.testing.assert_allclose(w, [0.3, 0.7], atol=0.04)
    np.testing.assert_allclose(m, [-2, 1], atol=0.1)
    np.testing.assert_allclose(v, [0.25, 1.5], atol=0.2)


def test_10_posterior_mean_is_the_integral(work, mixture):
    y, noise_variance = np.array([-3.0, -0.5, 0.4, 4.0]), 0.6
    x = np.linspace(-12, 12, 20001)
    joint = density(x, mixture) * stats.norm.pdf(y[:, None], x, noise_variance**0.5)
    expected = (joint * x).sum(1) / joint.sum(1)
    np.testing.assert_allclose(
        work.posterior_mean(jnp.asarray(y), mixture, noise_variance), expected, rtol=1e-8
    )
