"""Forecasts of series: scikit-learn's style, coverage of intervals, baselines, and a peer."""

import numpy as np
import pytest
from sklearn.base import clone

from subband.errors import InvalidInput
from subband.sequences import SpectralForecaster, persistence, seasonal_naive

SETTINGS = {"context": 48, "horizon": 24, "window": 16, "hidden": 16, "steps": 300, "batch": 16, "rate": 5e-3}


def wave(T: int, rng: np.random.Generator, noise: float = 0.1) -> np.ndarray:
    t = np.arange(T)
    return 5 + np.sin(2 * np.pi * t / 24) + noise * rng.standard_normal(T)


@pytest.fixture(scope="module")
def learnt() -> tuple[SpectralForecaster, np.ndarray]:
    rng = np.random.default_rng(0)
    y = wave(1800, rng)
    return SpectralForecaster(**SETTINGS, seed=1).fit(y[:1500]), y


def test_it_predicts_better_than_the_last_value(learnt) -> None:
    model, y = learnt
    made = model.predict(24)
    assert made.mean.shape == made.lower.shape == made.upper.shape == (24,)
    want = y[1500:1524]
    assert np.square(made.mean - want).mean() < 0.5 * np.square(persistence(y[:1500], 24) - want).mean()


def test_intervals_hold_their_share(learnt) -> None:
    model, y = learnt
    inside, widths = [], []
    for k in range(1500 + 48, 1800 - 24, 6):
        made = model.predict(24, y[k - 48 : k])
        inside.append((made.lower <= y[k : k + 24]) & (y[k : k + 24] <= made.upper))
        widths.append(made.upper - made.lower)
    assert 0.8 < np.mean(inside) <= 1
    assert np.mean(widths) < 2 * 2.0  # the signal itself is two wide


def test_a_longer_horizon_goes_on(learnt) -> None:
    model, _ = learnt
    long, short = model.predict(60), model.predict(24)
    assert long.mean.shape == (60,)
    np.testing.assert_allclose(long.upper[40:] - long.mean[40:], long.upper[23] - long.mean[23], rtol=1e-6)
    assert short.level == 0.9


def test_equal_seeds_give_equal_forecasts_and_clones_are_untrained() -> None:
    y = wave(300, np.random.default_rng(1))
    settings = SETTINGS | {"steps": 3}
    a, b = (SpectralForecaster(**settings).fit(y).predict() for _ in range(2))
    np.testing.assert_array_equal(a.mean, b.mean)
    copied = clone(SpectralForecaster(**settings, cell="complex"))
    assert copied.get_params()["cell"] == "complex"
    with pytest.raises(InvalidInput, match=r"call fit\(y\) first"):
        copied.predict()


@pytest.mark.parametrize("shape", [(300,), (300, 2), (3, 300, 2)])
def test_forecasts_have_the_form_of_the_series(shape) -> None:
    y = np.random.default_rng(0).standard_normal(shape)
    model = SpectralForecaster(**SETTINGS | {"steps": 2}, ensemble=2).fit(y)
    made = model.predict(10)
    assert made.mean.shape == (*shape[:-2], 10, *shape[-1:]) if len(shape) > 1 else (10,)
    assert np.isfinite(model.score(y))


def test_units_do_not_matter() -> None:
    y = wave(300, np.random.default_rng(1))
    settings = SETTINGS | {"steps": 5}
    a, b = (
        SpectralForecaster(**settings).fit(y).predict(),
        SpectralForecaster(**settings).fit(1e6 * y - 3).predict(),
    )
    np.testing.assert_allclose(b.mean, 1e6 * a.mean - 3, rtol=1e-4)


def test_baselines_repeat() -> None:
    np.testing.assert_array_equal(persistence(np.array([1.0, 2.0]), 3), [2, 2, 2])
    np.testing.assert_array_equal(
        seasonal_naive(np.arange(6).reshape(2, 3), 4, 2), [[1, 2, 1, 2], [4, 5, 4, 5]]
    )


@pytest.mark.slow
def test_it_comes_near_arima_on_an_autoregressive_series() -> None:
    """The best linear forecast is known: ARIMA finds it, and so may a network that sees enough."""
    from statsmodels.tsa.arima.model import ARIMA

    rng = np.random.default_rng(3)
    y, e = np.zeros(4000), rng.standard_normal(4000)
    for k in range(2, 4000):
        y[k] = 1.6 * y[k - 1] - 0.8 * y[k - 2] + e[k]
    model = SpectralForecaster(
        context=64, horizon=8, window=16, hop=4, hidden=32, steps=600, batch=32, rate=4e-3
    ).fit(y[:3500])
    fitted = ARIMA(y[:3500], order=(2, 0, 0)).fit()
    ours, theirs, naive = [], [], []
    for k in range(3600, 3980, 8):
        want = y[k : k + 8]
        ours.append(np.square(model.predict(8, y[k - 64 : k]).mean - want).mean())
        theirs.append(np.square(fitted.apply(y[k - 200 : k]).forecast(8) - want).mean())
        naive.append(np.square(persistence(y[:k], 8) - want).mean())
    assert np.mean(ours) < 0.75 * np.mean(naive)
    assert np.mean(ours) < 1.5 * np.mean(theirs)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SpectralForecaster(**SETTINGS).fit(np.ones(100)), "too short"),
        (lambda: SpectralForecaster(**SETTINGS).fit(np.full(300, np.nan)), "NaN"),
        (lambda: SpectralForecaster(**SETTINGS).fit("series"), "no array of numbers"),
        (lambda: SpectralForecaster(**SETTINGS | {"context": 8}).fit(np.ones(300)), "shorter than window"),
        (lambda: seasonal_naive(np.ones(3), 2, 5), "with period 5"),
    ],
)
def test_what_is_wrong_is_explained(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()
