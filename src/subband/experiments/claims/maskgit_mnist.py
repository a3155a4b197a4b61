"""Digits as tokens: masked and filled in, or replaced and renoised, beside diffusion in pixels at equal work."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.experiments.methods.mnist import digits, judge_of_digits
from subband.experiments.parts import work_folder
from subband.generate import Judge, TrainedGenerator, evaluate, load_judge
from subband.metrics import wilson_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher

FULL = 2400.0
EACH = 0.375  # of the budget: processor seconds of one training, fifteen minutes in the full run
MASKGIT, PAELLA, FLOW = MODELS = "MaskGIT", "Paella", "diffusion (flow)"
FAMILIES = {MASKGIT: "maskgit", PAELLA: "paella", FLOW: "diffusion"}
TARGET = 0.98  # accuracy of the requested class
SAMPLERS: dict[str, tuple[dict[str, Any], ...]] = {
    MASKGIT: tuple(
        {"order": order, "sampling_steps": steps, "guidance": guidance, "temperature": temperature}
        for order in ("confidence", "halton")
        for steps in (8, 12)
        for guidance, temperature in ((2.0, 1.0), (3.0, 1.0), (3.0, 0.8))
    ),
    PAELLA: tuple(
        {"sampling_steps": steps, "guidance": guidance} for steps in (8, 12) for guidance in (2.0, 3.0, 5.0)
    ),
    FLOW: tuple(
        {"sampler": "euler", "sampling_steps": steps, "guidance": guidance, "sampling_shift": 3.0}
        for steps in (6, 8, 12)
        for guidance in (2.0, 3.0)
    ),
}
TUNED_ON, MEASURED = 500, 2000  # digits for the choice of the sampler, and for the result


@dataclass(frozen=True)
class Found:
    """Results of one model.

    Attributes:
        numbers: metrics of `evaluate` on test digits.
        sampler: of those of the target accuracy the fastest, or the most accurate where none has it.
        speed: digits per processor second of the chosen sampler.
        shown: one digit per class, uint8 (10, 32, 32, 1).
        steps: number of training steps.
        seconds: processor time of the training.
    """

    numbers: dict[str, float]
    sampler: dict[str, Any]
    speed: float
    shown: np.ndarray
    steps: int
    seconds: float


def learn(name: str, seconds: float, judge: Path, tuned_on: int, measured: int) -> Found:
    """Train a model, choose its sampler on other digits than those of the result, and evaluate on test digits."""
    start = time.process_time()
    model = train_for(FAMILIES[name], digits("train"), seconds, flip=False)
    elapsed, network = time.process_time() - start, load_judge(judge)
    tried = [(settings, *tried_sampler(model, network, tuned_on, settings)) for settings in SAMPLERS[name]]
    settings, _, speed = chosen(tried)
    found = evaluate(model, digits("test"), network, count=measured, seed=0, **settings)
    assert model.history is not None
    return Found(found.numbers, settings, speed, found.generated[:10], model.history.steps, elapsed)


def tried_sampler(
    model: TrainedGenerator, judge: Judge, count: int, settings: Mapping[str, Any]
) -> tuple[float, float]:
    """(share of digits of the requested class, digits per processor second) of a sampler."""
    labels, start = np.arange(count) % len(model.config.classes), time.process_time()
    drawn = model.sample(count, seed=1, labels=labels, **settings)
    speed = count / (time.process_time() - start)
    return float((judge.look(drawn)[1].argmax(axis=1) == labels).mean()), speed


def chosen(tried: Sequence[tuple[dict[str, Any], float, float]]) -> tuple[dict[str, Any], float, float]:
    """The fastest of the samplers (settings, accuracy, speed) of the target accuracy, or the most accurate."""
    return max(tried, key=lambda one: (min(one[1], TARGET), one[2]))


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(seconds / FULL, 1.0)
    tuned_on, measured = (max(int(n * share), least) for n, least in ((TUNED_ON, 20), (MEASURED, 100)))
    with work_folder("judge") as folder:
        judge = judge_of_digits(folder, digits("train"), share, watcher)
        jobs = [(name, (name, EACH * seconds, judge, tuned_on, measured)) for name in MODELS]
        done = in_processes(learn, jobs, watcher, "trainings")
    settings = {
        "processor seconds of each": EACH * seconds,
        "samplers": SAMPLERS,
        "chosen samplers": {name: found.sampler for name, found in done.items()},
        "digits of the choice": tuned_on,
    }
    ours, uncertainty = _summary(done)
    return Outcome(ours, uncertainty, _figure(done), settings, 0, versions())


def _summary(done: Mapping[str, Found]) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, found in done.items():
        n = found.numbers
        ours[f"{name}, accuracy"] = n["accuracy"]
        uncertainty[f"{name}, accuracy"] = wilson_interval(n["accuracy"], n["count"])
        ours[f"{name}, KID"] = n["kid"]
        spread = 1.96 * n["kid_deviation"]
        uncertainty[f"{name}, KID"] = (n["kid"] - spread, n["kid"] + spread)
        for number in ("frechet", "precision", "recall", "coverage", "psnr", "codes_used", "perplexity"):
            if number in n:
                ours[f"{name}, {number}"] = n[number]
        ours[f"{name}, sampling steps"] = float(found.sampler["sampling_steps"])
        ours[f"{name}, digits a second"] = found.speed
        ours[f"{name}, steps"] = float(found.steps)
        ours[f"{name}, processor seconds"] = found.seconds
    floor = done[MASKGIT].numbers
    ours["test digits against others, KID"] = floor["floor_kid"]
    ours["judge's own accuracy on test digits"] = floor["judge_accuracy"]
    ours["images of each"] = floor["count"]
    return ours, uncertainty


def _figure(done: Mapping[str, Found]) -> bytes:
    rows = {}
    for name, found in done.items():
        n, steps = found.numbers, found.sampler["sampling_steps"]
        told = f"{100 * n['accuracy']:.1f} % right, {steps} steps, {found.speed:.3g} a second"
        rows[f"{name}, {told}"] = plots.Contestant(n["kid"], 1.96 * n["kid_deviation"], found.shown)
    heading = "Digits of a requested class, from equal processor time of training"
    title = "Tokens, filled in or renoised, beside diffusion"
    return plots.png(plots.contest({heading: rows}, measure="KID, lower is better", title=title))


CLAIM = Claim(
    name="maskgit-mnist",
    claim="A masked model of tokens, trained for fifteen minutes on one processor core, generates digits of a "
    "requested class in at most 12 steps.",
    source="H. Chang et al.: MaskGIT: Masked Generative Image Transformer, 2022; V. Besnier et al.: Halton "
    "Scheduler for Masked Generative Image Transformer, 2025; D. Rampas, P. Pernias, M. Aubreville: A Novel "
    "Sampling Scheme for Text- and Image-Conditional Image Synthesis in Quantized Latent Spaces, 2022",
    published="–",
    protocol="All 60,000 training digits at 32×32, with the class as condition. MaskGIT, Paella and flow "
    "matching on Haar packets are trained for fifteen minutes of processor time each; the first fifth of the "
    "former two is their tokenizer's. Of some samplers of at most 12 steps the fastest is taken that has an "
    "accuracy of 0.98 on 500 digits, or else the most accurate. A judge that was trained on the training "
    "digits classifies 2,000 others of each, and provides the features of all distances to 2,000 test digits. "
    "Digits a second are those of one core. Confidence intervals: Wilson for accuracy, over blocks of images "
    "for KID; each model is trained once.",
    seconds=FULL,
    run=_run,
    shown=tuple(
        f"{name}, {number}"
        for name in MODELS
        for number in ("accuracy", "KID", "sampling steps", "digits a second")
    ),
)
