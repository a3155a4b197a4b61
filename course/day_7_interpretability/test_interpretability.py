"""Tests of day 7, one for each function, on scores whose explanations are known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from course.signals import noise, photograph

import subband as sb


@pytest.fixture
def weights():
    return jnp.asarray(noise((8, 8), 1))


def quadratic(x):
    """f = Σ x², plus a term that couples neighbours."""
    return jnp.sum(x**2) + jnp.sum(x[1:] * x[:-1])


def test_1_saliency_of_a_linear_score(work, weights):
    found = work.saliency(lambda x: jnp.sum(weights * x), jnp.asarray(noise((8, 8))))
    np.testing.assert_allclose(found, np.abs(weights), rtol=1e-12)


def test_2_smooth_saliency_averages_signed_gradients(work):
    """Of |x| near zero the signs cancel; of a linear score nothing changes."""
    x = jnp.array([0.0, 50.0])
    found = work.smooth_saliency(lambda x: jnp.sum(jnp.abs(x)), x, jax.random.key(0), 1.0, 4000)
    np.testing.assert_allclose(found, [0, 1], atol=0.08)
    down = work.smooth_saliency(lambda x: -2 * jnp.sum(x), x, jax.random.key(0), 1.0, 3)
    np.testing.assert_allclose(down, [2, 2])


def test_2_smooth_saliency_adds_noise_of_the_given_width(work):
    """The mean gradient of x³ is 3(x² + σ²)."""
    found = work.smooth_saliency(lambda x: jnp.sum(x**3), jnp.ones(4), jax.random.key(1), 0.5, 8000)
    np.testing.assert_allclose(found, 3 * 1.25, rtol=0.05)


def test_3_integrated_gradients_are_complete(work):
    x, baseline = jnp.asarray(noise((6, 5))), jnp.asarray(noise((6, 5), 1))
    parts = work.integrated_gradients(quadratic, x, baseline, 1)  # a midpoint is exact for a square
    assert parts.shape == x.shape
    assert float(parts.sum()) == pytest.approx(float(quadratic(x) - quadratic(baseline)))
    cubic = work.integrated_gradients(lambda x: jnp.sum(x**3), x, baseline, 200)
    np.testing.assert_allclose(cubic, x**3 - baseline**3, atol=1e-3)


def test_3_integrated_gradients_see_what_saturates(work):
    """At x = 3 the gradient of tanh has vanished, but tanh(3) − tanh(0) has not."""
    parts = work.integrated_gradients(lambda x: jnp.tanh(4 * x).sum(), jnp.array([3.0]), jnp.zeros(1), 400)
    assert float(parts[0]) == pytest.approx(1, abs=1e-3)


def test_4_occlusion(work, weights):
    image = jnp.asarray(noise((8, 8)))
    found = work.occlusion(lambda x: jnp.sum(weights * x), image, 4, 0.5)
    change = np.asarray(weights * (image - 0.5))
    np.testing.assert_allclose(found, change.reshape(2, 4, 2, 4).sum((1, 3)), atol=1e-12)


def test_4_occlusion_of_a_score_that_is_not_linear(work):
    image = jnp.arange(24.0).reshape(4, 6)
    found = work.occlusion(lambda x: x.max(), image, 2, -1.0)
    assert found.tolist() == [[0, 0, 0], [0, 0, 2]]


def test_5_maximise_input_of_a_linear_score(work, weights):
    x = jnp.asarray(noise((8, 8)))
    found = work.maximise_input(lambda x: jnp.sum(weights * x), x, 2.0, 0.3, 40)
    np.testing.assert_allclose(found, x + 2 * weights / jnp.linalg.norm(weights), atol=1e-10)


def test_5_maximise_input_stays_inside_where_the_top_is_near(work):
    top = jnp.array([0.3, -0.4])
    found = work.maximise_input(lambda x: -jnp.sum((x - top) ** 2), jnp.zeros(2), 3.0, 0.01, 100)
    np.testing.assert_allclose(found, top, atol=0.011)


def test_5_maximise_input_survives_a_zero_gradient(work):
    assert work.maximise_input(lambda x: 0 * x.sum(), jnp.ones(3), 1.0, 0.1, 3).tolist() == [1, 1, 1]


def test_6_band_attributions_find_the_band(work):
    """A score of one packet alone."""
    image = jnp.asarray(photograph(32))

    def score(x):
        p = sb.packets(x, "haar", level=2, mode="periodization", axes=(0, 1))
        return jnp.sum(p.array[3, 1] ** 2)

    parts = np.array(work.band_attributions(score, image, jnp.zeros((32, 32)), 2, 5))
    assert parts.shape == (4, 4)
    assert parts[3, 1] == pytest.approx(float(score(image)))
    parts[3, 1] = 0
    np.testing.assert_allclose(parts, 0, atol=1e-12)


def test_6_band_attributions_are_complete(work):
    image, baseline = jnp.asarray(photograph(32)), jnp.full((32, 32), 0.5)
    parts = work.band_attributions(quadratic, image, baseline, 3, 1)
    assert float(parts.sum()) == pytest.approx(float(quadratic(image) - quadratic(baseline)), rel=1e-9)
