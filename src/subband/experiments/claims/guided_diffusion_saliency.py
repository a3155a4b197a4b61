"""What detectors of classifier-guided diffusion and of a GAN look at: saliency over wavelet packets."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from subband import plots
from subband.data import Chain, from_arrays, read_examples
from subband.data import Examples as Pictures
from subband.data.packs import pack
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.copies import groups_of_copies, held_out
from subband.experiments.methods.detectors import Run, fewer, run_detector, scores
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.forensics import Classifier, Examples, Recipe, log_packets, saliency, scaled
from subband.forensics.features.images import chunks
from subband.forensics.networks.predict import log_odds
from subband.metrics import auroc
from subband.runs.machine import versions
from subband.runs.progress import Watcher

PACK = "cifar10_train_20k.tar"
CHAIN = Chain(32, encode="jpeg:75")  # that of the photographs, for all
KIND = "CNN on packets"  # of the paper: its input is the packets
LEVEL = 3
GUIDED, GAN = "guided diffusion", "GAN"
GUIDANCE: dict[str, Any] = {
    "guide": "classifier",
    "guidance": 2.0,
    "sampler": "heun",
    "sampling_steps": 10,
    "sampling_shift": 3.0,
}
REAL_COUNTS, GENERATED_COUNTS = (14_000, 1000, 2000), (5000, 500, 1500)
DIFFUSION, ADVERSARIAL, DETECTOR = 1200.0, 600.0, 240.0  # processor seconds of the trainings of a full run
DRAWING = 500.0  # processor seconds to draw guided images
FULL = (
    DIFFUSION + DRAWING + 2 * DETECTOR + 120
)  # guided diffusion on one core, the GAN meanwhile on the other
RECIPE = Recipe(batch=128, rate=1e-3, points=6, level=LEVEL)
SEEDS = 2
EXPLAINED = 500  # test images of each kind in a saliency map


@dataclass(frozen=True, eq=False)
class Found:
    """A detector's scores and what it looks at.

    Attributes:
        run: of the training.
        maps: "photographs" and "generated" → (F, F, h, w) mean absolute gradient by ln|c|.
        without: "low" or "high" → log-odds of the test images with these bands at their training mean.
    """

    run: Run
    maps: dict[str, np.ndarray]
    without: dict[str, np.ndarray]


def high() -> np.ndarray:
    """(F, F) bool: packets whose horizontal or vertical frequency is above a quarter cycle per pixel."""
    half = np.arange(2**LEVEL) >= 2 ** (LEVEL - 1)
    return half[:, None] | half


def draw(model: str, file: Path, seconds: float, count: int) -> np.ndarray:
    """Train a generator on the photographs in `file` for processor time, and draw images, of all classes alike."""
    with np.load(file) as held:
        names = tuple(map(str, held["classes"]))
        training = Pictures(held["pixels"], held["labels"], names)
    if model == GAN:
        return train_for("gan", training, seconds, flip=True).sample(count, seed=1)
    trained = train_for("diffusion", training, seconds, flip=True, classifier=True, drop=0.1)
    return trained.sample(count, seed=1, labels=np.arange(count) % len(names), **GUIDANCE)


def learn(file: Path, seed: int, seconds: float) -> Found:
    """Train a detector on the images in `file`, and say what it looks at."""
    with np.load(file) as held:
        train, val, test = (
            Examples(held[f"{part} pixels"], held[f"{part} labels"], np.arange(len(held[f"{part} labels"])))
            for part in ("train", "val", "test")
        )
    run = run_detector(KIND, train, val, {"test": test.pixels}, RECIPE, seconds, seed=seed, keep=True)
    classifier = run.classifier
    assert classifier is not None
    maps = {
        name: saliency(classifier, test.pixels[test.labels == k][:EXPLAINED], LEVEL).packets
        for k, name in enumerate(("photographs", "generated"))
    }
    without = {
        "low": _log_odds_of(classifier, test.pixels, keep=high()),
        "high": _log_odds_of(classifier, test.pixels, keep=~high()),
    }
    return Found(replace(run, classifier=None), maps, without)


@torch.no_grad()
def _log_odds_of(classifier: Classifier, pixels: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Log-odds if all bands but `keep` are at their mean over the training images: 0 after normalisation."""
    mask = torch.from_numpy(keep)[None, None, :, :, None, None]
    logits = [classifier.net(classifier.features(x) * mask) for x in chunks(pixels)]
    return log_odds(torch.cat(logits).double().numpy())


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = seconds / FULL
    real, generated = fewer(REAL_COUNTS, scale), fewer(GENERATED_COUNTS, scale)
    with tempfile.TemporaryDirectory(prefix="subband-") as name:
        folder = Path(name)
        with watcher.stage("read photographs"):
            photos = read_examples(pack(PACK), size=32).with_channels(3)
            assert photos.labels is not None
            groups = groups_of_copies(photos.pixels)
            index = held_out(groups, photos.labels, _by_class(real, photos), np.random.default_rng(0))
            training = photos.take(index[0])
            assert training.labels is not None
            np.savez(
                folder / "photos.npz", pixels=training.pixels, labels=training.labels, classes=photos.classes
            )
        shares = {GUIDED: DIFFUSION, GAN: ADVERSARIAL}
        jobs = [
            (model, (model, folder / "photos.npz", scale * share, sum(generated)))
            for model, share in shares.items()
        ]
        drawn = in_processes(draw, jobs, watcher, "generators")
        sets = {model: _sets(photos, index, images, generated) for model, images in drawn.items()}
        for model, parts in sets.items():
            np.savez(folder / f"{model}.npz", **parts)  # pyright: ignore[reportArgumentType]
        jobs = [
            (f"{model}, seed {seed}", (folder / f"{model}.npz", seed, scale * DETECTOR))
            for seed in range(SEEDS)
            for model in drawn
        ]
        done = in_processes(learn, jobs, watcher, "detectors")
    found = {model: [done[f"{model}, seed {seed}"] for seed in range(SEEDS)] for model in drawn}
    labels = {model: parts["test labels"] for model, parts in sets.items()}
    ours, uncertainty = _summary(found, labels)
    settings = {
        "recipe": asdict(RECIPE),
        "guidance": GUIDANCE,
        "processor seconds: guided diffusion, GAN, detector": [
            scale * share for share in (DIFFUSION, ADVERSARIAL, DETECTOR)
        ],
        "photographs: training, validation, test": real,
        "images of each generator": generated,
        "seeds": SEEDS,
    }
    return Outcome(ours, uncertainty, _figure(found, sets), settings, 0, versions())


