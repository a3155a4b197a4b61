"""Metrics of a detector that may abstain: what it answers, how often the answers are wrong, risk and coverage.

Conventions. `labels` are 0 for real and 1 for generated. `answers` are 0 (real), 1 (generated) or −1 (`ABSTAINED`,
"can't tell"). `correct` and `confidence` describe forced answers, one per item: whether it is right, and how sure
the detector is; higher is surer.

Sample `weights` as in `subband.metrics.detection`: (N,) or a batch (..., N), equivalent to repeated items. The
result is NaN where the weights leave a required class, or the answered items, empty.
"""

from typing import NamedTuple

import numpy as np
import scipy

from subband.errors import InvalidInput
from subband.metrics.items import as_classes, as_numbers, as_result, as_weights, ratio

ABSTAINED = -1


def answer_rate(
    labels: np.ndarray, answers: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Share of items with an answer.

    Raises:
        InvalidInput: empty arrays, unequal lengths, or other values than described above; likewise for all
            metrics of this module.
    """
    labels, answers = _answers(labels, answers)
    weights = as_weights(weights, labels, answers)
    return as_result(ratio(weights @ (answers != ABSTAINED), weights.sum(-1)))


def error_among_answered(
    labels: np.ndarray, answers: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Share of wrong answers among the answers: the selective risk.

    It depends on the shares of real and generated items. For equal shares give weights of equal totals.
    """
    labels, answers = _answers(labels, answers)
    weights = as_weights(weights, labels, answers)
    answered = answers != ABSTAINED
    return as_result(ratio(weights @ (answered & (answers != labels)), weights @ answered))


def false_alarm_rate(
    labels: np.ndarray, answers: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Share of real items that are called generated; an abstention is no alarm.

    Raises:
        InvalidInput: no real item.
    """
    return _rate(labels, answers, weights, of=0, called=1)


def detection_rate(
    labels: np.ndarray, answers: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Share of generated items that are called generated; an abstention is none.

    Raises:
        InvalidInput: no generated item.
    """
    return _rate(labels, answers, weights, of=1, called=1)


def miss_rate(
    labels: np.ndarray, answers: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Share of generated items that are called real; an abstention is no miss.

    Raises:
        InvalidInput: no generated item.
    """
    return _rate(labels, answers, weights, of=1, called=0)


class RiskCoverage(NamedTuple):
    """Error among the most confident items; unpacks as `coverage, risk, confidence`, each (P,).

    Point i answers the items with confidence ≥ confidence[i]: one point per distinct value, descending.
    """

    coverage: np.ndarray
    risk: np.ndarray
    confidence: np.ndarray


def risk_coverage(
    correct: np.ndarray, confidence: np.ndarray, *, weights: np.ndarray | None = None
) -> RiskCoverage:
    """Risk–coverage curve: the error among the answers if only the most confident items are answered.

    El-Yaniv and Wiener 2010, "On the foundations of noise-free selective classification", JMLR 11.

    Args:
        correct: (N,) whether the forced answer is right.
        confidence: (N,) finite.
        weights: (N,) sample weights.

    Example:
        >>> curve = risk_coverage([True, True, False, True], [0.9, 0.8, 0.7, 0.6])
        >>> curve.risk.round(3).tolist()
        [0.0, 0.0, 0.333, 0.25]
    """
    thresholds, n, e = _sorted(correct, confidence, weights)
    if n.ndim != 1:
        raise InvalidInput("a curve takes one set of weights, (N,), not a batch of them")
    return RiskCoverage(n / n[-1], ratio(e, n), thresholds)


def aurc(
    correct: np.ndarray, confidence: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """Area under the risk–coverage curve: the mean over k of the risk of the k most confident items; 0 is best.

    Geifman, Uziel and El-Yaniv 2019, "Bias-reduced uncertainty estimation for deep neural classifiers",
    arXiv:1805.08206. Items of equal confidence have no order: the value is the mean over all orders. In a tied
    group of m items with e errors, after n₀ items with E₀ errors,

        Σⱼ₌₁ᵐ (E₀ + j e/m) / (n₀ + j) = E₀ D + (e/m) (m − n₀ D),   D = ψ(n₀ + m + 1) − ψ(n₀ + 1)

    with the digamma function ψ, which holds for weights that are not integers too.

    Example:
        >>> round(aurc([True, True, False, True], [0.9, 0.8, 0.7, 0.6]), 4)  # mean of 0, 0, 1/3 and 1/4
        0.1458
    """
    _, n, e = _sorted(correct, confidence, weights)
    before, errors_before = n - np.diff(n, axis=-1, prepend=0.0), e - np.diff(e, axis=-1, prepend=0.0)
    m = n - before
    d = scipy.special.digamma(n + 1) - scipy.special.digamma(before + 1)
    share = np.divide(e - errors_before, m, out=np.zeros_like(m), where=m > 0)
    return as_result(ratio((errors_before * d + share * (m - before * d)).sum(-1), n[..., -1]))


def excess_aurc(
    correct: np.ndarray, confidence: np.ndarray, *, weights: np.ndarray | None = None
) -> float | np.ndarray:
    """`aurc` minus that of the best order, all right answers before all wrong ones; 0 is best.

    Unlike `aurc` it compares the confidence of detectors with different accuracies (Geifman et al. 2019).
    """
    right = _flags(correct)
    best = aurc(right, right.astype(np.float64), weights=weights)
    return as_result(np.asarray(aurc(right, confidence, weights=weights)) - best)


def _sorted(
    correct: np.ndarray, confidence: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct confidences (P,), descending; cumulative weights of items and of errors, (..., P)."""
    wrong, confidence = ~_flags(correct), as_numbers(confidence, "confidence")
    weights = as_weights(weights, wrong, confidence)
    order = np.argsort(-confidence, kind="stable")
    last_of_ties = np.flatnonzero(np.append(np.diff(confidence[order]) != 0, True))
    total = weights[..., order]
    items = np.cumsum(total, axis=-1)[..., last_of_ties]
    errors = np.cumsum(total * wrong[order], axis=-1)[..., last_of_ties]
    return confidence[order][last_of_ties], items, errors


def _rate(
    labels: np.ndarray, answers: np.ndarray, weights: np.ndarray | None, *, of: int, called: int
) -> float | np.ndarray:
    labels, answers = _answers(labels, answers)
    if not (labels == of).any():
        raise InvalidInput(f"no {('real', 'generated')[of]} item: labels hold only class {1 - of}")
    weights = as_weights(weights, labels, answers)
    member = labels == of
    return as_result(ratio(weights @ (member & (answers == called)), weights @ member))


def _answers(labels: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels, numbers = as_classes(labels, "labels"), as_numbers(answers, "answers")
    if labels.max() > 1:
        raise InvalidInput(f"labels are 0 (real) and 1 (generated), not {np.unique(labels).tolist()}")
    if numbers.ndim != 1 or not np.isin(numbers, (ABSTAINED, 0, 1)).all():
        raise InvalidInput(
            f"answers are 0 (real), 1 (generated) or -1 (can't tell), not {np.unique(numbers)[:8].tolist()}"
        )
    return labels, numbers.astype(np.int64)


def _flags(correct: np.ndarray) -> np.ndarray:
    return as_classes(correct, "correct").astype(bool)
