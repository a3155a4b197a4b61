"""A score over seeds, with an interval over scenes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.errors import InvalidInput
from subband.metrics import bootstrap_interval


@dataclass(frozen=True)
class Score:
    """Mean and sample standard deviation over seeds, the seeds' values, and a 95 % interval of the mean over
    scenes.

    `std` is 0 for one seed. `interval` is None where it was not asked for or scenes are too few for one.
    """

    mean: float
    std: float
    seeds: tuple[float, ...]
    interval: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; an interval that is missing is left out."""
        plain = {"mean": self.mean, "std": self.std, "seeds": list(self.seeds)}
        return plain if self.interval is None else plain | {"interval": list(self.interval)}


def over_seeds(values: Sequence[float], interval: tuple[float, float] | None = None) -> Score:
    """Sum up one value for each seed."""
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
    """Score answers, (N,) or one row per seed (S, N), with the bootstrap interval of their mean, by scene.

    Args:
        metric: of (labels, answers), with the keyword weights.
        labels: (N,).
        answers: predicted classes or scores.
        groups: (N,) the scene of each.
        resamples: of the bootstrap; 0 leaves the interval out.
        rng: of the bootstrap.
    """
    rows = np.atleast_2d(answers)

    def mean(labels: np.ndarray, columns: np.ndarray, weights: np.ndarray | None = None) -> Any:
        return np.mean([metric(labels, columns[:, s], weights=weights) for s in range(len(rows))], axis=0)

    interval = None
    if resamples:
        try:
            low, high = bootstrap_interval(mean, labels, rows.T, groups=groups, n=resamples, rng=rng)
            interval = (low, high)
        except InvalidInput:  # a class with so few scenes that resamples often miss it
            interval = (0.0, 1.0)
    return over_seeds([metric(labels, row) for row in rows], interval)
