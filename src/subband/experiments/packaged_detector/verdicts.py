"""Thresholds and what they give: false alarms by source of photographs, coverage and recall by generator, flips.

Thresholds are frozen on the scores of other folds: those of a fold's pictures come from pictures of other
cameras and other generators, judged by detectors that had not seen them. Each picture counts by its worst view.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from subband.experiments.packaged_detector.folds import VIEWS, Scores
from subband.metrics import auroc

FALSE_ALARMS = 0.02
"""Stated rate of photographs of each source that are called generated."""

MISSES = 0.05
"""Stated rate of pictures of each generator that are called real."""

MARGIN = 1e-6
NEVER = -1e6
"""Log odds below which "real" would be said, where it is never said."""


@dataclass(frozen=True)
class Thresholds:
    """Log odds between which the answer is "can't tell".

    Attributes:
        low: "real" below.
        high: "generated" above.
    """

    low: float
    high: float

    def verdict(self, odds: np.ndarray) -> np.ndarray:
        """−1 for real, 1 for generated, 0 for can't tell; of any shape."""
        return np.where(odds > self.high, 1, np.where(odds < self.low, -1, 0))


def frozen(scores: Scores) -> Thresholds:
    """Thresholds at the stated rates, for the worst source of photographs, the worst generator and the worst view.

    Conformal: of n scores the ⌊rate · (n + 1)⌋-th largest; the largest where that is none.
    """
    highest, lowest = scores.odds.max(1), scores.odds.min(1)
    high = [_exceeded(highest[mine], FALSE_ALARMS) for mine in _groups(scores, generated=False)]
    low = [-_exceeded(-lowest[mine], MISSES) for mine in _groups(scores, generated=True)]
    return Thresholds(min(min(low), max(high)), max(high))


def _exceeded(values: np.ndarray, rate: float) -> float:
    k = max(int(np.floor(rate * (len(values) + 1) + 1e-9)), 1)
    return float(np.sort(values)[-k] + MARGIN)


def _groups(scores: Scores, *, generated: bool) -> list[np.ndarray]:
    sources = np.array(scores.sources)
    return [
        (sources == name) & (scores.generated == generated)
        for name in sorted(set(sources[scores.generated == generated].tolist()))
    ]


@dataclass(frozen=True)
class Row:
    """Figures of one source of photographs, or of one generator.

    Attributes:
        pictures: number.
        generated: share called generated.
        real: share called real.
        auroc: of its pictures against all photographs (of a generator), or all generated ones (of photographs).
        flips: share whose firm verdict is the other one in another view.
    """

    pictures: int
    generated: float
    real: float
    auroc: float
    flips: float

    @property
    def answered(self) -> float:
        """Share of firm verdicts."""
        return self.generated + self.real


@dataclass(frozen=True)
class Figures:
    """Out-of-fold figures in one view.

    Attributes:
        view: of `folds.VIEWS`.
        photographs: source → figures.
        generators: generator → figures.
        auroc: of all.
        thresholds: of each fold.
    """

    view: str
    photographs: Mapping[str, Row]
    generators: Mapping[str, Row]
    auroc: float
    thresholds: tuple[Thresholds, ...]


def says_real(scores: Scores) -> bool:
    """Whether a detector may say "real": no held-out generator is called real more often than stated, in any view.

    The threshold for "real" rests on the pictures of other generators; those of a new one need not be like them.
    """
    found = [figures(scores, view) for view in VIEWS]
    return all(row.real <= MISSES for view in found for row in view.generators.values())


def figures(scores: Scores, view: str = "q75", *, real: bool = True) -> Figures:
    """Figures in one view, each fold at the thresholds of the others.

    A verdict counts only if no view contradicts it.

    Args:
        scores: out of fold.
        view: of `folds.VIEWS`.
        real: whether "real" is said at all.
    """
    verdicts = np.zeros(scores.odds.shape, dtype=int)
    thresholds = []
    for fold in np.unique(scores.folds):
        mine = scores.folds == fold
        found = frozen(scores.of(~mine))
        found = found if real else replace(found, low=NEVER)
        thresholds.append(found)
        verdicts[mine] = found.verdict(scores.odds[mine])
    chosen = stable(verdicts, view)
    odds, generated, sources = scores.view(view), scores.generated, np.array(scores.sources)
    flipped = (verdicts.max(1) == 1) & (verdicts.min(1) == -1)

    def row(name: str, made: bool) -> Row:
        own = (sources == name) & (generated == made)
        compared = own | (generated != made)
        return Row(
            int(own.sum()),
            float((chosen[own] == 1).mean()),
            float((chosen[own] == -1).mean()),
            float(auroc(generated[compared].astype(int), odds[compared])),
            float(flipped[own].mean()),
        )

    photographs, generators = (
        {name: row(name, made) for name in sorted(set(sources[generated == made].tolist()))}
        for made in (False, True)
    )
    return Figures(
        view, photographs, generators, float(auroc(generated.astype(int), odds)), tuple(thresholds)
    )


def stable(verdicts: np.ndarray, view: str) -> np.ndarray:
    """(N,) verdicts in a view, 0 where another view has the opposite one; of (N, V) verdicts."""
    own = verdicts[:, VIEWS.index(view)]
    return np.where((verdicts == -own[:, None]).any(1), 0, own)


def at(thresholds: Thresholds, scores: Scores, view: str = "q75") -> tuple[float, float]:
    """Shares called generated and real at given thresholds."""
    chosen = stable(thresholds.verdict(scores.odds), view)
    return float((chosen == 1).mean()), float((chosen == -1).mean())
