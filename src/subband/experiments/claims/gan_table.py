"""All adversarial families on handwritten digits, with equal processor time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.experiments.methods.judges import judge_in
from subband.experiments.methods.mnist import digits
from subband.experiments.parts import work_folder
from subband.generate import evaluate, load_judge
from subband.generate.adversarial import Health
from subband.metrics import wilson_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher

EACH = 600.0  # processor seconds of each training
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "relativistic, packets": ("gan", {}),
    "DCGAN": ("dcgan", {}),
    "DCGAN, R1": ("dcgan", {"penalty": 1.0, "rate": 5e-4}),
    "conditional, projection": ("cgan", {}),
    "conditional, concatenation": ("cgan", {"condition": "concatenation"}),
    "TransGAN": ("transgan", {}),
    "StyleGAN3-T": ("stylegan3", {"most": 32, "base": 256}),
}
FULL = EACH * len(MODELS) / 2 + 600  # on two cores, with judges and evaluations
MEASURED, JUDGE_STEPS = 2000, 1500


@dataclass(frozen=True)
class Result:
    """Results of one training.

    Attributes:
        numbers: metrics of `evaluate` on test digits.
        steps, seconds: of the training.
        problems: episodes of collapse or divergence.
        shown: generated digits, uint8 (10, 32, 32, C).
    """

    numbers: dict[str, float]
    steps: int
    seconds: float
    problems: int
    shown: np.ndarray


def train_and_evaluate(name: str, seconds: float, folder: Path, measured: int) -> Result:
    """Train a model, and evaluate it on test digits."""
    family, settings = MODELS[name]
    health, start = Health(), time.process_time()
    model = train_for(family, digits("train"), seconds, flip=False, hooks=[health], **settings)
    elapsed, channels = time.process_time() - start, model.config.channels
    found = evaluate(
        model, digits("test", channels), load_judge(folder / f"judge-{channels}"), count=measured, seed=0
    )
    assert model.history is not None
    return Result(found.numbers, model.history.steps, elapsed, len(health.episodes), found.generated[:10])


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = min(seconds / FULL, 1.0)
    measured, each = max(int(MEASURED * scale), 100), EACH * seconds / FULL
    with work_folder("judges") as folder:
        # The same digits in one and in three channels: some families know colours only.
        with watcher.stage("judges"):
            for channels in (1, 3):
                steps = max(int(JUDGE_STEPS * scale), 20)
                judge_in(folder / f"judge-{channels}", digits("train", channels), steps)
        jobs = [(name, (name, each, folder, measured)) for name in MODELS]
        done = in_processes(train_and_evaluate, jobs, watcher, "trainings")
    ours, uncertainty = _summary(done)
    settings = {
        "models": {name: chosen for name, (_, chosen) in MODELS.items()},
        "seconds of one core for each": each,
    }
    return Outcome(ours, uncertainty, _figure(done), settings, 0, versions())


def _summary(done: Mapping[str, Result]) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, of in done.items():
        n = of.numbers
        ours[f"{name}, KID"], spread = n["kid"], 1.96 * n["kid_deviation"]
        uncertainty[f"{name}, KID"] = (n["kid"] - spread, n["kid"] + spread)
        ours[f"{name}, KID of real digits"] = n["floor_kid"]
        for number in ("frechet", "precision", "recall", "coverage"):
            ours[f"{name}, {number}"] = n[number]
        if "accuracy" in n:
            ours[f"{name}, accuracy"] = n["accuracy"]
            uncertainty[f"{name}, accuracy"] = wilson_interval(n["accuracy"], n["count"])
        ours[f"{name}, steps"], ours[f"{name}, processor seconds"] = float(of.steps), of.seconds
        ours[f"{name}, episodes of collapse or divergence"] = float(of.problems)
    return ours, uncertainty


def _figure(done: Mapping[str, Result]) -> bytes:
    makers = {
        name: plots.Contestant(of.numbers["kid"], 1.96 * of.numbers["kid_deviation"], of.shown)
        for name, of in done.items()
    }
    floor = max(of.numbers["floor_kid"] for of in done.values())
    group = f"KID between real digits {floor:.3f}"
    return plots.png(
        plots.contest({group: makers}, measure="KID, lower is better", title="Digits of adversarial networks")
    )


CLAIM = Claim(
    name="gan-table",
    claim="Adversarial networks of all kinds draw handwritten digits after ten minutes on one processor core.",
    source="A. Radford et al.: DCGAN, 2016; M. Mirza, S. Osindero: Conditional GANs, 2014; T. Miyato, M. Koyama: "
    "Projection, 2018; Y. Jiang et al.: TransGAN, 2021; T. Karras et al.: StyleGAN3, 2021; N. Huang et al.: "
    "R3GAN, 2024",
    published="–",
    protocol="All 60,000 training digits at 32×32; each model is trained once for ten minutes of processor "
    "time on one core, with its family's defaults. A judge network, trained on the training digits, "
    "classifies 2,000 generated digits and provides the features of all distances to 2,000 test digits; the "
    "distance between these and 2,000 other test digits is the floor. Families that know colours only get "
    "the digits in three equal channels, and a judge for these.",
    seconds=FULL,
    run=_run,
    shown=(
        *(f"{name}, KID" for name in MODELS),
        "conditional, projection, accuracy",
        "conditional, concatenation, accuracy",
        "StyleGAN3-T, accuracy",
    ),
)
