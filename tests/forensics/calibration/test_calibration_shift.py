"""One scalar from a few labelled pictures."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from subband.errors import InvalidInput
from subband.forensics.calibration.shift import PRIOR, fit_shift


def domain(rng, n, shift, slope=1.0):
    """Log-odds that would be calibrated with `shift` added."""
    truth = np.arange(n) % 2
    s = slope * (2 * rng.standard_normal(n) + np.where(truth == 1, 2.0, -2.0)) - shift
    return s, truth


def test_it_is_the_minimum_of_its_objective(rng):
    s, y = domain(rng, 40, 4.0)
    w = np.where(y == 1, 20 / (y == 1).sum(), 20 / (y == 0).sum())

    def objective(b):
        return (w * np.logaddexp(0, np.where(y == 1, -1, 1) * (s + b))).sum() + b**2 / (2 * PRIOR**2)

    assert fit_shift(s, y).value == pytest.approx(minimize_scalar(objective, (-20, 20)).x, abs=1e-4)


def test_a_shift_of_the_domain_is_found_and_its_interval_covers_it(rng):
    """The interval is for calibrated log-odds: with means ±2 and variance 4, ln p/q = s."""
    covered = []
    for _ in range(300):
        found = fit_shift(*domain(rng, 80, 1.5))
        covered.append(found.low <= 1.5 <= found.high)
    assert 0.9 < np.mean(covered) <= 1
    many = fit_shift(*domain(rng, 20000, 1.5))
    assert many.value == pytest.approx(1.5, abs=0.1)
    assert many.after < many.before


def test_few_pictures_move_it_little(rng):
    s = np.r_[np.full(5, -40.0), np.full(5, -39.0)]
    y = np.r_[np.zeros(5), np.ones(5)].astype(int)
    found = fit_shift(s, y)
    assert 0 < found.value < 39.5
    assert found.high - found.low > 0.1
    assert abs(fit_shift(s, y, prior=0.1).value) < abs(found.value)


def test_separable_classes_have_a_finite_shift():
    s = np.r_[np.full(50, -900.0), np.full(50, 900.0)]
    y = np.repeat([0, 1], 50)
    found = fit_shift(s, y)
    assert abs(found.value) < 1e-6
    assert found.high == pytest.approx(1.96 * PRIOR)


def test_too_few_pictures_are_refused(rng):
    with pytest.raises(InvalidInput, match="at least 5 of each"):
        fit_shift(np.zeros(20), np.r_[np.zeros(16), np.ones(4)].astype(int))
    with pytest.raises(InvalidInput, match="NaN"):
        fit_shift(np.full(20, np.nan), np.arange(20) % 2)
