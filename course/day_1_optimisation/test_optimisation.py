"""Tests of day 1, one for each function, against closed forms that the exercise does not use."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import pywt
from course.signals import ecg, noise, signal_to_noise

WEIGHT = 5.0


@pytest.fixture
def noisy():
    return jnp.asarray(ecg() + 0.5 * noise(1024))


def minimiser(y, weight):
    """The minimum of equation (1): the Fourier transform diagonalises the Hessian."""
    k = np.arange(len(y) // 2 + 1)
    return np.fft.irfft(np.fft.rfft(y) / (1 + 4 * weight * np.sin(np.pi * k / len(y)) ** 2), n=len(y))


def quadratic(eigenvalues):
    return lambda x: jnp.asarray(eigenvalues) * x


def test_1_energy(work, noisy):
    assert float(work.energy(jnp.array([1.0, 2, 4]), jnp.array([1.0, 1, 1]), 2.0)) == pytest.approx(5 + 14)
    assert float(work.energy(noisy, noisy, 0.0)) == 0
    k = np.arange(1024) // 2 * 2 // 2  # steps inside and one at the end, which the period closes
    assert float(work.energy(jnp.asarray(k * 1.0), jnp.asarray(k * 1.0), 1.0)) == pytest.approx(
        0.5 * 511 + 0.5 * 511**2
    )


def test_2_gradient_agrees_with_finite_differences(work, noisy):
    x, direction = jnp.asarray(noise(1024, 1)), jnp.asarray(noise(1024, 2))

    def value(x):
        return 0.5 * ((x - noisy) ** 2).sum() + 0.5 * WEIGHT * ((x - jnp.roll(x, 1)) ** 2).sum()

    h = 1e-5
    slope = (value(x + h * direction) - value(x - h * direction)) / (2 * h)
    assert float(work.gradient(x, noisy, WEIGHT) @ direction) == pytest.approx(float(slope), rel=1e-8)


def test_2_gradient_vanishes_at_the_minimum(work, noisy):
    at = work.gradient(jnp.asarray(minimiser(noisy, WEIGHT)), noisy, WEIGHT)
    np.testing.assert_allclose(at, 0, atol=1e-11)


def test_3_gradient_descent(work):
    path = work.gradient_descent(quadratic([1.0, 4.0]), jnp.array([1.0, -2.0]), 0.1, 20)
    steps = np.arange(21)
    np.testing.assert_allclose(path, np.stack([0.9**steps, -2 * 0.6**steps], 1), rtol=1e-12)


def test_3_gradient_descent_takes_no_step(work):
    assert work.gradient_descent(quadratic([1.0]), jnp.array([3.0]), 0.1, 0).tolist() == [[3.0]]


def test_4_best_rate(work, noisy):
    rate = float(work.best_rate(WEIGHT))
    hessian = np.eye(64) * (1 + 2 * WEIGHT) - WEIGHT * (
        np.roll(np.eye(64), 1, 0) + np.roll(np.eye(64), -1, 0)
    )
    eigenvalues = np.linalg.eigvalsh(hessian)
    slowest = [np.abs(1 - r * eigenvalues).max() for r in (rate, 0.97 * rate, 1.03 * rate)]
    assert slowest[0] < min(slowest[1:])
    kappa = 1 + 4 * WEIGHT
    assert slowest[0] == pytest.approx((kappa - 1) / (kappa + 1))


def test_5_heavy_ball_without_inertia_is_gradient_descent(work):
    path = work.heavy_ball(quadratic([1.0, 4.0]), jnp.array([1.0, -2.0]), 0.1, 0.0, 20)
    steps = np.arange(21)
    np.testing.assert_allclose(path, np.stack([0.9**steps, -2 * 0.6**steps], 1), rtol=1e-12)


def test_5_heavy_ball_follows_its_recursion(work):
    path = np.asarray(work.heavy_ball(quadratic([1.0]), jnp.array([1.0]), 0.5, 0.25, 6))[:, 0]
    expected = [1.0, 0.5]
    while len(expected) < 7:
        expected.append(1.25 * expected[-1] - 0.5 * expected[-1] - 0.25 * expected[-2])
    np.testing.assert_allclose(path, expected, rtol=1e-12)


def test_5_heavy_ball_converges_with_the_root_of_the_condition(work):
    root = 30.0  # κ = 900, where gradient descent needs thirty times as many steps
    rate, inertia = (2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2
    path = work.heavy_ball(quadratic([1.0, root**2]), jnp.array([1.0, 1.0]), rate, inertia, 300)
    assert float(jnp.linalg.norm(path[-1])) < 1e-5


def test_6_adam_steps_by_its_rate_first(work):
    path = work.adam(quadratic([1.0, 1e4]), jnp.array([3.0, -0.5]), 0.1, 1)
    np.testing.assert_allclose(path[1], [2.9, -0.4], rtol=1e-7)


def test_6_adam_follows_its_recursion(work):
    x, m, v = 2.0, 0.0, 0.0
    for k in range(1, 11):
        g = 3 * x
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        x -= 0.2 * (m / (1 - 0.9**k)) / ((v / (1 - 0.999**k)) ** 0.5 + 1e-8)
    path = work.adam(quadratic([3.0]), jnp.array([2.0]), 0.2, 10)
    assert path.shape == (11, 1)
    assert float(path[-1, 0]) == pytest.approx(x, rel=1e-10)


def test_7_soft(work):
    np.testing.assert_allclose(work.soft(jnp.array([-3.0, -1, 0, 0.5, 2]), 1.0), [-2, 0, 0, 0, 1])
    v, grid = 0.8, np.linspace(-2, 2, 40001)
    best = grid[np.argmin(0.5 * (grid - v) ** 2 + 0.3 * np.abs(grid))]
    assert float(work.soft(jnp.array(v), 0.3)) == pytest.approx(best, abs=1e-4)


def test_8_sparse_deconvolution_without_blur_is_one_threshold(work, noisy):
    ours = work.sparse_deconvolution(noisy, jnp.ones(513), 1.2, 1)
    approx, *details = pywt.wavedec(np.array(noisy), "sym4", "periodization", level=5)
    kept = [pywt.threshold(d, 1.2, "soft") for d in details]
    np.testing.assert_allclose(ours, pywt.waverec([approx, *kept], "sym4", "periodization"), atol=1e-10)


def test_8_sparse_deconvolution_uses_the_adjoint(work):
    """A blur that also shifts: with its conjugate forgotten, the steps would run away or stay behind."""
    clean, k = ecg(), np.arange(513)
    response = np.exp(-0.5 * (k / 160) ** 2 - 2j * np.pi * k * 7 / 1024)
    blurred = np.fft.irfft(response * np.fft.rfft(clean), n=1024)
    restored = work.sparse_deconvolution(jnp.asarray(blurred), jnp.asarray(response), 1e-4, 200)
    assert signal_to_noise(clean, np.asarray(restored)) > 20


def test_8_sparse_deconvolution_sharpens(work):
    clean, k = ecg(), np.arange(513)
    response = np.exp(-0.5 * (k / 60) ** 2)
    blurred = np.fft.irfft(response * np.fft.rfft(clean), n=1024) + 0.05 * noise(1024)
    estimate = jax.jit(work.sparse_deconvolution, static_argnums=3)(blurred, response, 0.02, 300)
    assert signal_to_noise(clean, np.asarray(estimate)) > signal_to_noise(clean, blurred) + 2
