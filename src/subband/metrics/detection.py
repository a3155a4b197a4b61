"""Classification metrics of a detector: accuracy, ranking and calibration.

Conventions. `labels` are integers: 0 for real, 1 for generated, or 0..K−1 for K sources. `scores` increase
with the confidence in class 1; `probabilities` are P(class 1), (N,), or one column per class, (N, K).

All metrics take sample `weights`, (N,) or a batch (..., N); the result then has the shape (...). Integer
weights are equivalent to repeated items, which `bootstrap_interval` uses to evaluate many resamples in one
call. The result is NaN where the weights leave a required class empty.
"""

from typing import NamedTuple

import numpy as np

from subband.errors import InvalidInput
from subband.metrics.items import as_classes, as_numbers, as_result, as_weights, ratio


def accuracy(
    labels: np.ndarray, predicted: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Share of correct predictions.

    Args:
        labels: (N,) true classes.
        predicted: (N,) predicted classes.

    Raises:
        InvalidInput: empty arrays, unequal lengths, NaN, non-integer classes, or negative weights; likewise
            for all metrics of this module.
    """
    labels, predicted = as_classes(labels, "labels"), as_classes(predicted, "predicted")
    weights = as_weights(weights, labels, predicted)
    return as_result(ratio(weights @ (labels == predicted), weights.sum(-1)))


def balanced_accuracy(
    labels: np.ndarray, predicted: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Mean recall over the classes in `labels`: rare and common classes count equally."""
    labels, predicted = as_classes(labels, "labels"), as_classes(predicted, "predicted")
    weights = as_weights(weights, labels, predicted)
    member = (labels[:, None] == np.unique(labels)).astype(np.float64)
    recalls = ratio(weights @ (member * (labels == predicted)[:, None]), weights @ member)
    return as_result(recalls.mean(-1))


def confusion_matrix(
    labels: np.ndarray,
    predicted: np.ndarray,
    *,
    classes: int | None = None,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Confusion matrix.

    Args:
        labels: (N,) true classes.
        predicted: (N,) predicted classes.
        classes: K; by default the highest class that occurs, plus one.
        weights: (..., N) sample weights.

    Returns:
        (..., K, K): row true class, column predicted class; int64 without weights, else float64.
    """
    labels, predicted = as_classes(labels, "labels"), as_classes(predicted, "predicted")
    weight = as_weights(weights, labels, predicted)
    highest = int(max(labels.max(), predicted.max()))
    k = highest + 1 if classes is None else classes
    if highest >= k:
        raise InvalidInput(f"class {highest} occurs, but classes={k} allows only 0..{k - 1}")
    cell = labels * k + predicted
    if weights is None:
        return np.bincount(cell, minlength=k * k).reshape(k, k)
    return (weight @ np.eye(k * k)[cell]).reshape(*weight.shape[:-1], k, k)


class Curve(NamedTuple):
    """A receiver operating characteristic; unpacks as `fpr, tpr, thresholds`, each (P,).

    Point i classifies scores ≥ thresholds[i] as generated; thresholds fall from infinity to the lowest score.
    """

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray


def roc_curve(labels: np.ndarray, scores: np.ndarray) -> Curve:
    """True versus false positive rate, one point per distinct score, after a first point at (0, 0).

    Raises:
        InvalidInput: not both classes occur.
    """
    thresholds, true, false = _cumulative(labels, scores, None)
    return Curve(
        np.concatenate([[0.0], false / false[-1]]),
        np.concatenate([[0.0], true / true[-1]]),
        np.concatenate([[np.inf], thresholds]),
    )


def auroc(labels: np.ndarray, scores: np.ndarray, *, weights: np.ndarray | None = None) -> float | np.ndarray:
    """Area under the ROC curve: the probability that a generated image scores above a real one, a tie
    counting half (the Mann-Whitney statistic; Hanley and McNeil 1982).

    Raises:
        InvalidInput: not both classes occur.
    """
    _, true, false = _cumulative(labels, scores, weights)
    # Trapezoidal rule between thresholds; a group of ties is a sloped segment, so that ties count half.
    below = np.concatenate([np.zeros_like(true[..., :1]), true[..., :-1]], axis=-1)
    area = (_steps(false) * (true + below) / 2).sum(-1)
    return as_result(ratio(area, true[..., -1] * false[..., -1]))


def average_precision(
    labels: np.ndarray, scores: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Σₖ (Rₖ − Rₖ₋₁) Pₖ over the thresholds, precision P and recall R: the area under the precision-recall
    curve as a step function, without the optimistic linear interpolation (Davis and Goadrich 2006).

    Raises:
        InvalidInput: not both classes occur.
    """
    _, true, false = _cumulative(labels, scores, weights)
    flagged = true + false
    precision = np.divide(true, flagged, out=np.zeros_like(true), where=flagged > 0)
    area = ratio((_steps(true) * precision).sum(-1), true[..., -1])
    return as_result(np.where(false[..., -1] > 0, area, np.nan))


def tpr_at_fpr(
    labels: np.ndarray, scores: np.ndarray, fpr: float = 0.01, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Highest true positive rate at a false positive rate of at most `fpr`.

    Over the thresholds of the empirical ROC curve, without interpolation: with fewer than 1/fpr real images
    it is the share of generated images that score above every real one.

    Raises:
        InvalidInput: fpr outside [0, 1], or not both classes occur.
    """
    if not 0 <= fpr <= 1:
        raise InvalidInput(
            f"fpr={fpr} is a share; give a number from 0 to 1, e.g. 0.01 for one real image in a hundred"
        )
    _, true, false = _cumulative(labels, scores, weights)
    # Comparison of counts, with a tolerance for the rounding of fpr × count.
    allowed = false <= fpr * false[..., -1:] * (1 + 1e-12)
    found = ratio((true * allowed).max(-1), true[..., -1])
    return as_result(np.where(false[..., -1] > 0, found, np.nan))


def brier(
    labels: np.ndarray, probabilities: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Brier score: mean squared error of the probabilities (Brier 1950); 0 is best.

    For (N,) probabilities of class 1 it is the mean of (p − y)², in [0, 1]. For (N, K) the squares are summed
    over classes, in [0, 2]; the two columns (1 − p, p) thus give twice the value of p.
    """
    labels, p = as_classes(labels, "labels"), _probabilities(labels, probabilities)
    weights = as_weights(weights, labels, p)
    truth = labels if p.ndim == 1 else np.eye(p.shape[1])[labels]
    distance = (p - truth) ** 2 if p.ndim == 1 else ((p - truth) ** 2).sum(-1)
    return as_result(ratio(weights @ distance, weights.sum(-1)))


class Reliability(NamedTuple):
    """Calibration curve over B bins of equal width; unpacks as `edges, count, predicted, observed`.

    Attributes:
        edges: (B + 1,) bin edges.
        count: (..., B) total weight per bin.
        predicted: (..., B) mean predicted probability; NaN for empty bins.
        observed: (..., B) observed frequency; NaN for empty bins.
    """

    edges: np.ndarray
    count: np.ndarray
    predicted: np.ndarray
    observed: np.ndarray


def reliability(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = 15, *, weights: np.ndarray | None = None
) -> Reliability:
    """Bins of a reliability diagram.

    (N,) probabilities of class 1 are compared with the frequency of class 1. For (N, K) probabilities the
    confidence, maxₖ pₖ, is compared with the accuracy of the argmax (Guo et al. 2017, arXiv:1706.04599). Bin
    b of B holds b/B ≤ p < (b + 1)/B, the last one also p = 1.

    Raises:
        InvalidInput: probabilities outside [0, 1], or bins < 1.
    """
    labels, p = as_classes(labels, "labels"), _probabilities(labels, probabilities)
    if bins < 1:
        raise InvalidInput(f"bins={bins}; at least 1, usually 10 to 20")
    weights = as_weights(weights, labels, p)
    predicted = p if p.ndim == 1 else p.max(-1)
    observed = labels if p.ndim == 1 else p.argmax(-1) == labels
    edges = np.linspace(0, 1, bins + 1)
    bin_of = np.minimum(np.searchsorted(edges, predicted, side="right") - 1, bins - 1)
    member = np.eye(bins)[bin_of]
    count = weights @ member
    return Reliability(
        edges,
        count,
        ratio(weights @ (member * predicted[:, None]), count),
        ratio(weights @ (member * observed[:, None]), count),
    )


def expected_calibration_error(
    labels: np.ndarray, probabilities: np.ndarray, bins: int = 15, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Expected calibration error: mean of |predicted − observed| over the bins, weighted by count; 0 is best.

    It depends on the number of bins and is biased upwards on small samples: comparable only for equal bins
    and sample sizes (Naeini et al. 2015).
    """
    _, count, predicted, observed = reliability(labels, probabilities, bins, weights=weights)
    gap = np.nan_to_num(np.abs(predicted - observed))
    return as_result(ratio((count * gap).sum(-1), count.sum(-1)))


def _cumulative(
    labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct scores (T,), descending, and cumulative weights of true and false positives (..., T).

    One threshold per distinct score: the order of ties has no effect.
    """
    labels, scores = as_classes(labels, "labels"), as_numbers(scores, "scores")
    weights = as_weights(weights, labels, scores)
    if scores.ndim != 1:
        raise InvalidInput(
            f"scores have shape {scores.shape}; one score per item, (N,), e.g. probabilities[:, 1]"
        )
    present = np.unique(labels)
    if not np.array_equal(present, [0, 1]):
        raise InvalidInput(
            f"labels hold the classes {present.tolist()}; both 0 (real) and 1 (generated) are needed"
        )
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    total = weights[..., order]
    generated = labels[order] == 1
    true = np.cumsum(total * generated, axis=-1)[..., last_of_ties]
    false = np.cumsum(total * ~generated, axis=-1)[..., last_of_ties]
    return scores[order][last_of_ties], true, false


def _steps(cumulative: np.ndarray) -> np.ndarray:
    return np.diff(cumulative, axis=-1, prepend=0.0)


def _probabilities(labels: np.ndarray, values: np.ndarray) -> np.ndarray:
    p = as_numbers(values, "probabilities")
    if p.ndim > 2 or p.min() < 0 or p.max() > 1:
        raise InvalidInput(
            f"probabilities are (N,) or (N, K) in [0, 1], not {p.shape} from {p.min():g} to {p.max():g}; "
            "put logits through a sigmoid or softmax first"
        )
    highest, k = int(np.max(labels)), 2 if p.ndim == 1 else p.shape[1]
    if highest >= k:
        raise InvalidInput(f"class {highest} occurs in labels, but probabilities are for {k} classes")
    return p
