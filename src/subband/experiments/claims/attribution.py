"""Attribution of images to the generator that made them, and generators that the detector never saw."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.detectors import RESAMPLES, Run, fewer, run_detector
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.methods.lab_generators import MODELS, REAL, Sources, sources
from subband.forensics import Recipe
from subband.forensics.networks.predict import log_odds
from subband.metrics import auroc, balanced_accuracy, bootstrap_interval, confusion_matrix
from subband.runs.machine import versions
from subband.runs.progress import Watcher

KIND = "residual CNN on packets"
RECIPE = Recipe(batch=64, rate=2e-3, decay=0.05, parameters=180_000, points=4)
REAL_COUNTS, GENERATED_COUNTS = (5000, 500, 2000), (1500, 250, 750)
SEEDS = 2
SHOWN = 14  # samples of each source in the figure
GENERATOR, ATTRIBUTION, ONE, OTHERS = 270.0, 500.0, 120.0, 240.0
"""Processor seconds of a full run: a generator, a detector of all, one of one generator, one of all but one."""

DRAWING = 110.0  # processor seconds to draw the images of a generator
FULL = (len(MODELS) * (GENERATOR + DRAWING + ONE + OTHERS) + SEEDS * ATTRIBUTION) / 2 + 120  # on two cores


def learn(names: tuple[str, ...], every: tuple[str, ...], seed: int, seconds: float, folder: Path) -> Run:
    """A detector of the sources `names` among `every`, and its logits of all test images."""
    found = Sources.load(folder, every)
    train, val = (found.examples(part, names) for part in ("train", "val"))
    judged = dict(found.pixels["test"])
    return run_detector(KIND, train, val, judged, RECIPE, seconds, seed=seed, classes=len(names))


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = seconds / FULL
    models = tuple(MODELS)
    found = sources(
        models, watcher, seconds=scale * GENERATOR,
        real=fewer(REAL_COUNTS, scale), generated=fewer(GENERATED_COUNTS, scale),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="subband-") as name:
        folder = Path(name)
        found.save(folder)
        every = found.names
        jobs = {f"all, seed {seed}": (every, seed, scale * ATTRIBUTION) for seed in range(SEEDS)}
        jobs |= {f"only {model}": ((REAL, model), 0, scale * ONE) for model in models}
        jobs |= {
            f"all but {model}": (tuple(name for name in every if name != model), 0, scale * OTHERS)
            for model in models
        }
        done = in_processes(
            learn,
            [(job, (names, every, seed, share, folder)) for job, (names, seed, share) in jobs.items()],
            watcher,
            "detectors",
        )
    ours, uncertainty = _summary(done, found)
    shown = {model: found.pixels["test"][model][:SHOWN] for model in every}
    settings = {
        "recipe": asdict(RECIPE),
        "processor seconds: generator, detector of all, of one, of all but one": [
            scale * share for share in (GENERATOR, ATTRIBUTION, ONE, OTHERS)
        ],
        "photographs: training, validation, test": fewer(REAL_COUNTS, scale),
        "images of each generator": fewer(GENERATED_COUNTS, scale),
        "seeds of the detector of all": SEEDS,
    }
    return Outcome(ours, uncertainty, _figure(done, found, shown), settings, 0, versions())


def separation(run: Run, model: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels and log-odds of photographs and images of one generator."""
    logits = [run.logits[REAL], run.logits[model]]
    return np.repeat([0, 1], [len(part) for part in logits]), log_odds(np.concatenate(logits))


def _summary(
    done: Mapping[str, Run], found: Sources
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    random = np.random.default_rng(0)
    labels = found.examples("test").labels
    named = np.stack([_named(done[f"all, seed {seed}"], found.names) for seed in range(SEEDS)], axis=1)

    def attributed(labels: np.ndarray, named: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        each = [np.asarray(balanced_accuracy(labels, column, weights=weights)) for column in named.T]
        return np.mean(each, axis=0)

    ours["attribution, balanced accuracy"] = float(attributed(labels, named))
    uncertainty["attribution, balanced accuracy"] = bootstrap_interval(
        attributed, labels, named, n=RESAMPLES, rng=random
    )
    each = [float(balanced_accuracy(labels, column)) for column in named.T]
    ours["attribution, balanced accuracy, std over seeds"] = float(np.std(each, ddof=1))
    models = found.names[1:]
    for model in models:
        key = f"unknown generator {model}, AUROC"
        pair = separation(done[f"all but {model}"], model)
        ours[key] = float(auroc(*pair))
        uncertainty[key] = bootstrap_interval(auroc, *pair, n=RESAMPLES, rng=random)
    ours["unknown generator, smallest AUROC"] = min(
        ours[f"unknown generator {model}, AUROC"] for model in models
    )
    for trained in models:
        for tested in models:
            key = f"trained on {trained}, tested on {tested}, AUROC"
            ours[key] = float(auroc(*separation(done[f"only {trained}"], tested)))
    return ours, uncertainty


def _named(run: Run, names: tuple[str, ...]) -> np.ndarray:
    return np.concatenate([run.logits[name].argmax(1) for name in names])


def _figure(done: Mapping[str, Run], found: Sources, shown: Mapping[str, np.ndarray]) -> bytes:
    models, labels = found.names[1:], found.examples("test").labels
    counts = sum(
        confusion_matrix(labels, _named(done[f"all, seed {seed}"], found.names), classes=len(found.names))
        for seed in range(SEEDS)
    )
    rows = {f"only {model}": done[f"only {model}"] for model in models}
    cross = np.array([[auroc(*separation(run, tested)) for tested in models] for run in rows.values()])
    left_out = np.array([auroc(*separation(done[f"all but {model}"], model)) for model in models])
    table = {model: cross[k] for k, model in enumerate(models)} | {"all others": left_out}
    title = "Generators of this library on 64×64 photographs: who made it, and is it generated?"
    return plots.png(plots.attribution(np.asarray(counts), found.names, table, shown, title=title))


CLAIM = Claim(
    name="attribution",
    claim="The generator of an image can be identified, and images of a generator that the detector never saw "
    "are still told from photographs.",
    source="Wolter, Blanke, Heese, Garcke: Wavelet-Packets for Deepfake Image Analysis and Detection, 2022",
    published="95.85 ± 0.59 % (GAN-generated images; data set not named)",
    protocol="Six generators of this library, each trained on the same training photographs of 64×64 "
    "(Tiny-ImageNet) for equal processor time. All images, photographs too, are saved as JPEG of quality 75 "
    "before anything sees them, so the format tells nothing. One residual network on Haar packets: for all "
    "sources at once (attribution), for each generator alone (cross-generator matrix), and for all generators "
    "but one (unknown generator: photographs against the images of the one left out). Test photographs without "
    "copies among the others; intervals by bootstrap over test images. The generators are small and trained "
    "for minutes: their images are easier to recognise than those of large models.",
    seconds=FULL,
    run=_run,
    shown=("attribution, balanced accuracy", "unknown generator, smallest AUROC"),
)
