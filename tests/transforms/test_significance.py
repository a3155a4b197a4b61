"""Significance levels: quantiles in closed form, and how often noise exceeds them."""

import numpy as np
import pytest
import torch
from scipy import stats

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.continuous.significance import product_quantile

RED = sb.RedNoise(variance=4.0, correlation=0.7)
COUNT = 3000


def draws(noise: sb.RedNoise, samples: int, seed: int) -> np.ndarray:
    many = sb.RedNoise(np.full(COUNT, noise.variance), noise.correlation)
    return many.draw(samples, seed=seed)


def assert_share(exceeding: np.ndarray, share: float) -> None:
    """Independent trials along the first axis: counts within the interval that chance leaves 1 time in 10⁴."""
    trials = len(exceeding)
    low, high = stats.binom.interval(1 - 1e-4 / exceeding[0].size, trials, share)
    counts = exceeding.sum(axis=0)
    assert (low <= counts).all(), counts
    assert (counts <= high).all(), counts


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize("wavelet", ["morlet", sb.Morse(4, 1), "ricker"], ids=str)
def test_noise_exceeds_the_level_as_often_as_it_says(wavelet, norm: str) -> None:
    x = draws(RED, 256, 1)
    c = sb.cwt(x, wavelet, frequencies=[0.05, 0.12, 0.3], norm=norm)
    for level in (0.9, 0.99):
        limit = sb.power_significance(c, RED, level=level)
        assert_share(np.abs(c.array[..., 128]) ** 2 > limit, 1 - level)
    # Sums of chi-square variables are of the law of one only nearly, most in the tail.
    mean = sb.average_power(c)
    assert_share(mean > sb.power_significance(c, RED, level=0.9, average="time"), 0.1)
    band = sb.average_power(c, over="frequency")[:, 128]
    assert_share((band > sb.power_significance(c, RED, level=0.9, average="frequency"))[:, None], 0.1)


def test_complex_noise_exceeds_the_level_as_often_as_it_says() -> None:
    x = (draws(RED, 128, 2) + 1j * draws(RED, 128, 3)) / np.sqrt(2)
    for wavelet, frequencies in (("morlet", [-0.2, 0.1]), ("ricker", [0.1])):
        c = sb.cwt(x, wavelet, frequencies=frequencies)
        assert_share(np.abs(c.array[..., 64]) ** 2 > sb.power_significance(c, RED), 0.05)
        band = sb.average_power(c, over="frequency")[:, 64]
        assert_share((band > sb.power_significance(c, RED, level=0.9, average="frequency"))[:, None], 0.1)


@pytest.mark.parametrize("wavelet", ["morlet", "ricker"])
def test_independent_noises_exceed_the_level_of_the_cross_spectrum(wavelet: str) -> None:
    x, y = draws(RED, 200, 4), draws(sb.RedNoise(), 200, 5)
    c = sb.cross_spectrum(x, y, wavelet, frequencies=[0.06, 0.25])
    for level in (0.9, 0.99):
        limit = sb.cross_spectrum_significance(c, (RED, sb.RedNoise()), level=level)
        assert_share(c.power[..., 100] > limit, 1 - level)


def test_independent_noises_exceed_the_level_of_the_coherence() -> None:
    other = sb.RedNoise(correlation=0.4)
    x, y = draws(RED, 128, 6)[:800], draws(other, 128, 7)[:800]
    c = sb.wavelet_coherence(x, y, frequencies=0.1 * 2 ** (np.arange(12) / 10))
    for level in (0.8, 0.95):
        limit = sb.coherence_significance(c, (RED, other), level=level, surrogates=600)
        middle = c.coherence[..., 64] > limit
        # The limit itself has an error: of 600 surrogates with more than one independent time each.
        low, high = stats.binom.interval(1 - 1e-4 / 12, 800, 1 - level)
        spread = np.sqrt(1 + 800 / 600)
        centre = 800 * (1 - level)
        counts = middle.sum(axis=0)
        assert (counts >= centre - spread * (centre - low)).all(), counts
        assert (counts <= centre + spread * (high - centre)).all(), counts


def test_levels_of_the_coherence_do_not_depend_on_threads_or_the_length(rng) -> None:
    x, y = rng.standard_normal((2, 400))
    c = sb.wavelet_coherence(x, y, frequencies=[0.004, 0.2, 0.25])
    seen = []
    before, how = sb.threads(), {"surrogates": 40, "seed": 3}
    one = sb.coherence_significance(c, **how, progress=lambda done, total: seen.append((done, total)))
    try:
        sb.set_threads(3)
        np.testing.assert_array_equal(sb.coherence_significance(c, **how), one)
    finally:
        sb.set_threads(before)
    assert seen[-1] == (40, 40)
    assert seen == sorted(seen)
    assert np.isnan(one[0])  # all times within the cone
    assert (
        np.diff([sb.coherence_significance(c, level=p, **how)[1:] for p in (0.5, 0.9, 0.99)], axis=0) > 0
    ).all()
    longer = sb.wavelet_coherence(*rng.standard_normal((2, 1600)), frequencies=[0.2, 0.25], octaves=c.octaves)
    np.testing.assert_allclose(sb.coherence_significance(longer, **how), one[1:], atol=0.05)


