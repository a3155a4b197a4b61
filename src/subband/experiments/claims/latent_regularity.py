"""Regular and irregular codes: an autoencoder's paths and random codes against a variational one's."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.experiments.claims.vampprior import digits
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.experiments.methods.latent_codes import (
    as_the_codes_lie,
    codes,
    decoded,
    gradient_deviations,
    paths,
)
from subband.generate import train_judge
from subband.generate.family import ImageNetwork
from subband.generate.pixels import to_pixels, to_signal
from subband.metrics import bootstrap_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.training import generator

EACH = 240.0  # processor seconds of a training
MODELS: dict[str, dict[str, Any]] = {"autoencoder": {"beta": 1e-6}, "variational autoencoder": {"beta": 1.0}}
COMMON: dict[str, Any] = {"prior": "standard", "latent": 8}
PAIRS, POINTS, RANDOM, JUDGE_STEPS = 300, 11, 1000, 1500
SHOWN = 5
FULL = len(MODELS) * EACH / 2 + 120


@dataclass(frozen=True)
class Learnt:
    """One training.

    Attributes:
        lines: (pairs, points, 32, 32, 1) uint8, images along straight lines between codes of test digits.
        random: (count, 32, 32, 1) uint8, images of random codes.
        deviations: mean standard deviation of each estimate of the gradient.
        steps: of the training.
    """

    lines: np.ndarray
    random: np.ndarray
    deviations: dict[str, float]
    steps: int


def learn(name: str, seconds: float, pairs: int, count: int) -> Learnt:
    """Train one model, decode lines between codes of test digits, and random codes."""
    made = train_for("vampprior", digits("train"), seconds, flip=False, **COMMON, **MODELS[name])
    network: ImageNetwork = made.network
    tests = digits("test").pixels[:2000]
    images = to_signal(torch.from_numpy(tests.transpose(0, 3, 1, 2).copy()))
    random = generator(0)
    z = codes(network, images)  # type: ignore[arg-type]
    chosen = torch.randint(len(z), (pairs, 2), generator=random)
    lines = paths(z, chosen, POINTS)
    drawn = to_pixels(decoded(network, lines.flatten(0, 1)))  # type: ignore[arg-type]
    at_random = to_pixels(decoded(network, as_the_codes_lie(z, count, random)))  # type: ignore[arg-type]
    x = network.values(images[:50], random)  # type: ignore[operator]
    noise = gradient_deviations(network, x, random)  # type: ignore[arg-type]
    deviations = {key: float(value.mean()) for key, value in noise.items() if key != "means"}
    assert made.history is not None
    return Learnt(drawn.reshape(pairs, POINTS, *drawn.shape[1:]), at_random, deviations, made.history.steps)


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = min(seconds / FULL, 1)
    pairs, count = max(int(PAIRS * scale), 10), max(int(RANDOM * scale), 30)
    done = in_processes(
        learn, [(name, (name, scale * EACH, pairs, count)) for name in MODELS], watcher, "trainings"
    )
    with watcher.stage("judge"):
        judge = train_judge(digits("train"), steps=max(int(JUDGE_STEPS * scale), 20))

    def confidence(pixels: np.ndarray) -> np.ndarray:
        """The largest probability that the judge gives a class."""
        told = judge.look(pixels)[1].astype(float)
        shares = np.exp(told - told.max(axis=1, keepdims=True))
        return (shares / shares.sum(axis=1, keepdims=True)).max(axis=1)

    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    along, rows = {}, {}
    for name, learnt in done.items():
        flat = learnt.lines.reshape(-1, *learnt.lines.shape[2:])
        by_point = confidence(flat).reshape(len(learnt.lines), POINTS)
        for what, values in (
            ("halfway between two digits", by_point[:, POINTS // 2]),
            ("a random code", confidence(learnt.random)),
        ):
            key = f"{name}, {what}, the judge's confidence"
            ours[key] = float(values.mean())
            interval = bootstrap_interval(np.mean, values, rng=np.random.default_rng(0))
            uncertainty[key] = interval.low, interval.high
        for estimate, deviation in learnt.deviations.items():
            ours[f"{name}, deviation of the gradient, {estimate}"] = deviation
        ours[f"{name}, steps"] = float(learnt.steps)
        along[name] = by_point.mean(axis=0)
        rows[name] = learnt.lines[:SHOWN]
    figure = plots.latent_paths(along, rows, title="Straight lines between the codes of two digits")
    settings = {
        "processor seconds of a training": scale * EACH,
        "models": MODELS,
        "both": COMMON,
        "lines": pairs,
    }
    return Outcome(ours, uncertainty, plots.png(figure), settings, 0, versions())


CLAIM = Claim(
    name="latent-regularity",
    claim="Between and around the codes of images, a variational autoencoder decodes images; an "
    "autoencoder does not. Its "
    "gradients are affordable because of the reparameterisation.",
    source="Lecture on variational autoencoders (regular and irregular latent spaces); D. P. Kingma, M. Welling: "
    "Auto-Encoding Variational Bayes, 2014",
    published="– (figures)",
    protocol="Two equal networks with codes of 8 numbers, trained on black-and-white MNIST for four "
    "minutes of one core each; "
    "the autoencoder's divergence has the weight 10⁻⁶. Straight lines between the mean codes of "
    "pairs of test digits, and "
    "normal codes with the mean and the spread of the codes, number by number, are decoded; a judge "
    "trained on the training "
    "digits says how sure it is of a class. Deviations of the gradient are over single draws of the "
    "code, means over 50 "
    "images and the posterior means' coordinates.",
    seconds=FULL,
    run=_run,
    shown=tuple(f"{name}, halfway between two digits, the judge's confidence" for name in MODELS),
)
