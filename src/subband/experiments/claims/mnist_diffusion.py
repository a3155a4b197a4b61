"""Class-conditional diffusion of handwritten digits, trained for five minutes on one core."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.experiments.methods.mnist import digits, judge_of_digits
from subband.experiments.parts import work_folder
from subband.generate import evaluate, load_judge
from subband.metrics import wilson_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.training import generator

FULL = 300.0  # processor seconds of the longer training
FLOW, CHAIN = MODELS = "flow, v", "improved DDPM, noise and variances"
SETTINGS: dict[str, dict[str, Any]] = {
    FLOW: {},
    CHAIN: {
        "path": "iddpm", "predict": "eps", "learn_variance": True, "unround": True, "sampler": "ddim",
        "sampling_steps": 20, "sampling_shift": 1.0,
    },
}  # fmt: skip
SHARES = {FLOW: 1.0, CHAIN: 0.5}  # of the processor seconds
GUIDANCE = (1.0, 2.0)
SAMPLERS: dict[str, tuple[dict[str, Any], ...]] = {
    FLOW: (
        {"sampler": "euler", "sampling_steps": 8, "sampling_shift": 10.0},
        {"sampler": "heun", "sampling_steps": 10, "sampling_shift": 3.0},
        {"sampler": "heun", "sampling_steps": 10, "sampling_shift": 1.0},
    ),
    CHAIN: (
        {"sampler": "ddim", "sampling_steps": 20, "sampling_shift": 1.0},
        {"sampler": "ancestral", "sampling_steps": 25, "sampling_shift": 1.0},
    ),
}
# Images for the choice of the sampler, for the result, and for the bound in bits.
TUNED_ON, MEASURED, COUNTED = 500, 2000, 100


@dataclass(frozen=True)
class Found:
    """Results of one model with one guidance weight.

    Attributes:
        numbers: metrics of `evaluate` on test images.
        sampler: selected sampler: lowest KID to training images.
        shown: one generated digit per class, uint8 (10, 32, 32, 1).
    """

    numbers: dict[str, float]
    sampler: dict[str, Any]
    shown: np.ndarray


@dataclass(frozen=True)
class Trained:
    """Results of one training.

    Attributes:
        found: guidance weight → results.
        bits: variational bound in bits per pixel of test images, mean and standard error; None without one.
        steps: number of training steps.
        seconds: processor time of the training.
    """

    found: dict[float, Found]
    bits: tuple[float, float] | None
    steps: int
    seconds: float


def learn(name: str, seconds: float, judge: Path, tuned_on: int, measured: int, counted: int) -> Trained:
    """Train a model, select its samplers on training images, and evaluate on test images."""
    training, tests = digits("train"), digits("test")
    start = time.process_time()
    model = train_for("diffusion", training, seconds, flip=False, **SETTINGS[name])
    elapsed, network, found = time.process_time() - start, load_judge(judge), {}

    def kid(settings: dict[str, Any]) -> float:
        return evaluate(model, training, network, count=tuned_on, seed=1, **settings).numbers["kid"]

    for w in GUIDANCE:
        tried: list[dict[str, Any]] = [{"guidance": w} | sampler for sampler in SAMPLERS[name]]
        best = min(tried, key=kid)
        shown = evaluate(model, tests, network, count=measured, seed=0, **best)
        found[w] = Found(shown.numbers, best, shown.generated[:10])
    bits = None
    if SETTINGS[name].get("learn_variance"):
        rows = torch.from_numpy(tests.pixels[:counted].transpose(0, 3, 1, 2).copy())
        each = model.network.bits(rows, generator(0))  # type: ignore[operator]
        bits = each.mean().item(), each.std().item() / counted**0.5
    assert model.history is not None
    return Trained(found, bits, model.history.steps, elapsed)


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = seconds / FULL
    tuned_on, measured, counted = (
        max(int(n * min(scale, 1)), least) for n, least in ((TUNED_ON, 50), (MEASURED, 100), (COUNTED, 4))
    )
    with work_folder("judge") as folder:
        judge = judge_of_digits(folder, digits("train"), scale, watcher)
        jobs = [(name, (name, seconds * SHARES[name], judge, tuned_on, measured, counted)) for name in MODELS]
        done = in_processes(learn, jobs, watcher, "trainings")
    settings = {
        "seconds of one core": {name: seconds * SHARES[name] for name in MODELS},
        "models": SETTINGS,
        "samplers, chosen on training images": {
            f"{name}, guidance {w:g}": of.sampler for name in MODELS for w, of in done[name].found.items()
        },
        "images that bits are counted of": counted,
    }
    ours, uncertainty = _summary(done)
    return Outcome(ours, uncertainty, _figure(done), settings, 0, versions())


def _summary(
    done: Mapping[str, Trained],
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, trained in done.items():
        for w, of in trained.found.items():
            key, n = f"{name}, guidance {w:g}", of.numbers
            ours[f"{key}, accuracy"] = n["accuracy"]
            uncertainty[f"{key}, accuracy"] = wilson_interval(n["accuracy"], n["count"])
            ours[f"{key}, KID"] = n["kid"]
            spread = 1.96 * n["kid_deviation"]
            uncertainty[f"{key}, KID"] = (n["kid"] - spread, n["kid"] + spread)
            for number in ("frechet", "precision", "recall", "coverage"):
                ours[f"{key}, {number}"] = n[number]
        if trained.bits is not None:
            mean, error = trained.bits
            ours[f"{name}, bits for each pixel"] = mean
            uncertainty[f"{name}, bits for each pixel"] = (mean - 1.96 * error, mean + 1.96 * error)
        ours[f"{name}, steps"] = float(trained.steps)
        ours[f"{name}, processor seconds"] = trained.seconds
    floor = done[FLOW].found[GUIDANCE[0]].numbers
    for number in ("kid", "frechet", "precision", "recall", "coverage"):
        ours[f"test digits against others, {number}"] = floor[f"floor_{number}"]
    ours["judge's own accuracy on test digits"] = floor["judge_accuracy"]
    ours["images of each"] = floor["count"]
    return ours, uncertainty


def _figure(done: Mapping[str, Trained]) -> bytes:
    makers = {
        f"{name}, guidance {w:g}": plots.Contestant(of.numbers["kid"], 1.96 * of.numbers["kid_deviation"], of.shown)
        for name, trained in done.items()
        for w, of in trained.found.items()
    }  # fmt: skip
    n = done[FLOW].found[GUIDANCE[-1]].numbers
    accuracy = f"{100 * n['accuracy']:.1f} % of guided digits of “{FLOW}” are of the requested class"
    title = "Digits by diffusion after five minutes on one processor core, and after half of that"
    return plots.png(plots.contest({accuracy: makers}, measure="KID, lower is better", title=title))


CLAIM = Claim(
    name="mnist-diffusion",
    claim="Trained for five minutes on one processor core, a diffusion model generates handwritten digits of a "
    "requested class.",
    source="J. Ho, A. Jain, P. Abbeel: Denoising Diffusion Probabilistic Models, 2020; A. Nichol, P. Dhariwal: "
    "Improved Denoising Diffusion Probabilistic Models, 2021; Y. Lipman et al.: Flow Matching for Generative "
    "Modeling, 2023; J. Ho, T. Salimans: Classifier-Free Diffusion Guidance, 2022",
    published="–",
    protocol="All 60,000 training digits at 32×32, with the class as condition, dropped with probability 0.1; "
    "the default network on one level of Haar packets. Flow matching is trained for five minutes of processor "
    "time on one core; improved DDPM with learnt variances for half of that, on dequantised images, so that "
    "the variational bound is in bits. For each guidance weight the sampler of lowest KID to training digits "
    "is selected; other settings are defaults. A judge network, trained on the training digits, classifies "
    "2,000 generated digits, and provides the features of all distances to 2,000 test digits; the distances "
    "between these and 2,000 other test digits are the floor. Confidence intervals: Wilson for accuracy, over "
    "blocks of images for KID; each model is trained once.",
    seconds=FULL,
    run=_run,
    shown=tuple(
        f"{name}, guidance {w:g}, {number}"
        for name in MODELS
        for w in GUIDANCE
        for number in ("accuracy", "KID")
    ),
)
