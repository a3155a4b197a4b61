"""Results of an evaluation: data that a report draws, and their JSON values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from subband.data.copies import Copies
from subband.data.decode import Skipped
from subband.forensics.evaluation.answers import Answers
from subband.forensics.evaluation.control import ControlResult
from subband.forensics.evaluation.cross import CrossTable
from subband.forensics.evaluation.measures import Labelled, minimum
from subband.forensics.evaluation.scores import Score
from subband.forensics.explanation.removal import BandAblation
from subband.metrics.detection import Reliability
from subband.runs.json_text import named
from subband.runs.names import printable

VERDICT_NAMES = {0: "real", 1: "generated", -1: "can't tell"}


@dataclass(frozen=True)
class Card:
    """What is known of a detector before it is evaluated.

    Attributes:
        name: In tables.
        kind: Its features and net.
        knows: Generators that it learnt from.
        threshold: Probability from which a forced answer is "generated", as saved.
        size: Side of its crops in pixels.
    """

    name: str
    kind: str
    knows: tuple[str, ...]
    threshold: float
    size: int


@dataclass(frozen=True)
class Photographs:
    """Answers for the photographs of one source.

    Attributes:
        pictures: How many.
        false_alarms: Share that is called generated, with Wilson's interval over photographs.
        answered: Share with an answer.
        score: Mean log-odds of "generated".

    Example:
        >>> from subband.forensics import Score
        >>> from subband.forensics.evaluation import Photographs
        >>> phone = Photographs(100, Score(0.02, 0.0, (0.02,), (0.006, 0.07)), answered=0.9, score=-3.1)
        >>> phone.false_alarms.mean, phone.false_alarms.interval
        (0.02, (0.006, 0.07))
    """

    pictures: int
    false_alarms: Score
    answered: float
    score: float


@dataclass(frozen=True)
class ConditionRow:
    """Scores under one condition, and what the condition changed.

    Attributes:
        family: see `conditions.Condition`.
        strength: see `conditions.Condition`.
        scores: Those of `measures.SCORES`.
        shift: "real" and "generated" → mean change of the log-odds by the condition, picture by picture.
        flips: Share of the firm verdicts on unchanged pictures that turn into the other firm verdict.
        withdrawn: Share of the firm verdicts that turn into "can't tell".
        refused: Pictures that the detector can't take any more.

    Example:
        >>> from subband.forensics import Score
        >>> from subband.forensics.evaluation import ConditionRow
        >>> auroc, few, less = (Score(x, 0.0, (x,)) for x in (0.8, 0.1, -2.0))
        >>> shift = {"real": few, "generated": less}
        >>> row = ConditionRow("JPEG", 50.0, {"auroc": auroc}, shift, flips=few, withdrawn=0.2, refused=0)
        >>> row.strength, row.shift["generated"].mean  # compressed, generated pictures look more real
        (50.0, -2.0)
    """

    family: str
    strength: float
    scores: Mapping[str, Score]
    shift: Mapping[str, Score]
    flips: Score
    withdrawn: float
    refused: int


@dataclass(frozen=True, eq=False)
class DetectorResult:
    """All that was found of one detector.

    Attributes:
        card: What is known of it.
        answers: For the pictures as delivered.
        pooled: Scores over all pictures; generators weigh the same.
        generators: Generator → scores on it and all photographs.
        photographs: Source of photographs → answers for them.
        conditions: Name → scores under a condition; the first is "as delivered".
        reliability: Calibration curve, with equal weights of the classes.
        risk: Risk–coverage curve of the forced answers, (coverage, risk).
        roc: Receiver operating characteristic, (false positive rate, true positive rate).

    Example:
        >>> import numpy as np
        >>> from subband.forensics import Score
        >>> from subband.forensics.evaluation import SCORES, Answer, Answers, Card, DetectorResult
        >>> from subband.metrics import reliability
        >>> answers, line = Answers.of([Answer(2.0, 0.88, 1), Answer(-2.0, 0.12, 0)]), np.array([0.0, 1.0])
        >>> rows = {name: dict.fromkeys(SCORES, Score(x, 0.0, (x,))) for name, x in (("GAN", 0.9), ("LDM", 0.6))}
        >>> found = DetectorResult(
        ...     Card("mine", "linear on packets", ("GAN",), 0.5, 64), answers, pooled={}, generators=rows,
        ...     photographs={}, conditions={}, reliability=reliability(np.array([1, 0]), answers.probability),
        ...     risk=(line, line), roc=(line, line),
        ... )
        >>> found.worst["auroc"]
        ('LDM', 0.6)
    """

    card: Card
    answers: Answers
    pooled: Mapping[str, Score]
    generators: Mapping[str, Mapping[str, Score]]
    photographs: Mapping[str, Photographs]
    conditions: Mapping[str, ConditionRow]
    reliability: Reliability
    risk: tuple[np.ndarray, np.ndarray]
    roc: tuple[np.ndarray, np.ndarray]

    @property
    def worst(self) -> dict[str, tuple[str, float]]:
        """Score → the generator with its worst value, and the value."""
        return minimum(self.generators)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Results of an evaluation.

    Attributes:
        pictures: The evaluated pictures.
        names: Their files.
        detectors: Name → results.
        control: Scores of a classifier on the files' metadata; None with too few pictures.
        copies: Generated source → (pictures equal to a photograph, pictures that look like one).
        skipped: Files that couldn't be read.
        cross: Scores of detectors trained on some generators, or None.
        bands: Detector → accuracy that survives without each band; empty if that was not asked for.
        interrupted: Whether Ctrl-C ended the evaluation early.

    Example:
        >>> import numpy as np
        >>> from subband.forensics.evaluation import Evaluation, Labelled
        >>> kind = np.array(["real", "GAN", "GAN"])
        >>> origin = np.array(["phone", "GAN", "GAN"])
        >>> pictures = Labelled((kind != "real").astype(int), kind, origin, scene=np.arange(3))
        >>> Evaluation(pictures, ("a.jpg", "b.png", "c.png"), {}, control=None, copies={}).counts()
        {'GAN': {'GAN': 2}, 'real': {'phone': 1}}
    """

    pictures: Labelled
    names: tuple[str, ...]
    detectors: Mapping[str, DetectorResult]
    control: ControlResult | None
    copies: Mapping[str, Copies]
    skipped: tuple[Skipped, ...] = ()
    cross: CrossTable | None = None
    bands: Mapping[str, BandAblation] = field(default_factory=dict)
    interrupted: bool = False

    @staticmethod
    def empty() -> "Evaluation":
        """An evaluation of no detector, to hold the scores across generators."""
        none = np.zeros(0, dtype=np.int64)
        return Evaluation(Labelled(none, none.astype(str), none.astype(str), none), (), {}, None, {})

    def counts(self) -> dict[str, dict[str, int]]:
        """Kind → origin → number of pictures."""
        found: dict[str, dict[str, int]] = {}
        for kind, origin in zip(self.pictures.kind, self.pictures.origin, strict=True):
            row = found.setdefault(str(kind), {})
            row[str(origin)] = row.get(str(origin), 0) + 1
        return {kind: dict(sorted(row.items())) for kind, row in sorted(found.items())}

    def to_json(self) -> dict[str, Any]:
        """All numbers as JSON values, undefined ones as None; reproducible for equal pictures and settings."""
        control = self.control
        found = {
            "chance": 0.5,
            "pictures": self.counts(),
            "scenes": len(np.unique(self.pictures.scene)),
            "copies": {name: found._asdict() for name, found in self.copies.items()},
            "control": None
            if control is None
            else {
                "accuracy": control.accuracy.to_json(),
                "auroc": control.auroc.to_json(),
                "at_chance": control.at_chance,
                "columns": list(control.columns),
            },
            "detectors": {name: _detector(found) for name, found in self.detectors.items()},
            "cross": None if self.cross is None else self.cross.to_json(),
            "bands": {name: found.to_json() for name, found in self.bands.items()},
            "skipped": [{**named("name", item.name), "reason": item.reason} for item in self.skipped],
            "interrupted": self.interrupted,
        }
        return {key: _defined(value) for key, value in found.items()}

    def table(self) -> list[list[str]]:
        """One row per picture for answers.csv, the header first."""
        header = ["detector", "kind", "origin", "file", "verdict", "probability_generated", "score"]
        rows = [header]
        for name, found in self.detectors.items():
            for k, file in enumerate(self.names):
                rows.append(
                    [
                        printable(name),
                        printable(str(self.pictures.kind[k])),
                        printable(str(self.pictures.origin[k])),
                        printable(file),
                        VERDICT_NAMES[int(found.answers.verdict[k])],
                        f"{found.answers.probability[k]:.6g}",
                        f"{found.answers.score[k]:.6g}",
                    ]
                )
        return rows


