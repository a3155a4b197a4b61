"""Detection after JPEG compression, of detectors trained with and without compressed images."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.detectors import Run, fewer, run_detector, scores
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.methods.lab_generators import Sources, resaved, sources
from subband.forensics import DETECTORS, Examples, Recipe
from subband.runs.machine import versions
from subband.runs.progress import Watcher

MODELS = ("diffusion", "gan", "latent diffusion", "vae")
KINDS = ("residual CNN on packets", "residual CNN on pixels")
RECIPE = Recipe(batch=64, rate=2e-3, decay=0.05, parameters=180_000, points=4)
QUALITIES = (30, 40, 50, 60, 70, 80, 90, 100)
TRAINED_ON, VERSIONS = (30, 95), 3  # range of the qualities, and versions of each training image
REAL_COUNTS, GENERATED_COUNTS = (5000, 500, 2000), (1500, 200, 500)
GENERATOR, EACH = 270.0, 400.0  # processor seconds of a generator, and of a detector
DRAWING, JUDGING = 90.0, 60.0
SEEDS = 2
FULL = (len(MODELS) * (GENERATOR + DRAWING) + 2 * len(KINDS) * SEEDS * (EACH + JUDGING)) / 2 + 180
DELIVERED = "as delivered"


def learn(kind: str, augmented: bool, seed: int, seconds: float, names: tuple[str, ...], folder: Path) -> Run:
    """A detector, and its logits of the test images at each quality."""
    found = Sources.load(folder, names)
    train, val = (found.examples(part) for part in ("train", "val"))
    if augmented:
        random = np.random.default_rng(seed)
        train, val = (_with_versions(part, random) for part in (train, val))
    test = found.examples("test").pixels
    judged = {DELIVERED: test}
    for quality in QUALITIES:
        judged[str(quality)] = resaved(test, np.full(len(test), quality))
    return run_detector(kind, train, val, judged, RECIPE, seconds, seed=seed, classes=len(names))


def _with_versions(examples: Examples, random: np.random.Generator) -> Examples:
    """The images, and `VERSIONS` of each saved again with random qualities."""
    low, high = TRAINED_ON
    again = [resaved(examples.pixels, random.integers(low, high + 1, len(examples))) for _ in range(VERSIONS)]
    return Examples(
        np.concatenate([examples.pixels, *again]),
        np.tile(examples.labels, 1 + VERSIONS),
        np.tile(examples.scenes, 1 + VERSIONS),
    )


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = seconds / FULL
    real, generated = fewer(REAL_COUNTS, scale), fewer(GENERATED_COUNTS, scale)
    found = sources(MODELS, watcher, seconds=scale * GENERATOR, real=real, generated=generated)
    with tempfile.TemporaryDirectory(prefix="subband-") as name:
        folder = Path(name)
        found.save(folder)
        jobs = [
            (
                f"{label(kind, augmented)}, seed {seed}",
                (kind, augmented, seed, scale * EACH, found.names, folder),
            )
            for seed in range(SEEDS)
            for kind in KINDS
            for augmented in (True, False)
        ]
        done = in_processes(learn, jobs, watcher, "detectors")
    labels = (found.examples("test").labels > 0).astype(np.int64)
    runs = {
        label(kind, augmented): [done[f"{label(kind, augmented)}, seed {seed}"] for seed in range(SEEDS)]
        for kind in KINDS
        for augmented in (True, False)
    }
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, trainings in runs.items():
        for condition in (*map(str, QUALITIES), DELIVERED):
            where = condition if condition == DELIVERED else f"q{condition}"
            measured = scores(f"{name}, {where}", labels, [run.logits[condition] for run in trainings])
            ours |= measured.ours
            uncertainty |= measured.uncertainty
    settings = {
        "recipe": asdict(RECIPE),
        "processor seconds: generator, detector": [scale * GENERATOR, scale * EACH],
        "photographs: training, validation, test": real,
        "images of each generator": generated,
        "qualities in training": TRAINED_ON,
        "versions of each training image": VERSIONS,
        "seeds": SEEDS,
    }
    return Outcome(ours, uncertainty, _figure(ours, uncertainty), settings, 0, versions())


def label(kind: str, augmented: bool) -> str:
    """Name of a detector in the record."""
    return f"{kind}, {'with' if augmented else 'without'} augmentation"


def _figure(ours: Mapping[str, float], uncertainty: Mapping[str, tuple[float, float]]) -> bytes:
    curves = {}
    for kind in KINDS:
        for augmented in (True, False):
            keys = [f"{label(kind, augmented)}, q{quality}, accuracy" for quality in QUALITIES]
            name = f"{DETECTORS[kind].input}, {'' if augmented else 'not '}trained with it"
            curves[name] = plots.Treated(
                np.array([ours[key] for key in keys]),
                np.array([uncertainty[key] for key in keys]),
                DETECTORS[kind].input,
                solid=augmented,
            )
    title = "A residual CNN on photographs and four generators, all saved again as JPEG"
    return plots.png(plots.treated_accuracy(np.array(QUALITIES), curves, x="JPEG quality", title=title))


CLAIM = Claim(
    name="jpeg-robustness",
    claim="Detectors on wavelet packets withstand JPEG compression if they are trained with it.",
    source="Wolter, Blanke, Heese, Garcke: Wavelet-Packets for Deepfake Image Analysis and Detection, 2022 "
    "(robustness against compression, blur, noise and geometry)",
    published="–",
    protocol="Photographs of 64×64 (Tiny-ImageNet) against four generators of this library trained on the same "
    "training photographs. All images are saved as JPEG of quality 75 first, and the test images once more, "
    "both classes alike, with qualities from 30 to 100 (4:2:0). Two residual networks of equal weights, "
    "multiplications and processor time, on packets and on pixels; with augmentation: each training image also "
    "in three versions of random quality, 30 to 95. The threshold ½ and the temperature come from validation "
    "images and are the same for all qualities. Half of the test images are photographs, so 0.5 is chance.",
    seconds=FULL,
    run=_run,
    shown=tuple(f"{label(kind, True)}, q50, accuracy" for kind in KINDS),
)
