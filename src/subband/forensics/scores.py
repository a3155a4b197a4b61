"""Scores over seeds, with bootstrap intervals over scenes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.errors import InvalidInput
from subband.metrics import bootstrap_interval


@dataclass(frozen=True)
class Score:
    """A score over seeds.

    Attributes:
        mean: over seeds.
        std: sample standard deviation over seeds; 0 for one seed.
        seeds: the score of each seed.
        interval: 95 % bootstrap interval of the mean, by resampling scenes; None if not computed, or undefined
            because most resamples of so few scenes hold one class only.
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
) -> Score:
    """Score predictions over seeds, with a cluster bootstrap interval of the mean.

    Args:
        metric: metric(labels, answers, weights=...).
        labels: (N,) true classes.
        answers: predicted classes or scores, (N,) or one row per seed (S, N).
        groups: (N,) scene of each item; scenes are resampled as a whole.
        resamples: number of bootstrap resamples; 0 for no interval.
        rng: of the bootstrap.

    Returns:
        The score. Its interval is None if the metric is undefined on too many resamples.
    """
    rows = np.atleast_2d(answers)

    def mean(labels: np.ndarray, columns: np.ndarray, weights: np.ndarray | None = None) -> Any:
        return np.mean([metric(labels, columns[:, s], weights=weights) for s in range(len(rows))], axis=0)

    interval = None
    if resamples:
        try:
            low, high = bootstrap_interval(mean, labels, rows.T, groups=groups, n=resamples, rng=rng)
            interval = (low, high)
        except InvalidInput:  # too few scenes of a class: many resamples contain none
            interval = None
    return over_seeds([metric(labels, row) for row in rows], interval)
