"""Evaluation of finished detectors on pictures as they are found, one pass over the pictures.

Each picture is decoded once, changed under every condition, and shown to every detector; only the answers are kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from subband.data.copies import Copies, Fingerprint, copies
from subband.data.decode import FileFacts, Skipped
from subband.errors import DataError, InvalidInput
from subband.forensics.evaluation.answers import Answer, Answers, Judge, ask
from subband.forensics.evaluation.conditions import AS_IS, FAMILIES, Condition, conditions_of
from subband.forensics.evaluation.control import ControlResult, format_control
from subband.forensics.evaluation.measures import Labelled, measure
from subband.forensics.evaluation.pictures import Sample, Specs, places, samples
from subband.forensics.evaluation.results import Card, ConditionRow, DetectorResult, Evaluation, Photographs
from subband.forensics.evaluation.scores import Score, over_seeds
from subband.metrics import (
    ABSTAINED,
    bootstrap_interval,
    reliability,
    risk_coverage,
    roc_curve,
    wilson_interval,
)

POINTS = 200  # of a drawn curve
LEAST = 2  # pictures of each class

Progress = Callable[[int, int], None]
"""Callback with the number of pictures done and of all."""


@dataclass(frozen=True)
class EvaluationSettings:
    """Settings of an evaluation.

    Attributes:
        families: Conditions to measure under, keys of `conditions.FAMILIES`.
        most: Most pictures of each source of photographs and of each generator.
        side: Larger pictures are cut to their middle; pixels.
        seed: Of the choice of pictures and of the bootstrap.
        resamples: Bootstrap resamples of each interval.

    Raises:
        InvalidInput: an unknown family, or a number out of range.
    """

    families: tuple[str, ...] = tuple(FAMILIES)
    most: int = 500
    side: int = 512
    seed: int = 0
    resamples: int = 1000

    def __post_init__(self) -> None:
        conditions_of(self.families)
        for name, least in (("most", LEAST), ("side", 16), ("seed", 0), ("resamples", 0)):
            if getattr(self, name) < least:
                raise InvalidInput(f"{name} is {getattr(self, name)}: use at least {least}")


@dataclass
class _Seen:
    """What is kept of the pictures that were seen."""

    samples: list[Sample] = field(default_factory=list)  # without pixels
    answers: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    prints: list[Fingerprint] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    interrupted: bool = False


def evaluate_detectors(
    detectors: Mapping[str, Judge],
    specs: Specs,
    settings: EvaluationSettings | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate detectors on photographs and generated pictures.

    Args:
        detectors: Name → detector; see `answers.Judge`.
        specs: Where the pictures are.
        settings: Defaults to `EvaluationSettings()`.
        progress: Called after each picture.

    Returns:
        The results. After Ctrl-C, those of the pictures seen so far, with `interrupted` set.

    Raises:
        DataError: a source can't be read, or too few pictures of a class can be used.
        InvalidInput: no detector, or no pictures of a class.
        KeyboardInterrupt: Ctrl-C before enough pictures were seen.

    Example:
        >>> from pathlib import Path
        >>> from types import SimpleNamespace
        >>> from PIL import Image
        >>> from subband.forensics.evaluation import EvaluationSettings, Specs, evaluate_detectors
        >>> for kind in ("photos", "gan"):
        ...     Path(kind).mkdir()
        ...     for k in range(3):
        ...         Image.new("RGB", (32, 32), (k, 0, 200 * (kind == "gan"))).save(f"{kind}/{k}.png")
        >>> class Blue:
        ...     def judge(self, pixels):
        ...         blue = pixels[..., 2].mean() > 100
        ...         return SimpleNamespace(real=not blue, probability_generated=0.9 if blue else 0.1)
        >>> settings = EvaluationSettings(families=(), resamples=0)
        >>> found = evaluate_detectors({"blue": Blue()}, Specs({"": "photos"}, {"GAN": "gan"}), settings)
        >>> found.detectors["blue"].pooled["auroc"].mean, found.counts()["GAN"]
        (1.0, {'GAN': 3})
    """
    settings = settings or EvaluationSettings()
    if not detectors:
        raise InvalidInput("no detector to evaluate: give at least one")
    todo = places(specs, most=settings.most, seed=settings.seed)
    order = np.random.default_rng(settings.seed).permutation(len(todo))
    tried = (Condition("", 0.0, AS_IS, lambda pixels: pixels), *conditions_of(settings.families))
    seen = _Seen()
    try:
        for done, found in enumerate(samples([todo[k] for k in order], side=settings.side), start=1):
            if isinstance(found, Skipped):
                seen.skipped.append(found)
            else:
                _look(seen, found, detectors, tried)
            if progress is not None:
                progress(done, len(todo))
    except KeyboardInterrupt:
        if not _enough(seen):
            raise
        seen.interrupted = True
    if not _enough(seen):
        raise DataError(
            f"too few pictures can be used ({len(seen.samples)} of {len(todo)}): give at least {LEAST} photographs "
            f"and {LEAST} generated pictures"
        )
    return _results(seen, detectors, tried, settings)


