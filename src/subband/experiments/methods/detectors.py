"""Training of detectors with equal processor time, and their scores on test images."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from subband.forensics import Classifier, Convergence, Examples, Recipe, fit_classifier, temperature
from subband.forensics.networks.predict import log_odds, logits_of, probability_generated
from subband.forensics.training.fit import Fitted
from subband.metrics import accuracy, auroc, bootstrap_interval, expected_calibration_error
from subband.runs.files import write_json
from subband.runs.interrupt import interruption
from subband.training.state import STATE

TRIAL, SAMPLE = 12, 1000  # steps and images of the timing run
RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class Run:
    """What a training gave and cost; plain arrays, so that processes can hand it over.

    Attributes:
        curve: on the validation images.
        logits: name of a set of images → (N, classes) calibrated logits: means over an image and its mirror image,
            divided by the temperature.
        temperature: fitted on the validation images.
        steps: number of training steps.
        seconds: processor time of the training, with the validations of its curve.
        parameters: number of weights.
        classifier: if it was to be kept.
    """

    curve: Convergence
    logits: dict[str, np.ndarray]
    temperature: float
    steps: int
    seconds: float
    parameters: int
    classifier: Classifier | None = None


def run_detector(
    name: str,
    train: Examples,
    val: Examples,
    judged: Mapping[str, np.ndarray],
    recipe: Recipe,
    seconds: float,
    *,
    seed: int,
    classes: int = 2,
    keep: bool = False,
    folder: Path | None = None,
) -> Run:
    """Train for a given processor time, calibrate, and judge images.

    The number of steps follows from a short timing run.

    Args:
        name: key of `forensics.DETECTORS`.
        train: training images.
        val: validation images, for the curve and the temperature.
        judged: name → images (N, H, W, 3) uint8.
        recipe: hyperparameters, except for the steps.
        seconds: processor time of all threads together, without the timing run and without waiting.
        seed: of weights, order and flips.
        classes: number of sources.
        keep: whether the result holds the classifier, which can't be handed to another process.
        folder: where the training is kept, so that a later call goes on with it.
    """
    planned = None if folder is None else folder / "plan.json"
    if planned is not None and planned.is_file():
        steps = json.loads(planned.read_text("utf-8"))["steps"]
    else:
        steps = max(int(seconds / _step_seconds(name, train, val, recipe, classes)), 1)
        if planned is not None:
            planned.parent.mkdir(parents=True, exist_ok=True)
            write_json(planned, {"steps": steps})
    state = None if folder is None else folder / STATE
    fitted = _whole(
        name, train, val, classes=classes, recipe=replace(recipe, steps=steps), seed=seed, state=state
    )
    classifier = fitted.classifier
    calibrated = temperature(_both(classifier, val.pixels), val.labels, val.weights)
    logits = {key: _both(classifier, pixels) / calibrated for key, pixels in judged.items()}
    kept = classifier if keep else None
    return Run(fitted.curve, logits, calibrated, steps, fitted.seconds, classifier.parameters_count, kept)


def _whole(name: str, train: Examples, val: Examples, **settings: Any) -> Fitted:
    """`fit_classifier`, but a training that a signal ends early is no result."""
    fitted = fit_classifier(name, train, val, **settings)
    if fitted.interrupted:
        raise interruption(fitted.signal)
    return fitted


def _step_seconds(name: str, train: Examples, val: Examples, recipe: Recipe, classes: int) -> float:
    """Processor seconds of a typical training step."""
    few = np.linspace(0, len(train) - 1, min(len(train), SAMPLE)).round().astype(int)  # of all classes
    sample = Examples(train.pixels[few], train.labels[few], train.scenes[few])
    marks: list[float] = []
    _whole(
        name, sample, val, classes=classes, recipe=replace(recipe, steps=TRIAL, points=1), seed=0,
        progress=lambda fraction: marks.append(time.process_time()),
    )  # fmt: skip
    return float(np.median(np.diff(marks)))


def fewer(counts: tuple[int, int, int], scale: float, *, least: int = 64) -> tuple[int, int, int]:
    """Sizes of training, validation and test sets for a run of `scale` times the full length: smaller if short."""
    train, val, test = (max(int(count * min(1.0, scale)), least) for count in counts)
    return train, val, test


def _both(classifier: Classifier, pixels: np.ndarray) -> np.ndarray:
    mirrored = np.ascontiguousarray(pixels[:, :, ::-1])
    return (logits_of(classifier, pixels) + logits_of(classifier, mirrored)) / 2


@dataclass(frozen=True)
class Scores:
    """Scores of real against generated, mean over seeds, with 95 % bootstrap intervals over images."""

    ours: dict[str, float]
    uncertainty: dict[str, tuple[float, float]]


def scores(
    key: str,
    generated: np.ndarray,
    logits: Sequence[np.ndarray],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Scores:
    """Accuracy at ½, AUROC and expected calibration error of detectors on test images.

    The intervals are for the mean over seeds, by resampling the test images; they don't contain the variation
    between trainings, which is given as a standard deviation where there are several.

    Args:
        key: beginning of the names.
        generated: (N,) 0 for real, 1 for generated.
        logits: (N, classes) of each seed, calibrated.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    p = np.stack([probability_generated(found) for found in logits], axis=1)
    ranks = np.stack([log_odds(found) for found in logits], axis=1)
    metrics: dict[str, tuple[Callable[..., float], np.ndarray]] = {
        "accuracy": (
            lambda labels, answers, **k: accuracy(labels, (answers >= 0.5).astype(np.int64), **k),
            p,
        ),
        "AUROC": (auroc, ranks),
        "ECE": (expected_calibration_error, p),
    }  # type: ignore[dict-item]
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, (metric, answers) in metrics.items():

        def mean(
            labels: np.ndarray,
            columns: np.ndarray,
            weights: np.ndarray | None = None,
            metric: Callable = metric,
        ) -> np.ndarray:
            return np.mean([metric(labels, column, weights=weights) for column in columns.T], axis=0)

        ours[f"{key}, {name}"] = float(mean(generated, answers))
        rng = np.random.default_rng(seed)
        low, high = bootstrap_interval(mean, generated, answers, n=resamples, rng=rng)
        uncertainty[f"{key}, {name}"] = (low, high)
        if len(logits) > 1:
            each = [float(metric(generated, column)) for column in answers.T]
            ours[f"{key}, {name}, std over seeds"] = float(np.std(each, ddof=1))
    return Scores(ours, uncertainty)
