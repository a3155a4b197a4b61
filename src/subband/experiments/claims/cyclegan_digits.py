"""CycleGAN between digits and digits that were changed in a known way, without pairs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from subband import plots
from subband.data import Examples
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.experiments.methods.judges import judge_in
from subband.experiments.methods.mnist import digits
from subband.experiments.parts import work_folder
from subband.generate import load_judge, translated
from subband.generate.adversarial import Health
from subband.metrics import wilson_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher

EACH = 600.0
MEASURED, JUDGE_STEPS = 1000, 1000


def inverted(pixels: np.ndarray) -> np.ndarray:
    """Black on white."""
    return 255 - pixels


def rotated(pixels: np.ndarray) -> np.ndarray:
    """A quarter turn."""
    return np.ascontiguousarray(np.rot90(pixels, axes=(1, 2)))


def textured(pixels: np.ndarray) -> np.ndarray:
    """Digits filled with stripes, on a darker ground of stripes across them."""
    y, x = np.mgrid[: pixels.shape[1], : pixels.shape[2]]
    ink = 160 + 80 * np.sign(np.sin(2 * np.pi * (x + y) / 6))
    ground = 40 + 30 * np.sign(np.sin(2 * np.pi * (x - y) / 8))
    part = pixels[..., 0] / 255
    return (part * ink + (1 - part) * ground).clip(0, 255).astype(np.uint8)[..., None]


MAPS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], dict[str, Any]]] = {
    "inverted": (inverted, {}),
    "turned by 90°": (rotated, {"turns": True, "identity": 0.0}),
    "textured": (textured, {}),
}
FULL = EACH * 2 + 300  # on two cores, of which one is idle at the end; with judges


@dataclass(frozen=True)
class Translated:
    """Results of one map.

    Attributes:
        accuracy: of the class that the judge of domain B sees in translated test digits.
        back: the same of the way back, by the judge of domain A.
        error: mean absolute difference to the true map, in levels of 255.
        judge: the judge's accuracy on truly mapped test digits.
        count: test digits.
        steps, seconds, problems: of the training.
        shown: each a digit above its translation and the true one, uint8 (8, 3 H, W, 1).
    """

    accuracy: float
    back: float
    error: float
    judge: float
    count: int
    steps: int
    seconds: float
    problems: int
    shown: np.ndarray


def learn(name: str, seconds: float, folder: Path, measured: int) -> Translated:
    """Train on two halves of the training digits, one of them mapped; judge translated test digits."""
    change, settings = MAPS[name]
    training, tests = digits("train"), digits("test").take(slice(measured))
    half = len(training) // 2
    first = Examples(training.pixels[:half])
    second = Examples(change(training.pixels[half:]))
    health, start = Health(), time.process_time()
    model = train_for("cyclegan", first, seconds, flip=False, second=second, hooks=[health], **settings)
    elapsed = time.process_time() - start
    true, made = change(tests.pixels), translated(model, tests.pixels)
    returned = translated(model, true, back=True)
    of_b, of_a = load_judge(folder / name.split()[0]), load_judge(folder / "digits")

    def right(judge, pixels: np.ndarray) -> float:
        return float((judge.look(pixels)[1].argmax(axis=1) == tests.labels).mean())

    error = float(np.abs(made.astype(float) - true).mean())
    assert model.history is not None
    shown = np.concatenate([tests.pixels[:8], made[:8], true[:8]], axis=1)
    return Translated(
        right(of_b, made), right(of_a, returned), error, right(of_b, true), len(true), model.history.steps, elapsed,
        len(health.episodes), shown,
    )  # fmt: skip


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = min(seconds / FULL, 1.0)
    measured, judge_steps = max(int(MEASURED * scale), 100), max(int(JUDGE_STEPS * scale), 20)
    each = EACH * seconds / FULL
    with work_folder("judges") as folder:
        with watcher.stage("judges"):
            training = digits("train")
            judge_in(folder / "digits", training, judge_steps)
            for name, (change, _) in MAPS.items():
                mapped = Examples(change(training.pixels), training.labels, training.classes)
                judge_in(folder / name.split()[0], mapped, judge_steps)
        jobs = [(name, (name, each, folder, measured)) for name in MAPS]
        done = in_processes(learn, jobs, watcher, "trainings")
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, of in done.items():
        for key, value in ((f"{name}, accuracy", of.accuracy), (f"{name}, way back, accuracy", of.back)):
            ours[key], uncertainty[key] = value, wilson_interval(value, of.count)
        ours[f"{name}, judge's own accuracy"], ours[f"{name}, error in levels"] = of.judge, of.error
        ours[f"{name}, steps"], ours[f"{name}, processor seconds"] = float(of.steps), of.seconds
        ours[f"{name}, episodes of collapse or divergence"] = float(of.problems)
    makers = {
        name: plots.Contestant(
            of.accuracy, float(np.ptp(wilson_interval(of.accuracy, of.count))) / 2, of.shown
        )
        for name, of in done.items()
    }
    figure = plots.contest(
        {"digits above their translations and the true map": makers},
        measure="accuracy of the class that comes out",
        title="Maps between domains, learnt without pairs",
    )
    settings = {
        "maps": {name: chosen for name, (_, chosen) in MAPS.items()},
        "seconds of one core for each": each,
    }
    return Outcome(ours, uncertainty, plots.png(figure), settings, 0, versions())


CLAIM = Claim(
    name="cyclegan-digits",
    claim="CycleGAN learns a map between two domains of images without pairs.",
    source="J.-Y. Zhu et al.: Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial "
    "Networks, 2017",
    published="– (the paper's domains have no known map)",
    protocol="Domain A: half of the training digits at 32×32; domain B: the other half, inverted, turned by "
    "90° or filled with texture. Ten minutes of processor time on one core each; the turn is learnt by "
    "translators that can move things across the image, without the identity loss. A judge network that was "
    "trained on truly mapped training digits names the class of translated test digits; their class should "
    "be that of the digit.",
    seconds=FULL,
    run=_run,
)
