"""Figures of the report on detectors: titles, captions, and the arrays passed to `subband.plots`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from subband import plots
from subband.forensics.evaluation import AS_IS, FAMILIES, OTHERS, DetectorResult, Evaluation
from subband.forensics.evaluation.scores import Score
from subband.lab.figures import embedded, shown_width
from subband.runs.progress import Advance


@dataclass(frozen=True)
class Panel:
    """One figure of the report.

    Attributes:
        key: Name of its file.
        detector: Detector that it is about; empty for one about all.
        title: Title in the report.
        reading: Caption.
        png: The file.
    """

    key: str
    detector: str
    title: str
    reading: str
    png: bytes

    @property
    def width(self) -> int:
        """Display width in CSS pixels."""
        return shown_width(self.png)

    @property
    def base64(self) -> str:
        """Base64 text of the file, for a data URL."""
        return embedded(self.png)


Maker = tuple[str, str, str, str, Callable[[], "plots.Figure"]]
"""key, detector, title, caption, figure."""


def draw(found: Evaluation, advance: Advance) -> list[Panel]:
    """Draw every figure that has results."""
    makers = [*_common(found), *_cross(found)]
    for k, (name, result) in enumerate(found.detectors.items(), start=1):
        makers += _of_detector(found, name, result, k)
    panels = []
    for k, (key, detector, title, reading, maker) in enumerate(makers):
        advance(k, len(makers), title)
        panels.append(Panel(key, detector, title, reading, plots.png(maker())))
    return panels


def _common(found: Evaluation) -> list[Maker]:
    if not found.detectors:
        return []
    firm = {
        name: (row.pooled["false_alarms"].mean, row.pooled["detected"].mean)
        for name, row in found.detectors.items()
    }
    chosen = {
        name: (row.pooled["answered"].mean, row.pooled["error_among_answered"].mean)
        for name, row in found.detectors.items()
    }
    makers: list[Maker] = [
        (
            "roc", "", "Found and falsely accused",
            "Every possible threshold at once. The diamond is what the detector's own verdicts do, at the "
            "threshold it "
            "was saved with; any other point of the curve needs a threshold chosen on these pictures.",
            lambda: plots.roc({name: row.roc for name, row in found.detectors.items()}, chosen=firm),
        ),
        (
            "risk-coverage", "", "Errors among the answers",
            "If only the surest pictures were answered: the share of wrong answers against the share of "
            "pictures with "
            "one. The curve of a detector that knows when it is wrong rises to the right. The diamond: its own "
            "verdicts, “can't tell” left out.",
            lambda: plots.risk_coverage(
                {name: row.risk for name, row in found.detectors.items()}, chosen=chosen
            ),
        ),
        (
            "generators", "", "AUROC by generator",
            "Each generator against all photographs. Guessing gives 50 (white).",
            lambda: _by_generator(found),
        ),
    ]  # fmt: skip
    panels = _robustness(found.detectors, "auroc")
    if panels:
        makers.append(
            (
                "robustness", "", "AUROC under changes of the pictures",
                "The same change for photographs and generated pictures, from mild (left) to severe. Hollow dots: "
                "pictures as delivered. Bands: 95 % intervals by photograph. Dotted: guessing.",
                lambda: plots.robustness(
                    panels,
                    axes_labels={kind: FAMILIES[kind].axis for kind in panels},
                    untouched={kind: FAMILIES[kind].untouched for kind in panels},
                    score="AUROC (%)",
                    level=0.5,
                ),
            )
        )  # fmt: skip
    return makers


def _of_detector(found: Evaluation, name: str, result: DetectorResult, number: int) -> list[Maker]:
    pictures, threshold = found.pictures, result.card.threshold
    real = pictures.kind == "real"

    def spread() -> "plots.Figure":
        def scores(chosen: np.ndarray) -> dict[str, np.ndarray]:
            origins = [str(origin) for origin in np.unique(pictures.origin[chosen])]
            return {origin: result.answers.score[chosen & (pictures.origin == origin)] for origin in origins}

        return plots.score_spread(
            scores(real), scores(~real), threshold=math.log(threshold / (1 - threshold)), title=name
        )

    def calibration() -> "plots.Figure":
        curve = result.reliability
        return plots.reliability(
            np.nan_to_num(curve.predicted), np.nan_to_num(curve.observed), curve.count,
            error=result.pooled["ece"].mean, title="Calibration",
        )  # fmt: skip

    makers: list[Maker] = [
        (
            f"scores-{number}", name, "Scores by source",
            "Blue: photographs, vermilion: generated pictures. Dots are medians, bars quartiles, lines 5 "
            "to 95 %; at the "
            "right the number of pictures. Dashed: the threshold of forced answers. A source of "
            "photographs that lies to "
            "the right of the others is accused more often.",
            spread,
        ),
        (
            f"calibration-{number}", name, "Calibration",
            "Observed share of generated pictures against the stated probability, where both classes "
            "weigh the same.",
            calibration,
        ),
    ]  # fmt: skip
    if name in found.bands:
        makers.append(
            (
                f"bands-{number}", name, "Accuracy without each band",
                "Left: what the balanced accuracy loses when one band of the pictures is removed; low frequencies "
                "are top left. Right: what is left without a group of bands; the grey strip is one standard error.",
                lambda: plots.ablation(found.bands[name]),
            )
        )  # fmt: skip
    changed = {key: row for key, row in result.conditions.items() if key != AS_IS}
    if changed:
        shifts = {
            key: {kind: _ends(score) for kind, score in row.shift.items()} for key, row in changed.items()
        }
        makers.append(
            (
                f"shift-{number}", name, "Shift of the score",
                "Mean change of each picture's score by a change of the picture, for photographs and for generated "
                "pictures. Both dots on one side: the threshold no longer fits. Dots apart: the two kinds "
                "of pictures "
                "come closer or move away from each other.",
                lambda: plots.score_shift(shifts, title=name),
            )
        )  # fmt: skip
    return makers


def _cross(found: Evaluation) -> list[Maker]:
    cross = found.cross
    if cross is None:
        return []

    def table() -> "plots.Figure":
        values = np.array(
            [
                [_mean(row, tested) for tested in cross.generators]
                for row in cross.rows.values()
            ]
        )  # fmt: skip
        return plots.score_table(
            values, list(cross.rows), cross.generators, score="AUROC (%)", x="tested on", y="trained on",
            apart=2 if OTHERS in cross.rows else 0,
        )  # fmt: skip

    return [
        (
            "cross", "", "Trained on one generator, tested on another",
            f"AUROC of the {cross.detector}, trained here. Each row learnt from one generator and half of the "
            "photographs; the last row never saw the generator that it is tested on. Guessing gives 50 (white).",
            table,
        )
    ]  # fmt: skip


def _mean(row: Mapping[str, Mapping[str, Score]], tested: str) -> float:
    return row[tested]["auroc"].mean if tested in row else float("nan")


def _by_generator(found: Evaluation) -> "plots.Figure":
    generators = sorted({name for row in found.detectors.values() for name in row.generators})
    values = np.array(
        [[row.generators[name]["auroc"].mean for row in found.detectors.values()] for name in generators]
    )
    return plots.score_table(values, generators, list(found.detectors), score="AUROC (%)")


def _robustness(
    detectors: Mapping[str, DetectorResult], key: str
) -> dict[str, dict[str, "plots.Robustness"]]:
    panels: dict[str, dict[str, plots.Robustness]] = {}
    for name, result in detectors.items():
        plain = result.conditions[AS_IS].scores[key]
        for kind, family in FAMILIES.items():
            rows = [row for row in result.conditions.values() if row.family == kind]
            if not rows:
                continue
            points = [(row.strength, *_ends(row.scores[key])) for row in rows]
            if family.untouched is not None:
                points.insert(0, (family.untouched, *_ends(plain)))
            columns = np.array(points, dtype=np.float64).T
            panels.setdefault(kind, {})[name] = plots.Robustness(*columns)
    return panels


def _ends(score: Score) -> tuple[float, float, float]:
    low, high = score.interval or (float("nan"), float("nan"))
    return score.mean, low, high