def _by_class(counts: tuple[int, int, int], photos: Pictures) -> tuple[int, int, int]:
    train, val, test = (-(-count // max(len(photos.classes), 1)) for count in counts)
    return train, val, test


def _sets(
    photos: Pictures,
    index: tuple[np.ndarray, np.ndarray, np.ndarray],
    images: np.ndarray,
    counts: tuple[int, int, int],
) -> dict[str, np.ndarray]:
    """Part → pixels and labels of photographs and generated images, all after the chain."""
    parts: dict[str, np.ndarray] = {}
    cut = np.split(images, np.cumsum(counts)[:-1])
    for part, rows, made in zip(("train", "val", "test"), index, cut, strict=True):
        both = [from_arrays("", pixels, CHAIN).pixels for pixels in (photos.pixels[rows], made)]
        parts[f"{part} pixels"] = np.concatenate(both)
        parts[f"{part} labels"] = np.repeat([0, 1], [len(pixels) for pixels in both])
    return parts


def _summary(
    found: Mapping[str, list[Found]], labels: Mapping[str, np.ndarray]
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for model, runs in found.items():
        measured = scores(f"detector of {model}", labels[model], [each.run.logits["test"] for each in runs])
        ours |= measured.ours
        uncertainty |= measured.uncertainty
        shares = [
            float(plane[high()].sum() / plane.sum())
            for each in runs
            for plane in (packets.mean((-2, -1)) for packets in each.maps.values())
        ]
        ours[f"detector of {model}, share of saliency above 1/4 cycle per pixel"] = float(np.mean(shares))
        for bands in ("low", "high"):
            area = [float(auroc(labels[model], each.without[bands])) for each in runs]
            ours[f"detector of {model}, AUROC without {bands} frequencies"] = float(np.mean(area))
    ours["share of the packets above 1/4 cycle per pixel"] = float(high().mean())
    return ours, uncertainty


def _figure(found: Mapping[str, list[Found]], sets: Mapping[str, Mapping[str, np.ndarray]]) -> bytes:
    def mean_of(model: str, label: int) -> np.ndarray:
        pixels = sets[model]["test pixels"][sets[model]["test labels"] == label][:EXPLAINED]
        return np.concatenate([log_packets(x, LEVEL).mean((0, 1))[None] for x in chunks(pixels, EXPLAINED)])[
            0
        ]

    kinds = {"photographs": "saliency on photographs", "generated": "saliency on generated"}
    rows = [
        plots.MapRow(
            text,
            "saliency (0–1)",
            {
                model: scaled(np.mean([each.maps[kind] for each in runs], axis=0))
                for model, runs in found.items()
            },
            "heat",
        )
        for kind, text in kinds.items()
    ]
    change = {model: mean_of(model, 1) - mean_of(model, 0) for model in found}
    rows.append(plots.MapRow("generated − photographs", "mean ln |c| (nats)", change, "change"))
    shown = {"photographs": sets[GUIDED]["test pixels"][:12]} | {
        model: parts["test pixels"][parts["test labels"] == 1][:12] for model, parts in sets.items()
    }
    title = "What detectors of guided diffusion and of a GAN look at"
    return plots.png(plots.packet_saliency(rows, shown, title=title))


CLAIM = Claim(
    name="guided-diffusion-saliency",
    claim="Detectors of guided diffusion and of a GAN both rely on high frequencies.",
    source="M. Wolter's research page: saliency of a detector of guided diffusion; Simonyan, Vedaldi, "
    "Zisserman 2014 (saliency); Dhariwal, Nichol 2021 (guidance)",
    published="figure",
    protocol="Diffusion of 32×32 CIFAR-10 photographs in Haar packets, with a classifier of noisy images, both "
    "trained here; images of the ten classes drawn with classifier guidance. Beside it a GAN of this library, "
    "trained on the same photographs. All images, photographs too, are saved as JPEG of quality 75. For each "
    "generator the paper's CNN on level-3 Haar packets learns to tell its images from photographs. Saliency: "
    "absolute gradient of the log-odds by ln|c|, mean over test images, colours and seeds. AUROC without a "
    "part of the frequencies: its packets set to their mean over the training images. The source's generator "
    "is a large model of ImageNet; this one was trained for minutes.",
    seconds=FULL,
    run=_run,
    shown=tuple(
        f"detector of {model}, {what}"
        for model in (GUIDED, GAN)
        for what in ("accuracy", "share of saliency above 1/4 cycle per pixel")
    ),
)
