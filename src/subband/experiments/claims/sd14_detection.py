"""Detection of 32×32 images by Stable Diffusion 1.4 against CIFAR-10 photographs."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from subband import plots
from subband.data import FileFacts, Picture, read
from subband.data.packs import pack
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.copies import groups_of_copies, held_out
from subband.experiments.methods.detectors import Run, run_detector, scores
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.parts import work_folder
from subband.forensics import DETECTORS, Examples, Recipe, format_control
from subband.forensics.networks.predict import probability_generated
from subband.metrics import reliability
from subband.runs.machine import versions
from subband.runs.progress import Watcher

PACKS = ("cifar10_train_20k.tar", "cifake_sd14_20k.tar")
COUNTS = (16_500, 1_500, 2_000)  # images of each class: training, validation, test
KINDS = ("residual CNN on packets", "residual CNN on pixels")
SEEDS = 2
RECIPE = Recipe(batch=128, rate=2e-3, decay=0.05, shift=4, mixed=0.5, parameters=700_000, points=16)
EACH = 3000.0  # processor seconds of each training in a full run
FULL = EACH * len(KINDS) * SEEDS / 2 + 180  # on two cores


@dataclass(frozen=True, eq=False)
class Images:
    """All pictures.

    Attributes:
        pixels: (N, 32, 32, 3) uint8.
        labels: (N,) 0 for photographs, 1 for generated images.
        groups: (N,) equal for copies of one picture.
        facts: metadata of the N files.
    """

    pixels: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    facts: tuple[FileFacts, ...]

    def examples(self, index: np.ndarray) -> Examples:
        """The images at `index`."""
        return Examples(self.pixels[index], self.labels[index], self.groups[index])


def images() -> Images:
    """Read both packs, in the order of their file names."""
    pictures = [[found for found in read(pack(name)) if isinstance(found, Picture)] for name in PACKS]
    pixels = np.stack([picture.pixels for part in pictures for picture in part])
    labels = np.repeat([0, 1], [len(part) for part in pictures])
    facts = tuple(picture.facts for part in pictures for picture in part)
    return Images(pixels, labels, groups_of_copies(pixels), facts)


def learn(name: str, seed: int, seconds: float, folder: Path, work: Path) -> Run:
    """Train a detector for `seconds` on the images in `folder`, its state in `work`, and judge the test images."""
    train, val, test = (
        Examples(*(np.load(folder / f"{part}-{what}.npy") for what in ("pixels", "labels", "groups")))
        for part in ("train", "val", "test")
    )
    return run_detector(name, train, val, {"test": test.pixels}, RECIPE, seconds, seed=seed, folder=work)


def _run(seconds: float, watcher: Watcher) -> Outcome:
    each = EACH * seconds / FULL
    with watcher.stage("read images and look for copies"):
        found = images()
    index = held_out(found.groups, found.labels, COUNTS, np.random.default_rng(0))
    test = found.examples(index[2])
    with watcher.stage("format-only control"):
        control = {
            "with their lengths": _control(found, index, size=True),
            "without their lengths": _control(found, index, size=False),
        }
    with tempfile.TemporaryDirectory(prefix="subband-") as name, work_folder("trainings") as work:
        folder = Path(name)
        for part, rows in zip(("train", "val", "test"), index, strict=True):
            np.save(folder / f"{part}-pixels.npy", found.pixels[rows])
            np.save(folder / f"{part}-labels.npy", found.labels[rows])
            np.save(folder / f"{part}-groups.npy", found.groups[rows])
        jobs = [
            (f"{kind}, seed {seed}", (kind, seed, each, folder, work / f"{kind}, seed {seed}"))
            for seed in range(SEEDS)
            for kind in KINDS
        ]
        done = in_processes(learn, jobs, watcher, "trainings")
    runs = {kind: [done[f"{kind}, seed {seed}"] for seed in range(SEEDS)] for kind in KINDS}
    ours, uncertainty = _summary(runs, test.labels)
    for name, area in control.items():
        ours[f"format only, files {name}, AUROC"] = area
    copies = len(found.groups) - len(np.unique(found.groups))
    settings: dict[str, Any] = {
        "recipe": asdict(RECIPE),
        "processor seconds of each training": each,
        "images of each class: training, validation, test": COUNTS,
        "seeds": SEEDS,
        "pictures that are copies of another, kept out of validation and test": copies,
    }
    return Outcome(ours, uncertainty, _figure(runs, test.labels), settings, 0, versions())


def _control(found: Images, index: tuple[np.ndarray, np.ndarray, np.ndarray], *, size: bool) -> float:
    """AUROC of a classifier on the metadata of the files."""
    rows = np.concatenate([index[0], index[2]])
    side = np.arange(len(rows)) < len(index[0])
    facts = [found.facts[i] for i in rows]
    random = np.random.default_rng(0)
    found_score = format_control(
        facts, found.labels[rows], found.groups[rows], side, size=size, resamples=0, rng=random
    )
    return found_score.auroc.mean


def _summary(
    runs: Mapping[str, Sequence[Run]], labels: np.ndarray
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for kind, trainings in runs.items():
        measured = scores(kind, labels, [run.logits["test"] for run in trainings])
        ours |= measured.ours
        uncertainty |= measured.uncertainty
        ours[f"{kind}, weights"] = float(trainings[0].parameters)
        ours[f"{kind}, steps"] = float(np.mean([run.steps for run in trainings]))
        ours[f"{kind}, processor minutes"] = float(np.mean([run.seconds / 60 for run in trainings]))
    return ours, uncertainty


def _figure(runs: Mapping[str, Sequence[Run]], labels: np.ndarray) -> bytes:
    races = {}
    for kind, trainings in runs.items():
        minutes = np.mean([run.curve.steps / run.steps * run.seconds / 60 for run in trainings], axis=0)
        p = np.concatenate([probability_generated(run.logits["test"]) for run in trainings])
        _, count, predicted, observed = reliability(np.tile(labels, len(trainings)), p)
        errors = 1 - np.stack([run.curve.accuracy for run in trainings])
        final = float(np.mean((p >= 0.5) != np.tile(labels, len(trainings))))
        races[kind] = plots.Race(minutes, errors, final, DETECTORS[kind].input, predicted, observed, count)
    return plots.png(
        plots.detection_race(races, title="CIFAR-10 photographs against Stable Diffusion 1.4, 32 px")
    )


CLAIM = Claim(
    name="sd14-detection",
    claim="Wavelet packets distinguish photographs from images of a text-to-image diffusion model.",
    source="Wolter, Blanke, Heese, Garcke 2022, and its follow-up on guided diffusion; images: CIFAR-10 and "
    "Stable Diffusion 1.4 (CIFAKE)",
    published="–",
    protocol="Photographs of CIFAR-10 against images generated by Stable Diffusion 1.4 for its classes, both "
    "32×32 JPEG files with the same tables: of each, 18,000 for training (1,500 of them for validation: "
    "temperature and choice of settings) and 2,000 for the test. Pictures with a copy (equal, mirrored or "
    "correlating by 0.95) are in the training set only. One residual network on two inputs: packets of one "
    "Haar level, standardised per band and colour, and pixels, the four of each 2×2 square as channels; equal "
    "numbers of weights, multiplications and processor seconds, on one core each; mirror images, translations "
    "by up to 4 pixels and, in half of the batches, squares of other images in training. Accuracy at the "
    "threshold ½; probabilities by a temperature fitted on the validation images; mean over each image and its "
    "mirror image.",
    seconds=FULL,
    run=_run,
    shown=tuple(f"{kind}, {score}" for kind in KINDS for score in ("accuracy", "AUROC", "ECE")),
)