def _detector(found: DetectorResult) -> dict[str, Any]:
    card = found.card
    return {
        "kind": card.kind,
        "knows": list(card.knows),
        "threshold": card.threshold,
        "size": card.size,
        "pooled": _scores(found.pooled),
        "generators": {name: _scores(row) for name, row in found.generators.items()},
        "worst_generator": {
            key: {"generator": name, "value": value} for key, (name, value) in found.worst.items()
        },
        "photographs": {
            name: {
                "pictures": row.pictures,
                "false_alarms": row.false_alarms.to_json(),
                "answered": row.answered,
                "mean_score": row.score,
            }
            for name, row in found.photographs.items()
        },
        "conditions": {
            name: {
                "family": row.family,
                "strength": row.strength,
                "scores": _scores(row.scores),
                "shift": {kind: score.to_json() for kind, score in row.shift.items()},
                "flips": row.flips.to_json(),
                "withdrawn": row.withdrawn,
                "refused": row.refused,
            }
            for name, row in found.conditions.items()
        },
        "reliability": {
            "predicted": found.reliability.predicted.tolist(),
            "observed": found.reliability.observed.tolist(),
            "weight": found.reliability.count.tolist(),
        },
        "risk_coverage": {"coverage": found.risk[0].tolist(), "risk": found.risk[1].tolist()},
        "roc": {"fpr": found.roc[0].tolist(), "tpr": found.roc[1].tolist()},
    }


def _scores(row: Mapping[str, Score]) -> dict[str, Any]:
    return {key: score.to_json() for key, score in row.items()}


def _defined(value: Any) -> Any:
    """NaN and infinity as None, which JSON has."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _defined(item) for key, item in value.items()}
    return [_defined(item) for item in value] if isinstance(value, list) else value
