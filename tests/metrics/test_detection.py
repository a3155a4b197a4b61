"""Oracles: scikit-learn and torchmetrics. Laws: weights are repetitions, ranks are all that a ranking metric
sees.
"""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from torchmetrics.functional.classification import binary_calibration_error, multiclass_calibration_error

from subband.errors import InvalidInput
from subband.metrics import (
    accuracy,
    auroc,
    average_precision,
    balanced_accuracy,
    brier,
    confusion_matrix,
    expected_calibration_error,
    reliability,
    roc_curve,
    tpr_at_fpr,
)

RANKING = [auroc, average_precision, partial(tpr_at_fpr, fpr=0.2)]
PROBABILITY = [brier, expected_calibration_error]
CLASS = [accuracy, balanced_accuracy]


@st.composite
def binary(draw, ties=True):
    """Labels with both classes, and scores that are full of ties."""
    n = draw(st.integers(2, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = rng.permutation(np.concatenate([[0, 1], rng.integers(0, 2, n - 2)]))
    levels = draw(st.integers(1, 8)) if ties else 10**9
    return labels, rng.integers(0, levels + 1, n) / levels


@settings(max_examples=200, deadline=None)
@given(binary())
def test_ranking_metrics_agree_with_scikit_learn(case):
    labels, scores = case
    assert auroc(labels, scores) == pytest.approx(sk.roc_auc_score(labels, scores), abs=1e-12)
    assert average_precision(labels, scores) == pytest.approx(
        sk.average_precision_score(labels, scores), abs=1e-12
    )
    fpr, tpr, thresholds = roc_curve(labels, scores)
    for ours, theirs in zip(
        (fpr, tpr, thresholds), sk.roc_curve(labels, scores, drop_intermediate=False), strict=True
    ):
        assert np.allclose(ours, theirs, atol=1e-12)
    for allowed in (0, 0.01, 0.1, 1 / 3, 0.5, 1):
        assert tpr_at_fpr(labels, scores, allowed) == tpr[fpr <= allowed + 1e-12].max()


@settings(max_examples=100, deadline=None)
@given(binary())
def test_auroc_is_the_probability_of_the_right_order_with_ties_counting_half(case):
    labels, scores = case
    real, generated = scores[labels == 0], scores[labels == 1]
    ahead = np.sign(generated[:, None] - real[None, :])
    assert auroc(labels, scores) == pytest.approx((ahead.mean() + 1) / 2, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(binary())
def test_ranking_metrics_see_only_ranks(case):
    labels, scores = case
    for metric in RANKING:
        assert metric(labels, np.exp(3 * scores) - 7) == pytest.approx(metric(labels, scores), abs=1e-12)
    assert auroc(labels, -scores) == pytest.approx(1 - auroc(labels, scores), abs=1e-12)


def test_ranking_metrics_where_the_answer_is_known():
    labels = np.array([0, 0, 1, 1])
    assert auroc(labels, labels) == average_precision(labels, labels) == tpr_at_fpr(labels, labels, 0) == 1
    assert auroc(labels, 1 - labels) == tpr_at_fpr(labels, 1 - labels, 0.4) == 0
    constant = np.zeros(4)
    assert (auroc(labels, constant), average_precision(labels, constant)) == (0.5, 0.5)
    assert (tpr_at_fpr(labels, constant, 0.5), tpr_at_fpr(labels, constant, 1)) == (0, 1)


def test_one_in_a_hundred_is_allowed_at_one_percent():
    # 0.01 × 100 must not lose its one real image to rounding, nor 0.07 × 100 its seventh.
    scores = np.concatenate([np.arange(100), [98.5]])
    labels = np.array([0] * 100 + [1])
    assert tpr_at_fpr(labels, scores, 0.01) == 1
    assert tpr_at_fpr(labels, scores, 0.009) == 0
    shifted = np.concatenate([np.arange(100), [92.5]])
    assert tpr_at_fpr(labels, shifted, 0.07) == 1


@settings(max_examples=100, deadline=None)
@given(n=st.integers(1, 60), k=st.integers(2, 6), seed=st.integers(0, 2**32))
@pytest.mark.filterwarnings("ignore:y_pred contains classes", "ignore:A single label was found")
def test_class_metrics_agree_with_scikit_learn(n, k, seed):
    rng = np.random.default_rng(seed)
    labels, predicted = rng.integers(0, k, (2, n))
    assert accuracy(labels, predicted) == pytest.approx(sk.accuracy_score(labels, predicted), abs=1e-12)
    expected = sk.balanced_accuracy_score(labels, predicted)
    assert balanced_accuracy(labels, predicted) == pytest.approx(expected, abs=1e-12)
    matrix = confusion_matrix(labels, predicted, classes=k)
    assert np.array_equal(matrix, sk.confusion_matrix(labels, predicted, labels=range(k)))
    assert matrix.dtype == np.int64
    assert np.array_equal(
        confusion_matrix(labels, predicted), matrix[: (m := max(*labels, *predicted) + 1), :m]
    )


@settings(max_examples=100, deadline=None)
@given(binary(ties=False), st.integers(1, 30))
def test_binary_probability_metrics_agree_with_scikit_learn_and_torchmetrics(case, bins):
    labels, p = case
    assert brier(labels, p) == pytest.approx(sk.brier_score_loss(labels, p), abs=1e-12)
    oracle = binary_calibration_error(torch.tensor(p), torch.tensor(labels), n_bins=bins)
    assert expected_calibration_error(labels, p, bins) == pytest.approx(float(oracle), abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(n=st.integers(1, 60), k=st.integers(2, 6), bins=st.integers(1, 30), seed=st.integers(0, 2**32))
def test_multiclass_probability_metrics_agree_with_torchmetrics_and_the_definition(n, k, bins, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    p = rng.dirichlet(np.full(k, 0.5), n)
    oracle = multiclass_calibration_error(torch.tensor(p), torch.tensor(labels), num_classes=k, n_bins=bins)
    assert expected_calibration_error(labels, p, bins) == pytest.approx(float(oracle), abs=1e-6)
    assert brier(labels, p) == pytest.approx(np.mean(np.sum((p - np.eye(k)[labels]) ** 2, axis=1)), abs=1e-12)


def test_two_columns_give_twice_the_brier_score_of_one():
    labels, p = np.array([0, 1, 1]), np.array([0.2, 0.9, 0.4])
    assert brier(labels, np.stack([1 - p, p], -1)) == pytest.approx(2 * brier(labels, p))


def test_reliability_bins():
    edges, count, predicted, observed = reliability(
        np.array([0, 1, 1, 1, 0]), np.array([0, 0.25, 0.3, 1, 0.999]), 4
    )
    assert edges.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert count.tolist() == [1, 2, 0, 2]  # an edge belongs to the bin above it, 1 to the last bin
    assert predicted[[0, 1, 3]] == pytest.approx([0, 0.275, 0.9995])
    assert observed[[0, 1, 3]].tolist() == [0, 1, 0.5]
    assert np.isnan(predicted[2])
    assert np.isnan(observed[2])


def test_calibrated_probabilities_have_a_small_error_and_bold_ones_a_large_one():
    rng = np.random.default_rng(0)
    p = rng.random(100_000)
    labels = (rng.random(100_000) < p).astype(int)
    assert expected_calibration_error(labels, p) < 0.01
    assert expected_calibration_error(labels, np.round(p)) == pytest.approx(0.25, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(case=binary(), seed=st.integers(0, 2**32))
def test_whole_weights_are_repetitions(case, seed):
    labels, scores = case
    times = np.random.default_rng(seed).integers(0, 4, (3, len(labels)))
    for metric in RANKING + PROBABILITY + CLASS:
        second = np.round(scores) if metric in CLASS else scores
        weighted = metric(labels, second, weights=times)
        assert weighted.shape == (3,)
        for value, row in zip(weighted, times, strict=True):
            repeated = np.repeat(labels, row), np.repeat(second, row)
            missing = len(set(repeated[0])) < (2 if metric not in [*PROBABILITY, accuracy] else 1)
            if missing:
                assert np.isnan(value)
            else:
                assert value == pytest.approx(metric(*repeated), abs=1e-12)
    predicted = np.round(scores).astype(int)
    matrices = confusion_matrix(labels, predicted, classes=2, weights=times)
    for matrix, row in zip(matrices, times, strict=True):
        assert matrix.sum() == row.sum()
        assert matrix[1, 1] == (row * labels * predicted).sum()


def test_one_set_of_weights_gives_one_number():
    labels, scores = np.array([0, 1, 1]), np.array([0.5, 0.4, 0.6])
    assert auroc(labels, scores, weights=np.array([1, 3, 1])) == 0.25
    assert auroc(labels, scores, weights=np.ones((2, 4, 3))).shape == (2, 4)


@pytest.mark.parametrize("metric", [*RANKING, roc_curve])
@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1], [0, 1, 2]])
def test_ranking_needs_both_classes_and_no_third(metric, labels):
    with pytest.raises(InvalidInput, match=r"labels hold the classes .*both 0 \(real\) and 1"):
        metric(np.array(labels), np.arange(3.0))


@pytest.mark.parametrize("metric", [*RANKING, *PROBABILITY, *CLASS, confusion_matrix, reliability])
def test_what_every_metric_refuses(metric):
    with pytest.raises(InvalidInput, match="different lengths"):
        metric(np.array([0, 1]), np.array([0, 1, 1]))
    with pytest.raises(InvalidInput, match="1 NaN or infinite of 2"):
        metric(np.array([0, 1]), np.array([0.0, np.nan]))
    with pytest.raises(InvalidInput, match="non-empty"):
        metric(np.array([]), np.array([]))
    with pytest.raises(InvalidInput, match="non-empty array of numbers"):
        metric(np.array(["real", "fake"]), np.array([0, 1]))
    for labels in ([0.5, 1], [-1, 1], [[0], [1]]):
        with pytest.raises(InvalidInput, match="labels holds classes, whole numbers from 0"):
            metric(np.array(labels), np.array([0, 1]))
    for weights in ([1, 2, 3], [1, -1], [1, np.nan]):
        if metric is not roc_curve:
            with pytest.raises(InvalidInput, match=r"weights have shape .*need \(..., 2\)"):
                metric(np.array([0, 1]), np.array([0, 1]), weights=np.array(weights))


def test_arguments_out_of_range():
    labels = np.array([0, 1])
    for p in ([-0.1, 0.5], [0.5, 1.1]):
        with pytest.raises(InvalidInput, match=r"in \[0, 1\].*sigmoid or softmax first"):
            brier(labels, np.array(p))
    with pytest.raises(InvalidInput, match="class 2 occurs in labels, but probabilities are for 2"):
        brier(np.array([0, 2]), np.array([0.5, 0.5]))
    with pytest.raises(InvalidInput, match="bins=0"):
        reliability(labels, np.array([0.5, 0.5]), 0)
    with pytest.raises(InvalidInput, match="fpr=5 is a share"):
        tpr_at_fpr(labels, labels, 5)
    with pytest.raises(InvalidInput, match="one score per item"):
        auroc(labels, np.zeros((2, 2)))
    with pytest.raises(InvalidInput, match=r"class 1 occurs, but classes=1 allows only 0\.\.0"):
        confusion_matrix(labels, labels, classes=1)
