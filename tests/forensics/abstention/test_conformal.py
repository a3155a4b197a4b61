"""Conformal p-values and thresholds: their guarantee, by closed forms and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest

from subband.errors import InvalidInput
from subband.forensics.abstention.conformal import (
    clopper_pearson,
    exceedance_bound,
    needed,
    p_values,
    threshold,
)

scores = st.lists(st.floats(-5, 5), min_size=1, max_size=60)


@given(scores, st.floats(-6, 6), st.floats(0.01, 0.6))
def test_a_score_above_the_threshold_is_one_with_a_small_p_value(calibration, score, rate):
    calibration = np.array(calibration)
    t = threshold(calibration, rate)
    p = float(p_values(score, calibration))
    assert p == (1 + (calibration >= score).sum()) / (len(calibration) + 1)
    assert (t is not None and score > t) == (p <= rate + 1e-12)


@given(st.floats(0.005, 0.9))
def test_as_many_scores_as_needed_and_no_more(rate):
    n = needed(rate)
    assert threshold(np.arange(n, dtype=float), rate) is not None if n else True
    assert n == 0 or threshold(np.arange(n - 1, dtype=float), rate) is None


def test_nothing_is_excluded_without_calibration():
    assert p_values(9.0, np.zeros(0)) == 1
    assert threshold(np.zeros(0), 0.05) is None
    assert exceedance_bound(3, 0.05) == 1.0


def test_the_rate_at_the_threshold_is_a_beta_variable(rng):
    """Of uniform scores a share 1 − t exceeds t: on average at most α, in 95 % of cases below the bound."""
    n, rate = 120, 0.05
    rates = 1 - np.array([threshold(rng.random(n), rate) for _ in range(3000)])
    k = int(rate * (n + 1))
    assert abs(rates.mean() - k / (n + 1)) < 4 * rates.std() / np.sqrt(3000)
    assert rates.mean() < rate
    bound = exceedance_bound(n, rate)
    assert bound == pytest.approx(beta.ppf(0.95, k, n + 1 - k))
    assert abs((rates <= bound).mean() - 0.95) < 4 * np.sqrt(0.05 * 0.95 / 3000)


@pytest.mark.parametrize(("count", "n"), [(0, 7), (7, 7), (3, 40), (39, 40), (0, 0)])
def test_the_interval_of_a_proportion_is_the_exact_one(count, n):
    if n == 0:
        assert clopper_pearson(0, 0) == (0.0, 1.0)
        return
    exact = binomtest(count, n).proportion_ci(0.95, "exact")
    assert clopper_pearson(count, n) == pytest.approx((exact.low, exact.high))


def test_rates_and_counts_that_are_none():
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        needed(0.0)
    with pytest.raises(InvalidInput, match="NaN"):
        threshold(np.full(100, np.nan), 0.1)
    with pytest.raises(InvalidInput, match="5 of 4"):
        clopper_pearson(5, 4)
