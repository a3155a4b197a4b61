"""Closed forms and brute force; scikit-learn where it has the same metric."""

from itertools import permutations
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from subband.errors import InvalidInput
from subband.metrics import (
    ABSTAINED,
    answer_rate,
    aurc,
    bootstrap_interval,
    detection_rate,
    error_among_answered,
    excess_aurc,
    false_alarm_rate,
    miss_rate,
    risk_coverage,
)

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
ANSWERS = np.array([0, 1, -1, 0, 1, 1, 0, -1, -1, 1])


def test_rates_count_abstentions_neither_as_alarms_nor_as_hits():
    assert answer_rate(LABELS, ANSWERS) == 0.7
    assert error_among_answered(LABELS, ANSWERS) == pytest.approx(2 / 7)
    assert false_alarm_rate(LABELS, ANSWERS) == 1 / 4
    assert detection_rate(LABELS, ANSWERS) == 3 / 6
    assert miss_rate(LABELS, ANSWERS) == pytest.approx(1 / 6)


def test_without_abstentions_the_rates_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    labels, answers = rng.integers(0, 2, 200), rng.integers(0, 2, 200)
    assert answer_rate(labels, answers) == 1
    assert error_among_answered(labels, answers) == pytest.approx(1 - sk.accuracy_score(labels, answers))
    assert detection_rate(labels, answers) == pytest.approx(sk.recall_score(labels, answers))
    assert false_alarm_rate(labels, answers) == pytest.approx(
        1 - sk.recall_score(labels, answers, pos_label=0)
    )
    assert miss_rate(labels, answers) == pytest.approx(1 - detection_rate(labels, answers))


def test_without_any_answer_the_error_is_undefined_and_the_coverage_zero():
    silent = np.full(10, ABSTAINED)
    assert answer_rate(LABELS, silent) == false_alarm_rate(LABELS, silent) == 0
    assert np.isnan(error_among_answered(LABELS, silent))


@st.composite
def answered(draw):
    n = draw(st.integers(2, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.integers(0, 2, n).astype(bool), rng.integers(0, draw(st.integers(1, 6)) + 1, n) / 6


def mean_of_prefix_risks(correct):
    wrong = 1.0 - np.asarray(correct, dtype=float)
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())


@settings(max_examples=100, deadline=None)
@given(answered())
def test_points_of_the_curve_are_errors_among_the_most_confident(case):
    correct, confidence = case
    curve = risk_coverage(correct, confidence)
    for covered, risk, threshold in zip(*curve, strict=True):
        kept = confidence >= threshold
        assert covered == pytest.approx(kept.mean())
        assert risk == pytest.approx(1 - sk.accuracy_score(np.ones(kept.sum()), correct[kept]))


def test_the_area_of_tied_items_is_the_mean_over_their_orders():
    correct, confidence = np.array([1, 0, 1, 1, 0, 0]).astype(bool), np.array([3, 2, 2, 2, 1, 1])
    found = [
        mean_of_prefix_risks(correct[[0, *middle, *last]])
        for middle in permutations((1, 2, 3))
        for last in permutations((4, 5))
    ]
    assert aurc(correct, confidence) == pytest.approx(np.mean(found), abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(answered())
def test_without_ties_the_area_is_the_mean_of_prefix_risks(case):
    correct, _ = case
    assert aurc(correct, -np.arange(len(correct))) == pytest.approx(mean_of_prefix_risks(correct), abs=1e-12)


def test_a_confidence_that_knows_nothing_has_the_error_as_its_area():
    correct = np.arange(100) % 4 > 0
    assert aurc(correct, np.zeros(100)) == pytest.approx(0.25)


def test_the_best_order_has_the_area_of_the_closed_form():
    # Geifman et al. 2019, equation 4: r + (1 − r) ln(1 − r) for many items.
    error, n = 0.3, 100_000
    correct = np.arange(n) >= error * n
    assert aurc(correct, correct.astype(float)) == pytest.approx(
        error + (1 - error) * log(1 - error), abs=1e-3
    )
    assert excess_aurc(correct, correct.astype(float)) == 0
    assert excess_aurc(correct, -correct.astype(float)) > excess_aurc(correct, np.zeros(n)) > 0


@settings(max_examples=50, deadline=None)
@given(answered(), st.integers(0, 2**32))
def test_integer_weights_are_repeated_items(case, seed):
    correct, confidence = case
    times = np.random.default_rng(seed).integers(0, 4, (2, len(correct)))
    times[:, 0] += 1
    repeated = [aurc(np.repeat(correct, row), np.repeat(confidence, row)) for row in times]
    assert np.allclose(aurc(correct, confidence, weights=times), repeated, atol=1e-10)
    labels, answers = correct.astype(int), np.round(confidence * 2).astype(int) - 1
    for metric in (answer_rate, error_among_answered):
        rows = [metric(np.repeat(labels, row), np.repeat(answers, row)) for row in times]
        assert np.allclose(metric(labels, answers, weights=times), rows, equal_nan=True)


def test_an_interval_of_a_rate_is_that_of_a_proportion():
    labels, answers = np.zeros(400, int), np.arange(400) % 10 == 0
    low, high = bootstrap_interval(
        false_alarm_rate, labels, answers.astype(int), n=4000, rng=np.random.default_rng(0)
    )
    assert (low, high) == pytest.approx((0.1 - 1.96 * 0.015, 0.1 + 1.96 * 0.015), abs=0.004)


def test_what_cannot_be_measured():
    with pytest.raises(InvalidInput, match="no real item"):
        false_alarm_rate([1, 1], [0, 1])
    with pytest.raises(InvalidInput, match="no generated item"):
        detection_rate([0], [0])
    with pytest.raises(InvalidInput, match="answers are 0"):
        answer_rate([0, 1], [0, 2])
    with pytest.raises(InvalidInput, match="labels are 0"):
        answer_rate([0, 2], [0, 1])
    with pytest.raises(InvalidInput, match="NaN"):
        aurc([True], [np.nan])
    with pytest.raises(InvalidInput, match="one set of weights"):
        risk_coverage([True, False], [0.1, 0.2], weights=np.ones((3, 2)))
