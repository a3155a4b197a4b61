"""StyleGAN3's ladder: from a StyleGAN2-like generator to equivariance, one step at a time."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from subband import plots
from subband.data import Examples, read_examples
from subband.data.packs import unpack
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.experiments.methods.judges import judge_in
from subband.experiments.methods.motion import moving, side_by_side, turning
from subband.experiments.parts import work_folder
from subband.generate import GENERATORS, equivariance, evaluate, load_judge
from subband.generate.adversarial import Health
from subband.generate.stylegan3 import LADDER, layer_aliasing
from subband.metrics.equivariance import Equivariance
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.training import generator, initialised

EACH = 450.0  # processor seconds of each training
FULL = EACH * len(LADDER) / 2 + 900  # on two cores, with the judge and evaluations
SIZE, SMALL = 64, 32  # of the images; in short runs
IMAGES = 9000
MEASURED, LATENTS = 1000, 64
JUDGE_STEPS = 800
SHOWN = ("B", "T", "R")
SETTINGS: dict[str, Any] = {"channels": 3}


@dataclass(frozen=True)
class Result:
    """Results of one rung.

    Attributes:
        untrained, trained: metric -> equivariance, of random weights and after the training.
        leak: of the layer that aliases most after the training, share of its energy in dB.
        numbers: metrics of `evaluate`.
        steps, seconds: of the training.
        problems: what `Health` found.
        moving, turning: frames of the plane.
    """

    untrained: dict[str, Equivariance]
    trained: dict[str, Equivariance]
    leak: float
    numbers: dict[str, float]
    steps: int
    seconds: float
    problems: int
    moving: np.ndarray
    turning: np.ndarray


def untrained(configuration: str, size: int, latents: int, seed: int = 0) -> dict[str, Equivariance]:
    """Equivariance of random weights, with pictures scaled to mean square 1."""
    family = GENERATORS["stylegan3"]
    config = family.configure(size, configuration=configuration, **SETTINGS)
    with initialised(seed):
        network: Any = family.build(config).eval().requires_grad_(False)
    network.calibrate()
    pictures = network.draw(32, generator(seed), {}, config)
    scale = float(pictures.square().mean().rsqrt())
    return equivariance(network, count=latents, seed=seed, scale=scale)


def train_and_measure(
    configuration: str, seconds: float, size: int, data: Path, judge: Path, latents: int, measured: int
) -> Result:
    """Train one rung, and measure it."""
    found = untrained(configuration, size, latents)
    examples, tests = photographs(data, size)
    health, start = Health(), time.process_time()
    model = train_for(
        "stylegan3", examples, seconds, flip=True, hooks=[health], configuration=configuration, augment="none"
    )
    elapsed = time.process_time() - start
    network: Any = model.network
    numbers = evaluate(model, tests, load_judge(judge), count=measured, seed=0).numbers
    assert model.history is not None
    return Result(
        found,
        equivariance(network, count=latents),
        max(layer_aliasing(network)),
        numbers,
        model.history.steps,
        elapsed,
        len(health.episodes),
        moving(network),
        turning(network),
    )


def photographs(folder: Path, size: int) -> tuple[Examples, Examples]:
    """Photographs to learn from, and others to be compared with."""
    read = read_examples(folder / "photos64", size=size, labels=False, say=lambda line: None)
    count = min(IMAGES, len(read) * 9 // 10)
    return read.take(slice(count)), read.take(slice(count, None))


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = min(seconds / FULL, 1.0)
    size = SIZE if scale == 1 else SMALL
    latents, measured = max(int(LATENTS * scale), 8), max(int(MEASURED * scale), 50)
    rungs = list(LADDER)
    each = EACH * seconds / FULL
    with tempfile.TemporaryDirectory() as place, work_folder("judge") as folder:
        data = unpack("photos64_10k.tar", Path(place))
        with watcher.stage("judge"):
            steps = max(int(JUDGE_STEPS * scale), 20)
            judge = judge_in(folder / "judge", photographs(data, size)[0], steps)
        jobs = [(name, (name, each, size, data, judge, latents, measured)) for name in rungs]
        done = in_processes(train_and_measure, jobs, watcher, "trainings")
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, of in done.items():
        for when, found in (("untrained", of.untrained), ("trained", of.trained)):
            for metric, ratio in found.items():
                key = f"{name}, {metric}, {when}, dB"
                ours[key], uncertainty[key] = ratio.value, (ratio.low, ratio.high)
        ours[f"{name}, energy that the worst layer aliases, dB"] = of.leak
        ours[f"{name}, KID"] = of.numbers["kid"]
        spread = 1.96 * of.numbers["kid_deviation"]
        uncertainty[f"{name}, KID"] = (of.numbers["kid"] - spread, of.numbers["kid"] + spread)
        ours[f"{name}, recall"], ours[f"{name}, steps"] = of.numbers["recall"], float(of.steps)
        ours[f"{name}, processor seconds"], ours[f"{name}, problems"] = of.seconds, float(of.problems)
    ours["photographs against others, KID"] = done[rungs[0]].numbers["floor_kid"]
    notes = {
        name: ", ".join(f"{metric} {done[name].trained[metric].value:.0f} dB" for metric in ("EQ-T", "EQ-R"))
        for name in SHOWN
    }
    figure = plots.sticking(
        {name: done[name].moving for name in SHOWN},
        {name: done[name].turning for name in SHOWN},
        notes=notes,
        title="Texture sticks to the pixels in B, moves in T, and turns in R",
    )
    films = [side_by_side([getattr(done[name], what) for name in SHOWN]) for what in ("moving", "turning")]
    gap = [(0, 4), (0, 0), (0, 0)]  # white rows below the moving plane
    frames = [np.concatenate([np.pad(a, gap, constant_values=255), b]) for a, b in zip(*films, strict=True)]
    animation = plots.gif(frames, rate=16)
    settings = {
        "size": size,
        "latents": latents,
        "seconds of one core for each": each,
        "images": IMAGES,
    }
    return Outcome(ours, uncertainty, plots.png(figure), settings, 0, versions(), animation)


CLAIM = Claim(
    name="stylegan3-ladder",
    claim="Fourier features, filtered non-linearities and lower cutoffs make a generator equivariant to "
    "translations, and radial filters with 1 × 1 convolutions to rotations, at no cost in quality.",
    source="T. Karras et al.: Alias-Free Generative Adversarial Networks, 2021, table 1 (FFHQ-U at 256 px)",
    published="EQ-T/EQ-R in dB: B 16.2/10.8, C 15.8/10.8, D 19.5/10.4, E 24.6/11.0, F 30.6/10.8, G 43.9/10.8, "
    "H 45.2/10.6, T 63.0/13.1, R 66.7/40.5; FID from 4.79 (B) to 4.62 (T) and 4.50 (R)",
    protocol="Each configuration is trained for 7.5 minutes of processor time on one core, on 9,000 "
    "photographs of 64 px, with the same critic. EQ over 64 latents (the paper: 50,000), as the paper "
    "defines it, of the averaged weights; and of random weights, with pictures scaled to mean square 1, "
    "since the ratios depend on the amplitude. KID to 1,000 other photographs by the features of a network "
    "that tells how photographs were turned. At so few steps no configuration makes good pictures: "
    "equivariance is a property of the architecture, and quality is given for comparison.",
    seconds=FULL,
    run=_run,
    shown=tuple(f"{name}, {metric}, trained, dB" for name in LADDER for metric in ("EQ-T", "EQ-R")),
)