def test_an_interrupted_simulation_stops(rng) -> None:
    c = sb.wavelet_coherence(*rng.standard_normal((2, 64)), frequencies=[0.2])
    calls = []

    def interrupt(done: int, total: int) -> None:
        calls.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sb.coherence_significance(c, progress=interrupt)
    assert len(calls) == 1


def test_quantiles_of_products() -> None:
    assert product_quantile(2, 0.95) == pytest.approx(3.999, abs=5e-4)  # Torrence & Compo 1998, §6
    z = np.linspace(0, 30, 300_001)[1:]
    for freedom in (1, 2):
        # √(χ² χ²) < z, integrated over one of both.
        chi = stats.chi2(freedom)
        for level in (0.1, 0.5, 0.95, 0.999):
            quantile = product_quantile(freedom, level)
            share = np.trapezoid(stats.chi(freedom).pdf(z) * chi.cdf((quantile / z) ** 2), z)
            assert share == pytest.approx(level, abs=1e-4)


def test_local_levels_of_white_noise_are_chi_square_quantiles(rng) -> None:
    x = rng.standard_normal(512)
    for wavelet, freedom in (("morlet", 2), ("dog", 1)):
        c = sb.cwt(x, wavelet, frequencies=[0.02, 0.1, 0.2], norm="l2")
        want = stats.chi2.isf(0.05, freedom) / freedom
        np.testing.assert_allclose(sb.power_significance(c), want, rtol=1e-5)
        np.testing.assert_allclose(sb.power_significance(c, sb.RedNoise(3.0)), 3 * want, rtol=1e-5)


def test_degrees_of_freedom_over_time_are_near_the_published_fit() -> None:
    c = sb.cwt(np.ones(4096), frequencies=np.geomspace(0.005, 0.25, 9), norm="l2")
    count = c.trusted.sum(axis=1)
    freedom = 2 * np.sqrt(1 + (count / (2.32 * c.scales)) ** 2)  # Torrence & Compo 1998, eq. 23 and table 2
    want = stats.chi2.isf(0.05, freedom) / freedom
    np.testing.assert_allclose(sb.power_significance(c, average="time") - 1, want - 1, rtol=0.05)


def test_averages_are_means(rng) -> None:
    x = rng.standard_normal((2, 300))
    grid = 0.1 * 2 ** (np.arange(9) / 8)
    c = sb.cwt(x, frequencies=grid[::-1])
    power = np.abs(c.array) ** 2
    for j, inside in enumerate(c.trusted):
        np.testing.assert_allclose(sb.average_power(c)[:, j], power[:, j, inside].mean(axis=-1))
    # On an even logarithmic grid all frequencies count equally.
    np.testing.assert_allclose(sb.average_power(c, over="frequency"), power.mean(axis=1))
    low = sb.cwt(x, frequencies=[0.003, 0.2])
    assert np.isnan(sb.average_power(low)[:, 0]).all()
    assert np.isnan(sb.power_significance(low, average="time")[0])
    t = sb.average_power(sb.cwt(torch.asarray(x), frequencies=grid))
    np.testing.assert_allclose(t.numpy(), sb.average_power(sb.cwt(x, frequencies=grid)), rtol=1e-9)


def test_noises_of_a_batch_have_levels_of_a_batch() -> None:
    noise = sb.RedNoise([1.0, 2.0, 3.0], [0.0, 0.5, -0.5])
    c = sb.cwt(np.ones((3, 128)), frequencies=[0.1, 0.2])
    for average, shape in ((None, (3, 2)), ("time", (3, 2)), ("frequency", (3,))):
        levels = sb.power_significance(c, noise, average=average)
        assert levels.shape == shape
        one = sb.power_significance(c, sb.RedNoise(2.0, 0.5), average=average)
        np.testing.assert_allclose(levels[1], one, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: sb.power_significance(c.array), "c is a ndarray: give the ContinuousCoefficients"),
        (lambda c: sb.power_significance(c, 0.7), "noise is a float: give a RedNoise"),
        (lambda c: sb.power_significance(c, level=95), "level=95: give a probability between 0 and 1"),
        (lambda c: sb.power_significance(c, average="scale"), "one of time, frequency, or None"),
        (lambda c: sb.cross_spectrum_significance(c), "give what cross_spectrum returned"),
        (lambda c: sb.coherence_significance(c), "give what wavelet_coherence returned"),
        (
            lambda c: sb.coherence_significance(
                sb.wavelet_coherence(np.ones(9), np.ones(9)), (sb.RedNoise([1.0, 2.0]), sb.RedNoise())
            ),
            "noises of several signals",
        ),
        (
            lambda c: sb.coherence_significance(sb.wavelet_coherence(np.ones(9), np.ones(9)), sb.RedNoise()),
            "noises is a RedNoise: give two",
        ),
    ],
)
def test_what_has_no_level_is_explained(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call(sb.cwt(np.ones(64), frequencies=[0.1]))
