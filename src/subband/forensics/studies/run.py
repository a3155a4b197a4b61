"""Detector study: training over several seeds, evaluation on held-out scenes, calibration and controls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from signal import SIGINT, SIGTERM

import numpy as np

from subband.data.chain import Chain
from subband.data.imageset import Split
from subband.errors import InvalidInput
from subband.forensics.calibration.freeze import calibrated_on_crops
from subband.forensics.detectors.detector import Detector, config_of
from subband.forensics.evaluation.control import ControlResult, format_control
from subband.forensics.evaluation.scores import Score, interval_of, over_seeds, photographs_of_ranking
from subband.forensics.explanation.fingerprint import packet_statistics
from subband.forensics.explanation.saliency import Saliency, saliency
from subband.forensics.networks.predict import log_odds, logits_of, probabilities, probability_generated
from subband.forensics.networks.registry import DETECTORS, Classifier, Shape, studied
from subband.forensics.networks.temperature import temperature
from subband.forensics.studies.results import DetectorRow, Levelled, Reliability, Study
from subband.forensics.training.fit import Convergence, Recipe, fit_classifier
from subband.forensics.training.labelled import Examples, class_names, collect
from subband.forensics.training.rates import within
from subband.metrics import (
    accuracy,
    auroc,
    average_precision,
    balanced_accuracy,
    brier,
    confusion_matrix,
    expected_calibration_error,
    reliability,
    tpr_at_fpr,
)
from subband.runs.interrupt import Terminated, interruption

Progress = Callable[[str, float], None]
"""Callback with the current stage and the completed fraction of the study."""

LOSSLESS = "PNG"
LEVELLED = (
    2.0  # trainings that the one on pictures compressed alike counts as; it may be of the slowest detector
)


@dataclass(frozen=True)
class StudySettings:
    """Settings of a study.

    Attributes:
        seeds: number of trainings of each detector, with the seeds seed, seed + 1, …
        seed: first seed, and seed of the bootstrap.
        recipe: training hyperparameters.
        seconds: nominal time for all trainings, which sets the steps of the recipe; None keeps them.
        detectors: keys of `classifiers.DETECTORS`; by default those made for comparison.
        chain: preprocessing chain of the images; None for crops of their size, stored as PNG.
        resamples: bootstrap resamples of each interval.
        explained: maximal number of test images per source for saliency maps.

    Raises:
        InvalidInput: no seeds or detectors, or an unknown detector.
    """

    seeds: int = 3
    seed: int = 0
    recipe: Recipe = field(default_factory=Recipe)
    seconds: float | None = None
    detectors: tuple[str, ...] = field(default_factory=studied)
    chain: Chain | None = None
    resamples: int = 1000
    explained: int = 64

    def __post_init__(self) -> None:
        unknown = [name for name in self.detectors if name not in DETECTORS]
        if unknown or not self.detectors:
            raise InvalidInput(f"detectors are {list(self.detectors)}: use some of {', '.join(DETECTORS)}")
        if self.seeds < 1 or self.seed < 0 or self.explained < 1:
            raise InvalidInput(
                f"seeds={self.seeds}, seed={self.seed}, explained={self.explained}: use at least 1, 0 and 1"
            )


@dataclass(frozen=True, eq=False)
class _Run:
    """One trained seed: temperature and loss on validation images, logits on test images."""

    seed: int
    classifier: Classifier
    curve: Convergence
    temperature: float
    loss: float
    logits: np.ndarray


def study(
    sources: Mapping[str, Split],
    settings: StudySettings | None = None,
    progress: Progress | None = None,
    *,
    levelled: Mapping[str, Split] | None = None,
) -> Study:
    """Train detectors of generated images and evaluate them on held-out scenes.

    Args:
        sources: source → its train/val/test split; "real" is required.
        settings: defaults to `StudySettings()`.
        progress: callback with the stage and the completed fraction.
        levelled: the same sources after a common compression of their pictures (`subband.data.history`), for which
            the selected detector is trained once more; see `compression_differs`.

    Returns:
        The results. After Ctrl-C, those of the finished trainings, with `interrupted` set.

    Raises:
        DataError: a source has too few images.
        InvalidInput: images of different sizes, or not uint8.
        BudgetError: `settings.seconds` is too short.
        KeyboardInterrupt: Ctrl-C before the first training finished.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain, Split, from_arrays
        >>> from subband.forensics import Recipe, StudySettings, study
        >>> def source(name, grey):
        ...     pixels = np.random.default_rng(grey).integers(grey, grey + 9, (8, 16, 16, 3), dtype=np.uint8)
        ...     return Split(*[from_arrays(name, pixels, Chain(16))] * 3)
        >>> recipe = Recipe(steps=10, batch=8, level=1)
        >>> settings = StudySettings(1, recipe=recipe, detectors=("linear on pixels",), resamples=0, explained=2)
        >>> found = study({"real": source("real", 60), "GAN": source("GAN", 180)}, settings)
        >>> found.kept_name, found.confusion.tolist()
        ('linear on pixels', [[8, 0], [0, 8]])
    """
    settings, report = settings or StudySettings(), progress or (lambda stage, fraction: None)
    classes = class_names(sources)
    train, val, test = (collect(sources, part) for part in ("train", "val", "test"))
    size, recipe = train.pixels.shape[1], settings.recipe
    if settings.seconds is not None:
        trainings = settings.seeds * len(settings.detectors)
        share = trainings / (trainings + (LEVELLED if levelled else 0))
        recipe = within(
            share * settings.seconds, recipe, settings.detectors,
            size=size, classes=len(classes), seeds=settings.seeds,
        )  # fmt: skip
    stage = "control"
    report(stage, 0.0)
    controls = _controls(train, test, settings)
    runs: dict[str, list[_Run]] = {}
    interrupted, signal = None, SIGINT
    jobs = [
        (name, seed)
        for seed in range(settings.seed, settings.seed + settings.seeds)
        for name in settings.detectors
    ]
    try:
        for k, (name, seed) in enumerate(jobs):
            stage = f"{name}, seed {seed}"
            run = _run(
                name, seed, train, val, test, len(classes), recipe,
                lambda fraction, stage=stage, k=k: report(stage, (k + fraction) / len(jobs)),
            )  # fmt: skip
            runs.setdefault(name, []).append(run)
    except KeyboardInterrupt as stop:
        if not runs:
            raise
        interrupted, signal = stage, SIGTERM if isinstance(stop, Terminated) else SIGINT
    again = None
    if levelled is not None and interrupted is None:
        kept_name, stage = _selected(runs), "compressed alike"
        try:
            again = _levelled(kept_name, levelled, recipe, settings, lambda fraction: report(stage, 1.0))
        except KeyboardInterrupt as stop:
            interrupted, signal = stage, SIGTERM if isinstance(stop, Terminated) else SIGINT
    report("measuring", 1.0)
    runs = {name: runs[name] for name in settings.detectors if name in runs}
    found = _measure(classes, runs, train, val, test, controls, recipe, settings, interrupted)
    return replace(found, levelled=again, signal=signal)


def _run(
    name: str,
    seed: int,
    train: Examples,
    val: Examples,
    test: Examples,
    classes: int,
    recipe: Recipe,
    progress: Callable[[float], None],
) -> _Run:
    fitted = fit_classifier(name, train, val, classes=classes, recipe=recipe, seed=seed, progress=progress)
    if fitted.interrupted:
        raise interruption(fitted.signal)
    logits = logits_of(fitted.classifier, val.pixels)
    t = temperature(logits, val.labels, val.weights)
    likely = np.maximum(probabilities(logits, t)[np.arange(len(val)), val.labels], 1e-300)
    loss = float(np.average(-np.log(likely), weights=val.weights))
    return _Run(seed, fitted.classifier, fitted.curve, t, loss, logits_of(fitted.classifier, test.pixels))


def compression_differs(sources: Mapping[str, Split], *, seed: int = 0, resamples: int = 1000) -> bool:
    """Whether the classes can be told by container and quantisation tables of the delivered files.

    Undecided controls, with too few photographs for an interval, count as a difference if they are right more often
    than not.

    Raises:
        DataError, InvalidInput: see `study`.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain, Split, from_arrays
        >>> from subband.forensics import compression_differs
        >>> def source(name):  # arrays were never files, so nothing tells them apart
        ...     return Split(*[from_arrays(name, np.zeros((4, 16, 16, 3), np.uint8), Chain(16))] * 3)
        >>> compression_differs({"real": source("real"), "GAN": source("GAN")})
        False
    """
    found = _compression(collect(sources, "train"), collect(sources, "test"), seed, resamples)
    return found.auroc.mean > 0.5 if found.at_chance is None else not found.at_chance


def _compression(train: Examples, test: Examples, seed: int, resamples: int) -> ControlResult:
    generated = np.concatenate([train.generated, test.generated])
    return format_control(
        (*train.delivered, *test.delivered), generated,
        np.concatenate([train.scenes, test.scenes + train.scenes.max() + 1]),
        np.arange(len(generated)) < len(train),
        size=False, dimensions=False, resamples=resamples, rng=np.random.default_rng([seed, 2]),
    )  # fmt: skip


def _selected(runs: Mapping[str, list[_Run]]) -> str:
    """The detector with the lowest mean validation loss; test images choose nothing."""
    return min(runs, key=lambda name: float(np.mean([run.loss for run in runs[name]])))


def _levelled(
    name: str,
    sources: Mapping[str, Split],
    recipe: Recipe,
    settings: StudySettings,
    progress: Callable[[float], None],
) -> Levelled:
    """Train a detector on pictures that were compressed alike, and score it."""
    train, val, test = (collect(sources, part) for part in ("train", "val", "test"))
    run = _run(name, settings.seed, train, val, test, len(sources), recipe, progress)
    rank, labels, rng = log_odds(run.logits), test.generated, np.random.default_rng([settings.seed, 3])
    common = {"groups": test.scenes, "resamples": settings.resamples, "rng": rng}
    number = photographs_of_ranking(labels, test.scenes)
    called = (probability_generated(run.logits, run.temperature) >= 0.5).astype(np.int64)
    return Levelled(
        name,
        interval_of(balanced_accuracy, labels, called, **common),
        interval_of(auroc, labels, rank, photographs=number, **common),
    )


def _controls(train: Examples, test: Examples, settings: StudySettings) -> dict[str, ControlResult]:
    generated = np.concatenate([train.generated, test.generated])
    scenes = np.concatenate([train.scenes, test.scenes + train.scenes.max() + 1])
    side = np.arange(len(generated)) < len(train)
    found = {"compression": _compression(train, test, settings.seed, settings.resamples)}
    for k, path in enumerate(("delivered", "stored")):
        facts = (*getattr(train, path), *getattr(test, path))
        # The length of a compressed file depends on image content, which is no format artefact.
        size = path == "delivered" or all(fact.container == LOSSLESS for fact in facts)
        found[path] = format_control(
            facts, generated, scenes, side,
            size=size, resamples=settings.resamples, rng=np.random.default_rng([settings.seed, k]),
        )  # fmt: skip
    return found


def _measure(
    classes: tuple[str, ...],
    runs: Mapping[str, list[_Run]],
    train: Examples,
    val: Examples,
    test: Examples,
    controls: dict[str, ControlResult],
    recipe: Recipe,
    settings: StudySettings,
    interrupted: str | None,
) -> Study:
    rows = tuple(_row(name, found, test, classes, settings) for name, found in runs.items())
    kept_name = _selected(runs)
    kept = min(runs[kept_name], key=lambda run: run.loss)
    scores = {
        score: value.mean for row in rows if row.name == kept_name for score, value in row.scores.items()
    }
    size = test.pixels.shape[1]
    shape = Shape(size, len(classes), recipe.level, recipe.wavelet, recipe.parameters)
    config = config_of(kept_name, classes, settings.chain or Chain(size), shape, kept.temperature, scores)
    p = probability_generated(kept.logits, kept.temperature)
    _, count, predicted, observed = reliability(test.generated, p)
    return Study(
        classes=classes,
        recipe=recipe,
        rows=rows,
        curves={name: tuple(run.curve for run in found) for name, found in runs.items()},
        kept=calibrated_on_crops(Detector(kept.classifier, config), train, val, test),
        kept_name=kept_name,
        kept_seed=kept.seed,
        confusion=confusion_matrix(test.labels, kept.logits.argmax(1), classes=len(classes)),
        reliability=Reliability(
            predicted, observed, count, float(expected_calibration_error(test.generated, p))
        ),
        statistics={
            name: packet_statistics(train.pixels[train.labels == k], recipe.level, recipe.wavelet)
            for k, name in enumerate(classes)
        },
        saliency={
            name: _saliency(found[0].classifier, test, classes, recipe, settings.explained)
            for name, found in runs.items()
        },
        controls=controls,
        levelled=None,
        interrupted=interrupted,
    )


def _saliency(
    classifier: Classifier, test: Examples, classes: tuple[str, ...], recipe: Recipe, most: int
) -> dict[str, Saliency]:
    found = {}
    for k, name in enumerate(classes):
        index = np.flatnonzero(test.labels == k)
        spread = index[np.linspace(0, len(index) - 1, min(most, len(index))).round().astype(int)]
        found[name] = saliency(classifier, test.pixels[spread], recipe.level, recipe.wavelet)
    return found


def _row(
    name: str, runs: list[_Run], test: Examples, classes: tuple[str, ...], settings: StudySettings
) -> DetectorRow:
    """Scores of a detector; those of its probabilities weight real and generated images equally."""
    generated, weights = test.generated, test.weights
    raw = np.stack([probability_generated(run.logits) for run in runs])
    p = np.stack([probability_generated(run.logits, run.temperature) for run in runs])
    called = (p >= 0.5).astype(np.int64)
    # Log-odds, since probabilities that round to 1 are tied.
    rank = np.stack([log_odds(run.logits) for run in runs])
    named = np.stack([run.logits.argmax(1) for run in runs])
    rng = np.random.default_rng([settings.seed, list(DETECTORS).index(name)])

    def spread(metric: Callable, labels: np.ndarray, answers: np.ndarray, **more: float) -> Score:
        return interval_of(
            metric, labels, answers, groups=test.scenes, resamples=settings.resamples, rng=rng, **more
        )

    def plain(metric: Callable, answers: np.ndarray, *more: float, **weighted: np.ndarray) -> Score:
        return over_seeds([metric(generated, row, *more, **weighted) for row in answers])

    scores = {
        "accuracy": spread(accuracy, generated, called),
        "balanced accuracy": spread(balanced_accuracy, generated, called),
        "auroc": spread(auroc, generated, rank, photographs=photographs_of_ranking(generated, test.scenes)),
        "average precision": plain(average_precision, rank),
        "tpr at 1% fpr": plain(tpr_at_fpr, rank, 0.01),
        "tpr at 5% fpr": plain(tpr_at_fpr, rank, 0.05),
        "ece before calibration": plain(expected_calibration_error, raw, weights=weights),
        "ece": plain(expected_calibration_error, p, weights=weights),
        "brier": plain(brier, p, weights=weights),
        "attribution": spread(balanced_accuracy, test.labels, named),
    }
    sources = {
        source: over_seeds([float((row == generated)[test.labels == k].mean()) for row in called])
        for k, source in enumerate(classes)
    }
    return DetectorRow(name, runs[0].classifier.parameters_count, scores, sources)
