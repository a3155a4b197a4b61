"""What a study found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from signal import SIGINT
from typing import Any

import numpy as np

from subband.forensics.control import ControlResult
from subband.forensics.detector import Detector
from subband.forensics.explain import Saliency
from subband.forensics.fingerprint import PacketStatistics
from subband.forensics.fit import Convergence, Recipe
from subband.forensics.scores import Score


@dataclass(frozen=True)
class DetectorRow:
    """One detector on the test images, over seeds.

    Attributes:
        name: one of `classifiers.DETECTORS`.
        parameters: how many it has.
        scores: by name. "accuracy" (plain), "balanced accuracy", "auroc", "average precision", "tpr at 1%
            fpr" and "tpr at 5% fpr" are of real against generated; "ece", "ece before calibration" and
            "brier" of its probability; "attribution" is the mean over sources of the share named rightly.
            The first three and the last have intervals.
        sources: source → share of its images whose verdict, real or generated, is right.
    """

    name: str
    parameters: int
    scores: Mapping[str, Score]
    sources: Mapping[str, Score]

    @property
    def worst_source(self) -> str:
        """The source with the lowest share of right verdicts."""
        return min(self.sources, key=lambda source: self.sources[source].mean)


@dataclass(frozen=True, eq=False)
class Reliability:
    """Said and true: mean probability "generated" `said` (B,), share generated `happened` (B,), `count`
    (B,).
    """

    said: np.ndarray
    happened: np.ndarray
    count: np.ndarray
    error: float


@dataclass(frozen=True, eq=False)
class Study:
    """Everything a report needs.

    Attributes:
        classes: "real", then the generated sources.
        recipe: how the detectors were trained.
        rows: the detectors of which at least one seed was finished.
        curves: detector → a curve for each finished seed.
        kept: the detector to keep: of the lowest mean validation loss, its seed of the lowest one.
        kept_name: its row.
        kept_seed: its seed.
        confusion: (K, K) of the kept detector on the test images: row true source, column answer.
        reliability: of the kept detector on the test images.
        statistics: source → ln-packets of its training images.
        saliency: detector → source → mean absolute gradients on test images, of its first seed.
        controls: "delivered" and "stored" → the format-only control.
        interrupted: the stage that Ctrl-C ended, or None.
        signal: SIGINT, or SIGTERM if that ended it.
    """

    classes: tuple[str, ...]
    recipe: Recipe
    rows: tuple[DetectorRow, ...]
    curves: Mapping[str, tuple[Convergence, ...]]
    kept: Detector
    kept_name: str
    kept_seed: int
    confusion: np.ndarray
    reliability: Reliability
    statistics: Mapping[str, PacketStatistics]
    saliency: Mapping[str, Mapping[str, Saliency]]
    controls: Mapping[str, ControlResult]
    interrupted: str | None
    signal: int = SIGINT

    @property
    def steps(self) -> int:
        """Training steps of each detector."""
        return self.recipe.steps

    @property
    def batch(self) -> int:
        """Images in a step."""
        return self.recipe.batch

    def row(self, name: str) -> DetectorRow:
        """Return the row of a detector."""
        return next(row for row in self.rows if row.name == name)

    def to_json(self) -> dict[str, Any]:
        """Every number as plain JSON values; equal for equal images and settings."""
        kept = self.row(self.kept_name)
        return {
            "chance": 0.5,
            "classes": list(self.classes),
            "training": asdict(self.recipe),
            "detectors": {row.name: _row(row) for row in self.rows},
            "convergence": {name: _curves(curves) for name, curves in self.curves.items()},
            "kept": {
                "detector": self.kept_name,
                "seed": self.kept_seed,
                "temperature": self.kept.config.temperature,
                "worst_source": kept.worst_source,
                "ece": self.reliability.error,
            },
            "attribution": {
                "names": list(self.classes),
                "detector": self.kept_name,
                "accuracy": kept.scores["attribution"].to_json(),
                "confusion": self.confusion.tolist(),
            },
            "packets": {
                source: {"mean": found.mean.tolist(), "std": found.std.tolist(), "images": found.images}
                for source, found in self.statistics.items()
            },
            "controls": {
                path: {
                    "accuracy": found.accuracy.to_json(),
                    "auroc": found.auroc.to_json(),
                    "at_chance": found.at_chance,
                    "columns": list(found.columns),
                }
                for path, found in self.controls.items()
            },
            "interrupted": self.interrupted,
        }


def _row(row: DetectorRow) -> dict[str, Any]:
    scores = {name.replace(" ", "_").replace("%", ""): score.to_json() for name, score in row.scores.items()}
    sources = {source: score.to_json() for source, score in row.sources.items()}
    return {"parameters": row.parameters, **scores, "sources": sources, "worst_source": row.worst_source}


def _curves(curves: tuple[Convergence, ...]) -> dict[str, Any]:
    return {
        "steps": curves[0].steps.tolist(),
        "accuracy": [curve.accuracy.tolist() for curve in curves],
        "loss": [curve.loss.tolist() for curve in curves],
    }
