"""Scores over seeds, with bootstrap intervals over scenes, widened where there are few of them.

A bootstrap knows only what it resamples: five photographs that were all judged rightly give the interval 100
to 100. Below `FEW` photographs an interval therefore also holds Wilson's interval of a proportion of as many
trials as there are photographs, and below `LEAST` there is none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.errors import InvalidInput
from subband.metrics import bootstrap_interval, wilson_interval

FEW = 30
"""Photographs from which the bootstrap is left alone."""

LEAST = 4
"""Photographs below which there is no interval."""


@dataclass(frozen=True)
class Score:
    """A score over seeds.

    Attributes:
        mean: over seeds.
        std: sample standard deviation over seeds; 0 for one seed.
        seeds: the score of each seed.
        interval: 95 % bootstrap interval of the mean, by resampling scenes, widened where they are few; None if
            not computed, or if there are too few of them.

    Example:
        >>> from subband.forensics import Score
        >>> Score(mean=0.9, std=0.02, seeds=(0.88, 0.92), interval=(0.85, 0.94)).to_json()
        {'mean': 0.9, 'std': 0.02, 'seeds': [0.88, 0.92], 'interval': [0.85, 0.94]}
    """

    mean: float
    std: float
    seeds: tuple[float, ...]
    interval: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON values, without "interval" if it is None."""
        plain = {"mean": self.mean, "std": self.std, "seeds": list(self.seeds)}
        return plain if self.interval is None else plain | {"interval": list(self.interval)}


def over_seeds(values: Sequence[float], interval: tuple[float, float] | None = None) -> Score:
    """Summarise the values of the seeds."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Score(float(np.mean(values)), spread, tuple(float(v) for v in values), interval)


def interval_of(
    metric: Callable[..., Any],
    labels: np.ndarray,
    answers: np.ndarray,
    *,
    groups: np.ndarray,
    resamples: int,
    rng: np.random.Generator,
    photographs: float | None = None,
) -> Score:
    """Score predictions over seeds, with a cluster bootstrap interval of the mean.

    Args:
        metric: metric(labels, answers, weights=...), in 0..1.
        labels: (N,) true classes.
        answers: predicted classes or scores, (N,) or one row per seed (S, N).
        groups: (N,) scene of each item; scenes are resampled as a whole.
        resamples: number of bootstrap resamples; 0 for no interval.
        rng: of the bootstrap.
        photographs: number of scenes that the metric rests on, for the widening of the interval; infinity for none.
            By default `photographs_of_mean`, for metrics that average over the classes.

    Returns:
        The score. Its interval is None with too few photographs, or if the metric is undefined on too many
        resamples.
    """
    rows = np.atleast_2d(answers)

    def mean(labels: np.ndarray, columns: np.ndarray, weights: np.ndarray | None = None) -> Any:
        return np.mean([metric(labels, columns[:, s], weights=weights) for s in range(len(rows))], axis=0)

    values = [metric(labels, row) for row in rows]
    number = photographs_of_mean(labels, groups) if photographs is None else photographs
    interval = None
    if resamples and number >= LEAST:
        try:
            low, high = bootstrap_interval(mean, labels, rows.T, groups=groups, n=resamples, rng=rng)
            interval = _widened((low, high), float(np.mean(values)), number)
        except InvalidInput:  # too few scenes of a class: many resamples contain none
            interval = None
    return over_seeds(values, interval)


def photographs_of_mean(labels: np.ndarray, groups: np.ndarray) -> float:
    """Effective number of scenes behind a mean over classes: K² / Σ 1/n_k, for n_k scenes of class k of K.

    The mean of K independent proportions near p has the variance p (1 − p) Σ 1/n_k / K².
    """
    counts = scenes_of(labels, groups)
    return float(len(counts) ** 2 / (1 / counts).sum())


def photographs_of_ranking(labels: np.ndarray, groups: np.ndarray) -> float:
    """Scenes of the smaller class: var(A) ≤ A (1 − A) / min(m, n) for the AUROC A of m and n items.

    Source: D. van Dantzig, On the consistency and the power of Wilcoxon's two sample test, Indagationes
    Mathematicae 13, 1951.
    """
    return float(scenes_of(labels, groups).min())


def scenes_of(labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Number of scenes of each class that occurs."""
    return np.array([len(np.unique(groups[labels == k])) for k in np.unique(labels)])


def _widened(interval: tuple[float, float], value: float, number: float) -> tuple[float, float]:
    """The interval, and below `FEW` scenes Wilson's around the value with it."""
    if number >= FEW or not 0 <= value <= 1:
        return interval
    low, high = wilson_interval(value, number)
    return min(interval[0], low), max(interval[1], high)
