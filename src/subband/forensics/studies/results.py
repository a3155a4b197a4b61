"""Results of a detector study."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from signal import SIGINT
from typing import Any

import numpy as np

from subband.forensics.detectors.detector import Detector
from subband.forensics.evaluation.control import ControlResult
from subband.forensics.evaluation.scores import Score
from subband.forensics.explanation.fingerprint import PacketStatistics
from subband.forensics.explanation.saliency import Saliency
from subband.forensics.training.fit import Convergence, Recipe


@dataclass(frozen=True)
class DetectorRow:
    """Scores of one detector on the test images, over seeds.

    Attributes:
        name: key of `classifiers.DETECTORS`.
        parameters: number of trainable parameters.
        scores: by name. "accuracy" (unweighted), "balanced accuracy", "auroc", "average precision", "tpr at
            1% fpr" and "tpr at 5% fpr" of real versus generated; "ece", "ece before calibration" and "brier"
            of P(generated); "attribution": balanced accuracy of the predicted source. The first three and the
            last have intervals.
        sources: source → accuracy of real versus generated on its images.

    Example:
        >>> from subband.forensics import DetectorRow, Score
        >>> sources = {"real": Score(0.95, 0.0, (0.95,)), "GAN": Score(0.7, 0.0, (0.7,))}
        >>> DetectorRow("linear on packets", 1000, scores={}, sources=sources).worst_source
        'GAN'
    """

    name: str
    parameters: int
    scores: Mapping[str, Score]
    sources: Mapping[str, Score]

    @property
    def worst_source(self) -> str:
        """The source with the lowest accuracy."""
        return min(self.sources, key=lambda source: self.sources[source].mean)


@dataclass(frozen=True, eq=False)
class Reliability:
    """Calibration curve over B bins.

    Attributes:
        predicted: (B,) mean predicted probability of "generated".
        observed: (B,) observed frequency of "generated".
        count: (B,) number of images.
        error: expected calibration error.
    """

    predicted: np.ndarray
    observed: np.ndarray
    count: np.ndarray
    error: float


@dataclass(frozen=True)
class Levelled:
    """Scores of the selected detector, trained anew on pictures that were all compressed alike first.

    Attributes:
        detector: key of `classifiers.DETECTORS`.
        accuracy: balanced accuracy of real versus generated on the test images.
        auroc: of the same.

    Example:
        >>> from subband.forensics import Levelled, Score
        >>> accuracy, auroc = Score(0.8, 0.0, (0.8,), (0.7, 0.9)), Score(0.9, 0.0, (0.9,), (0.8, 0.95))
        >>> Levelled("linear on packets", accuracy, auroc).above_chance
        True
    """

    detector: str
    accuracy: Score
    auroc: Score

    @property
    def above_chance(self) -> bool | None:
        """Whether both intervals lie above ½; None without intervals."""
        if self.accuracy.interval is None or self.auroc.interval is None:
            return None
        return min(self.accuracy.interval[0], self.auroc.interval[0]) > 0.5

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "detector": self.detector,
            "accuracy": self.accuracy.to_json(),
            "auroc": self.auroc.to_json(),
            "above_chance": self.above_chance,
        }


@dataclass(frozen=True, eq=False)
class Study:
    """Results of a detector study.

    Attributes:
        classes: "real", then the generated sources.
        recipe: training hyperparameters.
        rows: scores of the detectors with at least one finished seed.
        curves: detector → validation curve of each finished seed.
        kept: the selected detector: lowest mean validation loss over seeds, and its seed of lowest loss.
        kept_name: name of the selected detector.
        kept_seed: seed of the selected detector.
        confusion: (K, K) confusion matrix of the selected detector on the test images: row true source,
            column predicted source.
        reliability: calibration curve of the selected detector on the test images.
        statistics: source → ln-packet statistics of its training images.
        saliency: detector → source → saliency maps on test images, of its first seed.
        controls: "delivered", "stored" and "compression" → result of the format-only control; "compression" sees
            only container and quantisation table of the delivered files.
        levelled: scores after a common compression of all pictures; None if that was not asked for.
        interrupted: the interrupted stage, or None.
        signal: the signal that interrupted it, SIGINT or SIGTERM.
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
    levelled: Levelled | None
    interrupted: str | None
    signal: int = SIGINT

    @property
    def steps(self) -> int:
        """Number of training steps of each detector."""
        return self.recipe.steps

    @property
    def batch(self) -> int:
        """Images per training step."""
        return self.recipe.batch

    def row(self, name: str) -> DetectorRow:
        """The scores of a detector."""
        return next(row for row in self.rows if row.name == name)

    def to_json(self) -> dict[str, Any]:
        """All numbers as JSON values; reproducible for equal images and settings."""
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
            "levelled": None if self.levelled is None else self.levelled.to_json(),
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
