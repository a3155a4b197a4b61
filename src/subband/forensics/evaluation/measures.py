"""Scores of one set of answers: ranking, frozen threshold, abstention, calibration; with intervals by photograph.

Real and generated pictures weigh the same in every score, and so does each generator. Scores at a threshold use the
threshold that the detector was saved with. The two rates at a fixed false-positive rate choose their threshold
on the evaluated pictures and are called oracles.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.forensics.evaluation.answers import Answers
from subband.forensics.evaluation.scores import (
    Score,
    interval_of,
    photographs_of_mean,
    photographs_of_ranking,
    scenes_of,
)
from subband.metrics import (
    answer_rate,
    aurc,
    auroc,
    average_precision,
    balanced_accuracy,
    brier,
    detection_rate,
    error_among_answered,
    excess_aurc,
    expected_calibration_error,
    false_alarm_rate,
    miss_rate,
    tpr_at_fpr,
)

SCORES = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy, forced answers",
    "false_alarms": "photographs called generated",
    "detected": "generated pictures called generated",
    "missed": "generated pictures called real",
    "answered": "answered",
    "error_among_answered": "wrong among the answers",
    "ece": "ECE",
    "brier": "Brier score",
    "aurc": "AURC",
    "excess_aurc": "excess AURC",
    "oracle_tpr_at_1_fpr": "TPR at 1 % FPR (oracle threshold)",
    "oracle_tpr_at_5_fpr": "TPR at 5 % FPR (oracle threshold)",
}
"""Key in results.json → name in tables."""

BEST = dict.fromkeys(SCORES, max) | dict.fromkeys(
    ("false_alarms", "missed", "error_among_answered", "ece", "brier", "aurc", "excess_aurc"), min
)
"""Whether the largest or the smallest value of a score is best."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """What is known of N pictures.

    Attributes:
        generated: (N,) int64: 0 real, 1 generated.
        kind: (N,) "real" or the name of the generator.
        origin: (N,) source of the photographs, or the generator.
        scene: (N,) int64.

    Example:
        >>> import numpy as np
        >>> from subband.forensics.evaluation import Labelled
        >>> kind = np.array(["real", "real", "GAN", "LDM"])
        >>> pictures = Labelled((kind != "real").astype(int), kind, kind, scene=np.arange(4))
        >>> pictures.weights.tolist(), len(pictures.where(kind != "LDM"))
        ([1.0, 1.0, 1.0, 1.0], 3)
    """

    generated: np.ndarray
    kind: np.ndarray
    origin: np.ndarray
    scene: np.ndarray

    def __len__(self) -> int:
        return len(self.generated)

    def where(self, chosen: np.ndarray) -> "Labelled":
        """The pictures of a mask."""
        return Labelled(self.generated[chosen], self.kind[chosen], self.origin[chosen], self.scene[chosen])

    @property
    def weights(self) -> np.ndarray:
        """(N,) of mean 1: equal totals for real and generated, and for each generator."""
        kinds, index, counts = np.unique(self.kind, return_inverse=True, return_counts=True)
        generators = max(int((kinds != "real").sum()), 1)
        weights = np.where(kinds == "real", 1.0, 1.0 / generators)[index] / counts[index]
        return weights / weights.mean()


def measure(
    pictures: Labelled, answers: Answers, *, threshold: float, resamples: int, rng: np.random.Generator
) -> dict[str, Score]:
    """All scores of `SCORES` on pictures of both classes.

    Args:
        pictures: Both classes occur.
        answers: One per picture.
        threshold: Probability from which a forced answer is "generated", frozen before the evaluation.
        resamples: Bootstrap resamples of each interval; 0 for none.
        rng: Of the bootstrap.

    Example:
        >>> import numpy as np
        >>> from subband.forensics.evaluation import Answer, Answers, Labelled, measure
        >>> kind = np.array(["real", "GAN"] * 3)
        >>> pictures = Labelled((kind != "real").astype(int), kind, kind, scene=np.arange(6))
        >>> answers = Answers.of([Answer(-2, 0.12, 0), Answer(2, 0.88, 1)] * 2 + [Answer(-1, 0.27, -1)] * 2)
        >>> scores = measure(pictures, answers, threshold=0.5, resamples=0, rng=np.random.default_rng(0))
        >>> round(scores["auroc"].mean, 2), round(scores["answered"].mean, 2), scores["missed"].mean
        (0.94, 0.67, 0.0)
    """
    labels, weights = pictures.generated, pictures.weights
    forced = answers.forced(threshold)
    correct, sureness = (forced == labels).astype(np.int64), np.abs(answers.score)

    real, made = map(float, scenes_of(labels, pictures.scene))
    both, rank = photographs_of_mean(labels, pictures.scene), photographs_of_ranking(labels, pictures.scene)

    def score(
        metric: Callable[..., Any], truth: np.ndarray, values: np.ndarray, number: float = both
    ) -> Score:
        weighed = _weighing(metric, weights)
        return interval_of(
            weighed, truth, values, groups=pictures.scene, resamples=resamples, rng=rng, photographs=number
        )

    return {
        "auroc": score(auroc, labels, answers.score, rank),
        "average_precision": score(average_precision, labels, answers.score, rank),
        "balanced_accuracy": score(balanced_accuracy, labels, forced),
        "false_alarms": score(false_alarm_rate, labels, answers.verdict, real),
        "detected": score(detection_rate, labels, answers.verdict, made),
        "missed": score(miss_rate, labels, answers.verdict, made),
        "answered": score(answer_rate, labels, answers.verdict),
        "error_among_answered": score(error_among_answered, labels, answers.verdict),
        "ece": score(expected_calibration_error, labels, answers.probability),
        "brier": score(brier, labels, answers.probability),
        "aurc": score(aurc, correct, sureness),
        "excess_aurc": score(excess_aurc, correct, sureness),
        "oracle_tpr_at_1_fpr": score(_at(0.01), labels, answers.score, rank),
        "oracle_tpr_at_5_fpr": score(_at(0.05), labels, answers.score, rank),
    }


def minimum(rows: Mapping[str, Mapping[str, Score]]) -> dict[str, tuple[str, float]]:
    """The worst row of each score: score → (name of the row, its value); rows without a value are left out.

    Example:
        >>> from subband.forensics import Score
        >>> from subband.forensics.evaluation import SCORES, minimum
        >>> rows = {name: dict.fromkeys(SCORES, Score(x, 0.0, (x,))) for name, x in (("GAN", 0.9), ("LDM", 0.6))}
        >>> worst = minimum(rows)
        >>> worst["auroc"], worst["false_alarms"]  # the lowest, and the highest
        (('LDM', 0.6), ('GAN', 0.9))
    """
    worst = {}
    for key in SCORES:
        known = {name: row[key].mean for name, row in rows.items() if np.isfinite(row[key].mean)}
        if known:
            choose = min if BEST[key] is max else max
            name = choose(known, key=lambda name: known[name])  # type: ignore[call-overload]
            worst[key] = (name, known[name])
    return worst


def _at(fpr: float) -> Callable[..., Any]:
    def metric(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None) -> Any:
        return tpr_at_fpr(labels, scores, fpr, weights=weights)

    return metric


def _weighing(metric: Callable[..., Any], fixed: np.ndarray) -> Callable[..., Any]:
    """The metric with fixed weights of the items, times those of a resample."""

    def weighed(labels: np.ndarray, values: np.ndarray, weights: np.ndarray | None = None) -> Any:
        return metric(labels, values, weights=fixed if weights is None else fixed * weights)

    return weighed
