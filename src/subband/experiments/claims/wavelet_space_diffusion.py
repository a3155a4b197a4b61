"""Diffusion of wavelet packets, pixels and latents, trained with equal processor time."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from subband import plots
from subband.data import Examples, read_examples
from subband.data.packs import pack
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.generate import evaluate, load_judge, train_judge
from subband.runs.machine import versions
from subband.runs.progress import Watcher

PACK = "photos64_10k.tar"
HELD_OUT = 2000  # of the 10,000 photographs; half are compared with generated images, half give the floor
TUNED_ON, MEASURED = 500, 1000  # images for the choice of the sampler, and for the result
SHOWN = 10
SPACES: dict[int, dict[str, dict[str, Any]]] = {
    32: {
        "pixels": {"level": 0},
        "Haar packets, level 1": {"level": 1},
        "Haar packets, level 2": {"level": 2},
    },
    64: {
        "pixels": {"level": 0},
        "pixels, patches of 4": {"level": 0, "patch": 4},
        "Haar packets, level 1": {"level": 1},
        "Haar packets, level 2": {"level": 2},
        "latents": {},
    },
}
TIMES = (0.0, 0.8)  # candidate means of the logit-normal training times, selected per space at 32 px
SAMPLERS: tuple[dict[str, Any], ...] = (
    {"sampler": "euler", "sampling_steps": 8, "sampling_shift": 10.0},
    {"sampler": "heun", "sampling_steps": 10, "sampling_shift": 3.0},
    {"sampler": "heun", "sampling_steps": 10, "sampling_shift": 1.0},
)
FIRST_STAGE = 1 / 3  # share of the latents' budget that trains their autoencoder
SHARES = {32: 120.0, 64: 300.0}  # processor seconds of each training in a full run, by image size
JUDGE_STEPS = 600
FULL = 2700.0


@dataclass(frozen=True)
class Found:
    """Results of one training.

    Attributes:
        numbers: metrics of `evaluate` on held-out photographs.
        sampler: selected sampler: lowest KID to training photographs.
        tuned: its KID to training photographs.
        shown: generated images, uint8 (SHOWN, size, size, 3).
        steps: number of training steps.
        seconds: processor time of the training.
    """

    numbers: dict[str, float]
    sampler: dict[str, Any]
    tuned: float
    shown: np.ndarray
    steps: int
    seconds: float


def photographs(size: int) -> tuple[Examples, Examples]:
    """Training photographs and held-out photographs."""
    examples = read_examples(pack(PACK), size=size, labels=False)
    order = np.random.default_rng(0).permutation(len(examples))
    return examples.take(order[HELD_OUT:]), examples.take(order[:HELD_OUT])


def learn(
    space: str, size: int, seconds: float, time_mean: float, judge: Path, tuned_on: int, measured: int
) -> Found:
    """Train in a space for `seconds` of processor time, select a sampler on training images, and evaluate."""
    training, held_out = photographs(size)
    settings: dict[str, Any] = SPACES[size][space] | {"time_mean": time_mean}
    start = time.process_time()
    if space == "latents":
        with tempfile.TemporaryDirectory() as folder:
            train_for("autoencoder", training, seconds * FIRST_STAGE, flip=True).save(folder)
            settings = settings | {"autoencoder": folder}
            model = train_for("diffusion", training, seconds * (1 - FIRST_STAGE), flip=True, **settings)
    else:
        model = train_for("diffusion", training, seconds, flip=True, **settings)
    elapsed, network = time.process_time() - start, load_judge(judge)

    def kid(sampler: dict[str, Any]) -> float:
        return evaluate(model, training, network, count=tuned_on, seed=1, **sampler).numbers["kid"]

    tuned = [kid(sampler) for sampler in SAMPLERS]
    best = SAMPLERS[int(np.argmin(tuned))]
    found = evaluate(model, held_out, network, count=measured, seed=0, **best)
    assert model.history is not None
    return Found(found.numbers, best, min(tuned), found.generated[:SHOWN], model.history.steps, elapsed)


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = seconds / FULL
    tuned_on, measured = (max(int(n * min(scale, 1)), 50) for n in (TUNED_ON, MEASURED))
    found: dict[int, dict[str, Found]] = {}
    times: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size, spaces in SPACES.items():
            judge = Path(folder, str(size))
            with watcher.stage(f"judge of {size} px"):
                train_judge(photographs(size)[0], steps=max(int(JUDGE_STEPS * min(scale, 1)), 5)).save(judge)
            tried = {name: (times[name],) if name in times else TIMES for name in spaces}
            share = scale * SHARES[size]
            jobs = [
                (f"{name}, times about {mean:g}", (name, size, share, mean, judge, tuned_on, measured))
                for name, means in tried.items()
                for mean in means
            ]
            done = in_processes(learn, jobs, watcher, f"trainings at {size} px")
            for name, means in tried.items():
                best = min(means, key=lambda m, name=name: done[f"{name}, times about {m:g}"].tuned)
                times.setdefault(name, best)
                found.setdefault(size, {})[name] = done[f"{name}, times about {best:g}"]
            times.setdefault("pixels, patches of 4", times["pixels"])
            times.setdefault("latents", times["Haar packets, level 1"])
    settings = {
        "seconds of one core for each training": {str(size): scale * SHARES[size] for size in SPACES},
        "spaces": {str(size): spaces for size, spaces in SPACES.items()},
        "training times, chosen at 32 px": times,
        "samplers, chosen on training photographs": {
            f"{size} px, {name}": of.sampler for size, spaces in found.items() for name, of in spaces.items()
        },
        "held out": HELD_OUT,
        "measured on": measured,
        "judge": "classifies four rotations of photographs, trained on the generators' training images",
    }
    ours, uncertainty = _summary(found)
    return Outcome(ours, uncertainty, _figure(found), settings, 0, versions())


def _summary(
    found: Mapping[int, Mapping[str, Found]],
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for size, spaces in found.items():
        for name, of in spaces.items():
            key, n = f"{size} px: {name}", of.numbers
            ours[f"{key}, KID"] = n["kid"]
            spread = 1.96 * n["kid_deviation"]
            uncertainty[f"{key}, KID"] = (n["kid"] - spread, n["kid"] + spread)
            ours[f"{key}, Fréchet"] = n["frechet"]
            ours[f"{key}, recall"] = n["recall"]
            ours[f"{key}, precision"] = n["precision"]
            ours[f"{key}, steps"] = float(of.steps)
            ours[f"{key}, processor seconds"] = of.seconds
        floor = next(iter(spaces.values())).numbers
        ours[f"{size} px: photographs, KID"] = floor["floor_kid"]
        ours[f"{size} px: photographs, Fréchet"] = floor["floor_frechet"]
        ours[f"{size} px: judge's accuracy"] = floor["judge_accuracy"]
    return ours, uncertainty


def _figure(found: Mapping[int, Mapping[str, Found]]) -> bytes:
    rows = {
        f"{size} px": {
            name: plots.Contestant(of.numbers["kid"], 1.96 * of.numbers["kid_deviation"], of.shown)
            for name, of in spaces.items()
        }
        for size, spaces in found.items()
    }
    title = "Diffusion in several spaces, after equal processor time"
    return plots.png(plots.contest(rows, measure="KID, lower is better", title=title))


CLAIM = Claim(
    name="wavelet-space-diffusion",
    claim="With a small budget of processor time, diffusion of wavelet packets generates images closer to "
    "photographs than diffusion of pixels, which differs only in the transform.",
    source="this library; cf. Guth, Coste, De Bortoli, Mallat: Wavelet Score-Based Generative Modeling, 2022",
    published="–",
    protocol="8,000 training photographs and 2,000 held-out ones, at 32 and 64 px. Each training has the same "
    "processor time on one core; the number of steps follows from a timing run. Networks are the default U-Net "
    "of each space, of equal widths; for pixels at 64 px it operates on a 32×32 grid, or with patches of 4 on "
    "a 16×16 grid as for packets. The time of latents includes the training of their autoencoder. Two settings "
    "are selected for each space by KID to training photographs: the mean of the training times (at 32 px) and "
    "the sampler. KID uses the features of a judge network, trained to classify rotated photographs; "
    "confidence intervals are over blocks of images, not over trainings; each space has one.",
    seconds=FULL,
    run=_run,
    shown=tuple(f"{size} px: {name}, KID" for size, spaces in SPACES.items() for name in spaces),
)
