"""Across generators: detectors trained on one generator, on all, or on all but one, each tested on every one.

A detector that recognises only the generator that it has seen is of no use for the next one: the entries off the
diagonal and the row "all but the tested one" say what it would be worth on a generator that didn't exist when
it was trained.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.data.imageset import Split
from subband.errors import InvalidInput
from subband.forensics.evaluation.scores import Score, interval_of, photographs_of_ranking
from subband.forensics.networks.predict import log_odds, logits_of
from subband.forensics.networks.registry import DETECTORS
from subband.forensics.networks.temperature import temperature
from subband.forensics.training.fit import Recipe, fit_classifier
from subband.forensics.training.labelled import Examples, class_names, collect
from subband.metrics import auroc, balanced_accuracy
from subband.runs.interrupt import interruption

ALL = "all generators"
OTHERS = "all but the tested one"

Train = Callable[[Mapping[str, Split], Callable[[float], None]], Callable[[np.ndarray], np.ndarray]]
"""(sources, progress) → function: crops (N, H, W, 3) uint8 → log-odds of "generated" (N,), 0 at the threshold."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class CrossTable:
    """Scores of detectors that differ in the generators they learnt from.

    Attributes:
        detector: What was trained.
        generators: Columns: the tested generators.
        rows: Training set, a generator or `ALL` or `OTHERS` → tested generator → "auroc" and "balanced_accuracy" on
            its test images and the test photographs.

    Example:
        >>> from subband.forensics import Score
        >>> from subband.forensics.evaluation import OTHERS, CrossTable
        >>> cell = {"auroc": Score(0.75, 0.0, (0.75,))}
        >>> CrossTable("linear on packets", ("GAN", "LDM"), {OTHERS: {"GAN": cell, "LDM": cell}}).unseen
        {'GAN': 0.75, 'LDM': 0.75}
    """

    detector: str
    generators: tuple[str, ...]
    rows: Mapping[str, Mapping[str, Mapping[str, Score]]]

    @property
    def unseen(self) -> dict[str, float]:
        """Generator → AUROC of the detector that learnt from all others; empty for fewer than two generators."""
        return {name: row["auroc"].mean for name, row in self.rows.get(OTHERS, {}).items()}

    def to_json(self) -> dict[str, Any]:
        """All numbers as JSON values."""
        return {
            "detector": self.detector,
            "generators": list(self.generators),
            "rows": {
                trained: {
                    tested: {key: score.to_json() for key, score in cell.items()}
                    for tested, cell in row.items()
                }
                for trained, row in self.rows.items()
            },
        }


def cross_generators(
    sources: Mapping[str, Split],
    train: Train,
    *,
    detector: str,
    resamples: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> CrossTable:
    """Train and test across generators.

    Args:
        sources: Source → its split; "real" and at least one generator.
        train: Trains a detector on some of the sources; `trainer` makes one of a kind of `DETECTORS`.
        detector: Its name for the results.
        resamples: Of each bootstrap interval, by photograph.
        seed: Of the bootstrap.
        progress: Callback with the current training and the completed fraction.

    Raises:
        InvalidInput: no source "real", or no generator.
        KeyboardInterrupt: Ctrl-C.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain, Split, from_arrays
        >>> from subband.forensics.evaluation import cross_generators
        >>> def split(name, grey):
        ...     return Split(*[from_arrays(name, np.full((4, 16, 16, 3), grey, np.uint8), Chain(16))] * 3)
        >>> sources = {"real": split("real", 50), "A": split("A", 60), "B": split("B", 40)}
        >>> def train(sources, progress):  # a detector that calls bright pictures generated
        ...     return lambda pixels: pixels.mean((1, 2, 3)) - 55
        >>> table = cross_generators(sources, train, detector="brightness", resamples=0)
        >>> table.rows["A"]["A"]["auroc"].mean, table.rows["A"]["B"]["auroc"].mean
        (1.0, 0.0)
    """
    generators = class_names(sources)[1:]
    report = progress or (lambda what, fraction: None)
    tests = {name: collect({"real": sources["real"], name: sources[name]}, "test") for name in generators}
    jobs = _jobs(generators)
    rows: dict[str, dict[str, dict[str, Score]]] = {}
    for k, (row, learnt, tested) in enumerate(jobs):
        what = f"train on {' + '.join(learnt)}" if len(learnt) < 3 else f"train on {len(learnt)} generators"
        chosen = {name: sources[name] for name in ("real", *learnt)}
        judge = train(chosen, lambda share, what=what, k=k: report(what, (k + share) / len(jobs)))
        for name in tested:
            rng = np.random.default_rng([seed, k, generators.index(name)])
            rows.setdefault(row, {})[name] = _cell(tests[name], judge(tests[name].pixels), resamples, rng)
    report("done", 1.0)
    return CrossTable(detector, generators, rows)


def trainer(name: str, recipe: Recipe, seed: int = 0) -> Train:
    """Training of a kind of `classifiers.DETECTORS` with temperature scaling; its threshold is P = ½.

    Raises:
        InvalidInput: unknown kind.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain, Split, from_arrays
        >>> from subband.forensics import Recipe
        >>> from subband.forensics.evaluation import trainer
        >>> sources = {
        ...     name: Split(*[from_arrays(name, np.full((4, 16, 16, 3), grey, np.uint8), Chain(16))] * 3)
        ...     for name, grey in (("real", 50), ("GAN", 200))
        ... }
        >>> train = trainer("linear on pixels", Recipe(steps=20, batch=4))
        >>> log_odds = train(sources, lambda share: None)
        >>> (log_odds(np.full((1, 16, 16, 3), 200, np.uint8)) > 0).tolist()
        [True]
    """
    if name not in DETECTORS:
        raise InvalidInput(f"unknown detector {name!r}: use one of {', '.join(map(repr, DETECTORS))}")

    def train(
        sources: Mapping[str, Split], progress: Callable[[float], None]
    ) -> Callable[[np.ndarray], np.ndarray]:
        learn, val = collect(sources, "train"), collect(sources, "val")
        fitted = fit_classifier(
            name, learn, val, classes=len(sources), recipe=recipe, seed=seed, progress=progress
        )
        if fitted.interrupted:
            raise interruption(fitted.signal)
        t = temperature(logits_of(fitted.classifier, val.pixels), val.labels, val.weights)
        return lambda pixels: log_odds(logits_of(fitted.classifier, pixels) / t)

    return train


def _jobs(generators: tuple[str, ...]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(row of the table, generators to learn from, generators to test) of each training, without repetitions."""
    jobs: list[tuple[str, tuple[str, ...], tuple[str, ...]]]
    jobs = [(name, (name,), generators) for name in generators]
    if len(generators) > 1:
        jobs.append((ALL, generators, generators))
        jobs += [
            (OTHERS, tuple(other for other in generators if other != name), (name,)) for name in generators
        ]
    return jobs


def _cell(test: Examples, score: np.ndarray, resamples: int, rng: np.random.Generator) -> dict[str, Score]:
    labels, common = test.generated, {"groups": test.scenes, "resamples": resamples, "rng": rng}
    number = photographs_of_ranking(labels, test.scenes)
    return {
        "auroc": interval_of(auroc, labels, score, photographs=number, **common),
        "balanced_accuracy": interval_of(balanced_accuracy, labels, (score >= 0).astype(np.int64), **common),
    }