def card_of(name: str, detector: Any) -> Card:
    """What a detector's configuration says of it.

    Example:
        >>> from subband.forensics import packaged_detector
        >>> from subband.forensics.evaluation import card_of
        >>> card = card_of("packaged", packaged_detector())
        >>> card.kind, card.size, card.knows[0]
        ('linear on statistics', 128, 'sd-1.4')
    """
    config = getattr(detector, "config", None)
    classes = tuple(getattr(config, "classes", ()))
    chain = getattr(config, "chain", None) or {}
    return Card(
        name,
        str(getattr(config, "name", type(detector).__name__)),
        tuple(source for source in classes if source != "real"),
        float(getattr(config, "threshold", 0.5)),
        int(chain.get("size", 0)) if isinstance(chain, Mapping) else 0,
    )


def _look(seen: _Seen, sample: Sample, detectors: Mapping[str, Judge], tried: Sequence[Condition]) -> None:
    """Ask all detectors for one picture under all conditions."""
    found: dict[tuple[str, str], Answer] = {}
    for condition in tried:
        pixels = condition(sample.pixels)
        for name, detector in detectors.items():
            found[name, condition.name] = ask(detector, pixels)
    kept = Fingerprint.of(sample.pixels)
    # All at once, so that Ctrl-C leaves lists of one length.
    for key, answer in found.items():
        seen.answers.setdefault(key, []).append(answer)
    seen.prints.append(kept)
    empty = np.zeros((0, 0, 3), np.uint8)
    seen.samples.append(
        Sample(empty, sample.kind, sample.origin, sample.scene, sample.name, sample.facts)
    )  # fmt: skip


def _enough(seen: _Seen) -> bool:
    real = sum(sample.kind == "real" for sample in seen.samples)
    return min(real, len(seen.samples) - real) >= LEAST


def _results(
    seen: _Seen, detectors: Mapping[str, Judge], tried: Sequence[Condition], settings: EvaluationSettings
) -> Evaluation:
    n = len(seen.samples)
    for key in seen.answers:
        del seen.answers[key][n:]
    kind = np.array([sample.kind for sample in seen.samples])
    _, scene = np.unique([sample.scene for sample in seen.samples], return_inverse=True)
    pictures = Labelled(
        (kind != "real").astype(np.int64), kind, np.array([s.origin for s in seen.samples]), scene
    )
    found = {}
    for k, (name, detector) in enumerate(detectors.items()):
        answers = {condition.name: Answers.of(seen.answers[name, condition.name]) for condition in tried}
        found[name] = _detector(card_of(name, detector), pictures, answers, tried, settings, k)
    return Evaluation(
        pictures,
        tuple(sample.name for sample in seen.samples),
        found,
        _control([sample.facts for sample in seen.samples], pictures, settings),
        _copies(seen, pictures),
        tuple(seen.skipped),
        interrupted=seen.interrupted,
    )


def _detector(
    card: Card,
    pictures: Labelled,
    answers: Mapping[str, Answers],
    tried: Sequence[Condition],
    settings: EvaluationSettings,
    number: int,
) -> DetectorResult:
    plain, rng = answers[AS_IS], np.random.default_rng([settings.seed, 1, number])

    def scores(chosen: np.ndarray, of: Answers) -> dict[str, Score]:
        return measure(
            pictures.where(chosen), _where(of, chosen), threshold=card.threshold,
            resamples=settings.resamples, rng=rng,
        )  # fmt: skip

    everything = np.ones(len(pictures), dtype=bool)
    pooled = scores(everything, plain)
    generators = [str(name) for name in np.unique(pictures.kind) if name != "real"]
    right = plain.forced(card.threshold) == pictures.generated
    curve = risk_coverage(right, np.abs(plain.score), weights=pictures.weights)
    roc = roc_curve(pictures.generated, plain.score)
    return DetectorResult(
        card,
        plain,
        pooled,
        {name: scores(np.isin(pictures.kind, ("real", name)), plain) for name in generators},
        _photographs(pictures, plain),
        {
            condition.name: _condition(
                condition, pictures, plain, answers[condition.name],
                pooled if condition.name == AS_IS else scores(everything, answers[condition.name]),
                settings.resamples, rng,
            )
            for condition in tried
        },
        reliability(pictures.generated, plain.probability, weights=pictures.weights),
        (_thinned(curve.coverage), _thinned(curve.risk)),
        (_thinned(roc.fpr), _thinned(roc.tpr)),
    )  # fmt: skip


