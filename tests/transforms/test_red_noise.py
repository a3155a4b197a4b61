"""Red noise: its spectrum against periodograms, its samples and the estimate of its parameters."""

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
import torch

import subband as sb
from subband.errors import InvalidInput


@pytest.mark.parametrize("alpha", [0.0, 0.6, -0.8, 0.97])
def test_the_spectrum_is_the_mean_periodogram(alpha: float) -> None:
    count, n = 4000, 256
    x = sb.RedNoise(np.full(count, 3.0), alpha).draw(n, seed=1)
    periodogram = (np.abs(np.fft.rfft(x)) ** 2 / n).mean(axis=0)
    # Its expectation is the transform of the triangular window times the autocovariance.
    lag = np.arange(n)
    covariance = 3.0 * alpha**lag * (1 - lag / n)
    want = 2 * np.fft.rfft(covariance).real - covariance[0]
    # Each is a mean of `count` chi-square variables of 2 degrees of freedom, or 1 at both ends.
    assert np.abs(periodogram / want - 1).max() < 5 * np.sqrt(2 / count)
    spectrum = sb.RedNoise(3.0, alpha).spectrum(np.fft.rfftfreq(n, 1 / 20.0), fs=20.0)
    lags = np.arange(1, 2000)
    sums = 3.0 * (1 + 2 * np.cos(2 * np.pi * np.fft.rfftfreq(n)[:, None] * lags) @ alpha**lags)
    np.testing.assert_allclose(spectrum, sums, rtol=1e-9, atol=1e-9)


def test_the_recursion_is_that_of_the_process(rng) -> None:
    white = np.random.default_rng(5).standard_normal(1000)
    white[1:] *= np.sqrt(1 - 0.9**2)
    want = 2 * scipy.signal.lfilter([1.0], [1.0, -0.9], white)
    np.testing.assert_allclose(sb.RedNoise(4.0, 0.9).draw(1000, seed=5), want, atol=1e-12)


@pytest.mark.parametrize("samples", [60, 300])
@pytest.mark.parametrize("alpha", [0.0, 0.4, 0.8])
def test_the_estimate_has_little_bias(alpha: float, samples: int) -> None:
    count = 4000
    x = 5 + sb.RedNoise(np.full(count, 2.0), alpha).draw(samples, seed=2)
    noise = sb.fit_red_noise(x)
    error = 4 * noise.correlation.std() / np.sqrt(count)
    # Terms of second order are left, of the square of correlation lengths in a signal.
    second = ((1 + alpha) / (1 - alpha) / samples) ** 2
    assert abs(noise.correlation.mean() - alpha) < error + second
    assert abs(noise.variance.mean() - 2) < 4 * noise.variance.std() / np.sqrt(count) + 10 * 2 * second
    centred = x - x.mean(axis=1, keepdims=True)
    raw = (centred[:, 1:] * centred[:, :-1]).sum(axis=1) / (centred**2).sum(axis=1)
    assert raw.mean() < alpha - 0.8 / samples  # what is corrected


def test_the_estimate_knows_libraries_axes_and_units(rng) -> None:
    x = rng.standard_normal((50, 3)).cumsum(axis=0)
    want = sb.fit_red_noise(x, axis=0)
    assert want.correlation.shape == (3,)
    one = sb.fit_red_noise(x[:, 1])
    assert isinstance(one.correlation, float)
    np.testing.assert_allclose([one.variance, one.correlation], [want.variance[1], want.correlation[1]])
    for make in (torch.asarray, jnp.asarray):
        np.testing.assert_allclose(sb.fit_red_noise(make(x), axis=0).correlation, want.correlation)
    far = sb.fit_red_noise(1e150 * x[:, :1], axis=0)
    np.testing.assert_allclose(far.correlation, want.correlation[:1], rtol=1e-9)


def test_a_trend_reaches_the_largest_correlation() -> None:
    assert sb.fit_red_noise(np.arange(100.0)).correlation == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sb.fit_red_noise(np.ones(7)), "7 samples of x: give 8 or more"),
        (lambda: sb.fit_red_noise(np.full(20, 0.1)), "x has a constant signal"),
        (lambda: sb.fit_red_noise([1.0, np.nan] * 9), "NaN or infinite: fill the gaps"),
        (lambda: sb.fit_red_noise(np.ones(20) * 1j), "x is complex"),
        (lambda: sb.RedNoise(-1.0), "variance=-1.0 must be a variance, 0 or more"),
        (lambda: sb.RedNoise(correlation=1.5), "correlation=1.5 must be a lag-1 autocorrelation from"),
        (lambda: sb.RedNoise([1.0, np.nan]), "variance=.* for each signal"),
        (lambda: sb.RedNoise("red"), "variance='red'"),
        (lambda: sb.RedNoise().draw(0), "samples=0 must be a whole number, 1 or more"),
        (lambda: sb.RedNoise().spectrum([0.1], fs=-1), "fs=-1 must be a positive number"),
    ],
)
def test_what_is_no_red_noise_is_explained(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()
