"""Wavelet variance and covariance: closed forms, Allan variance, identities, coverage of the intervals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.stationary.variance import squared_gain

MAKE = {"numpy": np.asarray, "torch": torch.asarray, "jax": jnp.asarray}
WAVELETS = ["haar", "db2", "sym4", "coif1"]


def filters(name: str, level: int) -> np.ndarray:
    """The maximal-overlap wavelet filter of a level, of (2ʲ − 1)(L − 1) + 1 taps (Percival & Walden 2000, §5.4)."""
    w, made = sb.wavelet(name), np.ones(1)
    for j in range(level):
        taps = np.asarray(w.dec_hi if j == level - 1 else w.dec_lo) / np.sqrt(2)
        dilated = np.zeros((len(taps) - 1) * 2**j + 1)
        dilated[:: 2**j] = taps
        made = np.convolve(made, dilated)
    return made


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(WAVELETS), samples=st.integers(12, 90), seed=st.integers(0, 99))
def test_is_the_mean_square_of_what_lies_within(name: str, samples: int, seed: int) -> None:
    x, y = np.random.default_rng(seed).standard_normal((2, samples))
    v, c = sb.wavelet_variance(x, name), sb.wavelet_covariance(x, y, name)
    assert len(filters(name, v.spec.level)) <= samples < len(filters(name, v.spec.level + 1))
    for level in range(1, v.spec.level + 1):
        first, second = (np.convolve(s, filters(name, level), "valid") for s in (x, y))
        assert v.counts[level - 1] == len(first)
        np.testing.assert_allclose(v.array[level - 1], np.mean(first**2), rtol=1e-9)
        np.testing.assert_allclose(c.array[level - 1], np.mean(first * second), atol=1e-12)
        ratio = np.mean(first * second) / np.sqrt(np.mean(first**2) * np.mean(second**2))
        np.testing.assert_allclose(c.correlation[level - 1], ratio, atol=1e-12)


@pytest.mark.parametrize("name", WAVELETS)
@pytest.mark.parametrize("samples", [64, 101])
def test_levels_of_a_periodic_series_sum_to_its_variance(name: str, samples: int, rng) -> None:
    x = 10 + rng.standard_normal((3, samples)).cumsum(axis=1)
    for level in (None, 1, 6):
        v = sb.wavelet_variance(x, name, level=level, mode="periodic")
        # The filters' tables have 12 digits.
        np.testing.assert_allclose(v.array.sum(axis=-1) + v.approx, x.var(axis=-1), rtol=1e-10)
    c = sb.wavelet_covariance(x, x[::-1], name, level=6, mode="periodic")
    sums = (sb.wavelet_variance(x + s * x[::-1], name, level=6, mode="periodic").approx for s in (1, -1))
    approx = (next(sums) - next(sums)) / 4  # ((x + y)² − (x − y)²) / 4
    want = np.mean((x - x.mean(1, keepdims=True)) * x[::-1], axis=-1)
    np.testing.assert_allclose(c.array.sum(axis=-1) + approx, want, atol=1e-9 * x.var())


def test_twice_that_of_haar_is_the_allan_variance(rng) -> None:
    x = rng.standard_normal(300).cumsum()
    v = sb.wavelet_variance(x, "haar", fs=10.0)
    for level, scale in enumerate(v.scales):
        n = round(scale * 10)
        means = np.convolve(x, np.full(n, 1 / n), "valid")
        assert 2 * v.array[level] == pytest.approx(np.mean((means[n:] - means[:-n]) ** 2) / 2, rel=1e-10)


def test_expectations_of_white_noise_and_of_a_random_walk(rng) -> None:
    count, n, level = 3000, 160, 4
    white = 2 * rng.standard_normal((count, n))
    scales = 2.0 ** np.arange(level)
    laws = {
        "white": (white, 4 / (2 * scales)),
        "walk": (white.cumsum(1), 4 * (2 * scales**2 + 1) / (12 * scales)),
    }
    for x, want in laws.values():
        v = sb.wavelet_variance(x, "haar", level=level)
        error = v.array.std(axis=0) / np.sqrt(count)
        assert (np.abs(v.array.mean(axis=0) - want) < 4 * error).all()


@pytest.mark.parametrize("name", WAVELETS)
def test_expectations_are_integrals_of_the_spectrum(name: str) -> None:
    noise = sb.RedNoise(3.0, 0.8)
    f = (np.arange(20_000) + 0.5) / 40_000
    for level in (1, 3):
        taps = filters(name, level)
        lags = np.abs(np.subtract.outer(np.arange(len(taps)), np.arange(len(taps))))
        want = taps @ (3.0 * 0.8**lags) @ taps
        gain = squared_gain(sb.wavelet(name), level, f)
        assert np.mean(gain * noise.spectrum(f)) == pytest.approx(want, rel=1e-6)
        x = sb.RedNoise(np.full(2000, 3.0), 0.8).draw(200)
        found = sb.wavelet_variance(x, name, level=3).array[:, level - 1]
        assert abs(found.mean() - want) < 4 * found.std() / np.sqrt(2000)


NOISE = sb.RedNoise(2.0, 0.6)
COUNT = 2500


def shares_covered(lower: np.ndarray, upper: np.ndarray, want: np.ndarray) -> np.ndarray:
    return np.mean((lower <= want) & (want <= upper), axis=0)


@pytest.mark.parametrize("interval", ["chi2", "gaussian"])
def test_intervals_cover_the_variance_as_often_as_they_say(interval: str) -> None:
    x = sb.RedNoise(np.full(COUNT, 2.0), 0.6).draw(1024, seed=1)
    f = (np.arange(8192) + 0.5) / 16384
    want = np.array(
        [np.mean(squared_gain(sb.wavelet("db2"), j, f) * NOISE.spectrum(f)) for j in (1, 2, 3, 4)]
    )
    error = 4 * np.sqrt(0.95 * 0.05 / COUNT)

    def covered(freedom) -> np.ndarray:
        v = sb.wavelet_variance(x, "db2", level=4, freedom=freedom, interval=interval)
        return shares_covered(v.lower, v.upper, want)

    # χ² of η₂ has mean and variance of the estimate; a Gaussian lacks its skewness, 2.8/√η at 0.01.
    assert np.abs(covered(NOISE.spectrum) - 0.95).max() < error + (0 if interval == "chi2" else 0.02)
    # η₁ is an estimate itself, of a relative error near 1/√η.
    assert np.abs(covered("eta1") - 0.95).max() < error + 0.02
    assert covered("eta3").min() > 0.95 - error  # wider than necessary
    narrow = sb.wavelet_variance(x[0], "db2", confidence=0.5)
    wide = sb.wavelet_variance(x[0], "db2", confidence=0.99)
    assert (wide.lower < narrow.lower).all()
    assert (narrow.upper < wide.upper).all()


@pytest.mark.parametrize("share", [0.0, 0.8])
def test_intervals_cover_covariance_and_correlation_as_often_as_they_say(share: float) -> None:
    x, z = (sb.RedNoise(np.full(COUNT, 1.0), 0.3).draw(512, seed=k) for k in (2, 3))
    y = share * x + np.sqrt(1 - share**2) * z
    c = sb.wavelet_covariance(x, y, "haar", level=3)
    own = sb.wavelet_variance(sb.RedNoise(np.full(200, 1.0), 0.3).draw(20_000), "haar", level=3).array.mean(
        axis=0
    )
    error = 4 * np.sqrt(0.95 * 0.05 / COUNT)
    # Large samples are assumed; at level 3 there are about 60 independent values.
    assert np.abs(shares_covered(c.lower, c.upper, share * own) - 0.95).max() < error + 0.02
    # Fisher's interval counts the values of a decimated transform, of which there are fewer.
    covered = shares_covered(c.correlation_lower, c.correlation_upper, np.full(3, share))
    assert covered.min() > 0.95 - error


def test_degrees_of_freedom_are_those_of_the_book(rng) -> None:
    x = rng.standard_normal((2, 200))
    v = sb.wavelet_variance(x, "sym4", level=4)
    np.testing.assert_array_equal(v.counts, [193, 179, 151, 95])
    np.testing.assert_allclose(v.freedom, [[193 / 2, 179 / 4, 151 / 8, 95 / 16]] * 2)
    np.testing.assert_allclose(v.lower, v.array * v.freedom / stats.chi2.ppf(0.975, v.freedom))
    np.testing.assert_allclose(v.upper, v.array * v.freedom / stats.chi2.ppf(0.025, v.freedom))
    v = sb.wavelet_variance(x, "sym4", level=4, freedom="eta1", interval="gaussian")
    for row, freedom in zip(x, v.freedom, strict=True):
        for level in range(1, 5):
            w = np.convolve(row, filters("sym4", level), "valid")
            s = np.correlate(w, w, "full") / len(w)
            spread = np.sum(s**2) / 2  # s₀²/2 + Σ_τ>0 s_τ²
            assert freedom[level - 1] == pytest.approx(len(w) * np.mean(w**2) ** 2 / spread, rel=1e-9)
    np.testing.assert_allclose(v.upper - v.array, stats.norm.ppf(0.975) * v.array * np.sqrt(2 / v.freedom))
    flat = sb.wavelet_variance(x, "sym4", level=4, freedom=lambda f: 7.0)
    steep = sb.wavelet_variance(x, "sym4", level=4, freedom=lambda f: f**-8.0)
    assert (steep.freedom < flat.freedom).all()
    assert (sb.wavelet_variance(x[0, :4], "haar").freedom >= 1).all()


def test_trends_do_not_matter_where_a_wavelet_has_enough_moments(rng) -> None:
    x, t = rng.standard_normal(200), np.arange(200.0)
    for name, trend in (("haar", 5 + 0 * t), ("db2", 3 * t), ("db3", 0.1 * t**2)):
        got, want = (sb.wavelet_variance(s, name, level=3).array for s in (x + trend, x))
        np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("mode", ["interior", "periodic", "symmetric"])
def test_libraries_agree_and_any_axis_serves(kind: str, mode: str, rng) -> None:
    x, y = rng.standard_normal((2, 40, 2, 3))
    how = {"axis": 0, "mode": mode, "level": 3}
    names = {sb.wavelet_variance: "array approx freedom lower upper"}
    names[sb.wavelet_covariance] = "array lower upper correlation correlation_lower correlation_upper"
    for f, fields in names.items():
        signals = (x,) if f is sb.wavelet_variance else (x, y)
        want, got = f(*signals, "db2", **how), f(*map(MAKE[kind], signals), "db2", **how)
        alone = f(*(s[:, 1, 2] for s in signals), "db2", mode=mode, level=3)
        assert want.array.shape == (2, 3, 3)
        for field in fields.split():
            assert type(getattr(got, field)) is type(MAKE[kind](x))
            np.testing.assert_allclose(np.asarray(getattr(got, field)), getattr(want, field), rtol=1e-9)
            np.testing.assert_allclose(getattr(want, field)[1, 2], getattr(alone, field), rtol=1e-9)
    single = sb.wavelet_variance(MAKE[kind](x.astype("f4")), **how)
    assert "float32" in str(single.upper.dtype)
    np.testing.assert_allclose(np.asarray(single.array), sb.wavelet_variance(x, **how).array, rtol=1e-5)


def test_gradients_and_programs(rng) -> None:
    x, y = rng.standard_normal((2, 20))
    t, u = (torch.tensor(s, requires_grad=True) for s in (x, y))
    assert torch.autograd.gradcheck(lambda t: sb.wavelet_variance(t, "db2").array, t)
    assert torch.autograd.gradcheck(
        lambda t, u: sb.wavelet_covariance(t, u, level=2).correlation_upper, (t, u)
    )
    v = jax.jit(lambda x: sb.wavelet_variance(x, "db2"))(jnp.asarray(x))
    np.testing.assert_allclose(v.upper, sb.wavelet_variance(x, "db2").upper)
    c = jax.jit(lambda x, y: sb.wavelet_covariance(x, y))(jnp.asarray(x), jnp.asarray(y))
    np.testing.assert_allclose(c.correlation_lower, sb.wavelet_covariance(x, y).correlation_lower)
    rows = torch.func.vmap(lambda row: sb.wavelet_variance(row, level=2).array)(torch.stack([t, u]))
    torch.testing.assert_close(rows, sb.wavelet_variance(torch.stack([t, u]), level=2).array)
    compiled = torch.compile(
        lambda t: sb.wavelet_variance(t, "db2").array, fullgraph=True, backend="aot_eager"
    )
    torch.testing.assert_close(compiled(t), sb.wavelet_variance(t, "db2").array)
    with pytest.raises(InvalidInput, match="being traced"):
        jax.jit(lambda x: sb.wavelet_variance(x, freedom="eta1"))(jnp.asarray(x))


def test_correlations_of_few_values_and_of_silence_say_so(rng) -> None:
    x, y = rng.standard_normal((2, 16))
    c = sb.wavelet_covariance(x, y)
    assert (c.counts[-1] / 2**c.spec.level) < 3
    assert (c.correlation_lower[-1], c.correlation_upper[-1]) == (-1, 1)
    same = sb.wavelet_covariance(x, 2 * x)
    np.testing.assert_allclose(same.correlation, 1, rtol=1e-12)
    assert not sb.wavelet_covariance(x, 0 * x).correlation.any()
    assert (same.lower < same.array).all()


def test_scales_periods_and_bands_have_units() -> None:
    v = sb.wavelet_variance(np.arange(64.0) ** 2, "haar", level=3, fs=8.0)
    np.testing.assert_allclose(v.scales, [0.125, 0.25, 0.5])
    np.testing.assert_allclose(v.bands, [[2, 4], [1, 2], [0.5, 1]])
    np.testing.assert_allclose(v.periods, [[0.25, 0.5], [0.5, 1], [1, 2]])
    assert "WaveletVariance(haar, level=3, fs=8, mode=interior" in repr(v)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: sb.wavelet_variance(x * np.nan), "x has samples that are NaN or infinite: fill the gaps"),
        (lambda x: sb.wavelet_covariance(x, x / 0), "y has samples that are NaN or infinite"),
        (lambda x: sb.wavelet_variance(x * 1j), "x is complex: give its real and its imaginary part"),
        (lambda x: sb.wavelet_variance(x, "bior2.2"), "'bior2.2' is not orthogonal"),
        (lambda x: sb.wavelet_variance(x, "db4", level=4), "4 levels of db4 on 30 samples .* at most 2"),
        (lambda x: sb.wavelet_variance(x[:3], "db4"), "1 levels of db4 on 3 samples .* at most 0"),
        (lambda x: sb.wavelet_variance(x, mode="reflect"), "give one of interior, periodic, symmetric"),
        (lambda x: sb.wavelet_variance(x, freedom="eta2"), "give one of eta3, eta1, or a function"),
        (lambda x: sb.wavelet_variance(x, freedom=lambda f: -f), "not positive and finite"),
        (lambda x: sb.wavelet_variance(x, freedom=lambda f: "red"), "gave a str as the spectrum"),
        (lambda x: sb.wavelet_variance(x, interval="t"), "give one of chi2, gaussian"),
        (lambda x: sb.wavelet_variance(x, confidence=95), "confidence=95 must be a probability"),
        (
            lambda x: sb.wavelet_covariance(x, x[1:]),
            r"shape \(30,\), with y, float64 of numpy of shape \(29,\)",
        ),
        (lambda x: sb.wavelet_covariance(x, torch.asarray(x)), "of torch of shape"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_what_has_no_variance_is_explained(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call(np.ones(30))