def _photographs(pictures: Labelled, answers: Answers) -> dict[str, Photographs]:
    rows = {}
    for origin in np.unique(pictures.origin[pictures.kind == "real"]):
        chosen = (pictures.kind == "real") & (pictures.origin == origin)
        alarms = float((answers.verdict[chosen] == 1).mean())
        interval = tuple(wilson_interval(alarms, len(np.unique(pictures.scene[chosen]))))
        rows[str(origin)] = Photographs(
            int(chosen.sum()),
            over_seeds([alarms], (interval[0], interval[1])),
            float((answers.verdict[chosen] != ABSTAINED).mean()),
            float(answers.score[chosen].mean()),
        )
    return rows


def _condition(
    condition: Condition,
    pictures: Labelled,
    before: Answers,
    after: Answers,
    scores: Mapping[str, Score],
    resamples: int,
    rng: np.random.Generator,
) -> ConditionRow:
    shift = {}
    usable = ~(before.refused | after.refused)
    for label, name in enumerate(("real", "generated")):
        chosen = (pictures.generated == label) & usable
        change = (after.score - before.score)[chosen]
        shift[name] = _mean(change, pictures.scene[chosen], resamples, rng)
    firm = before.verdict != ABSTAINED
    flipped = (after.verdict[firm] != before.verdict[firm]) & (after.verdict[firm] != ABSTAINED)
    share = float(flipped.mean()) if firm.any() else float("nan")
    interval = tuple(wilson_interval(share, len(np.unique(pictures.scene[firm])))) if firm.any() else None
    withdrawn = float((after.verdict[firm] == ABSTAINED).mean()) if firm.any() else float("nan")
    return ConditionRow(
        condition.family,
        condition.strength,
        scores,
        shift,
        over_seeds([share], None if interval is None else (interval[0], interval[1])),
        withdrawn,
        int(after.refused.sum()),
    )


def _mean(values: np.ndarray, scenes: np.ndarray, resamples: int, rng: np.random.Generator) -> Score:
    if not len(values):
        return over_seeds([float("nan")])
    interval = None
    if resamples and len(np.unique(scenes)) > 1:
        low, high = bootstrap_interval(_average, values, groups=scenes, n=resamples, rng=rng)
        interval = (low, high)
    return over_seeds([float(values.mean())], interval)


def _average(values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    weights = np.ones(len(values)) if weights is None else weights
    total = weights.sum(-1)
    return np.divide(weights @ values, total, out=np.full(np.shape(total), np.nan), where=total > 0)


def _control(
    facts: Sequence[FileFacts], pictures: Labelled, settings: EvaluationSettings
) -> ControlResult | None:
    """Format-only control: trained on the files of half of the scenes, tested on the others."""
    rng = np.random.default_rng([settings.seed, 2])
    train = np.zeros(len(pictures), dtype=bool)
    for label in (0, 1):
        scenes = rng.permutation(np.unique(pictures.scene[pictures.generated == label]))
        train |= np.isin(pictures.scene, scenes[: len(scenes) // 2])
    try:
        return format_control(
            facts, pictures.generated, pictures.scene, train, resamples=settings.resamples, rng=rng
        )
    except InvalidInput:  # a class has one scene only
        return None


def _copies(seen: _Seen, pictures: Labelled) -> dict[str, Copies]:
    """Generator → its pictures that are copies of photographs."""

    def prints(kind: str) -> list[Fingerprint]:
        return [seen.prints[k] for k in np.flatnonzero(pictures.kind == kind)]

    photographs = prints("real")
    return {
        str(name): copies(photographs, prints(name)) for name in np.unique(pictures.kind) if name != "real"
    }


def _where(answers: Answers, chosen: np.ndarray) -> Answers:
    return Answers(
        answers.score[chosen], answers.probability[chosen], answers.verdict[chosen], answers.refused[chosen]
    )


def _thinned(values: np.ndarray) -> np.ndarray:
    """At most `POINTS` values, evenly spaced, with the first and the last."""
    index = np.unique(np.linspace(0, len(values) - 1, min(POINTS, len(values))).round().astype(int))
    return values[index]
