"""A learnt mixture of posteriors as the prior of an autoencoder, against a normal prior, on digits."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband import plots
from subband.data import Examples
from subband.data.packs import pack
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.generate import train_judge
from subband.generate.likelihood_of import likelihood
from subband.metrics import wilson_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher

EACH = 600.0  # processor seconds of a training
MODELS: dict[str, dict[str, Any]] = {
    "standard prior": {"prior": "standard"},
    "VampPrior": {"prior": "vamp"},
    "two levels, standard prior": {"prior": "standard", "levels": 2},
    "two levels, VampPrior": {"prior": "vamp", "levels": 2},
}
CONDITIONAL = "CVAE"
IMAGES, SAMPLES = 500, 500  # of the test set, and of the codes of each
JUDGED, JUDGE_STEPS = 1000, 1500
FULL = (len(MODELS) + 1) * EACH / 2 + 300


@dataclass(frozen=True)
class Learnt:
    """One training: numbers of `likelihood`, steps, and sixteen drawn images (16, 32, 32, 1)."""

    numbers: dict[str, float]
    steps: int
    drawn: np.ndarray


def digits(split: str) -> Examples:
    """MNIST, 28 × 28 in a black frame of 32 × 32, which costs no nats: the pixels are those of the publications."""
    with np.load(pack("mnist.npz")) as arrays:
        pixels, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
    framed = np.pad(pixels, ((0, 0), (2, 2), (2, 2)))[..., None]
    return Examples(framed, labels.astype(np.int64), tuple("0123456789"))


def learn(name: str, seconds: float, images: int, samples: int) -> Learnt:
    """Train one model, and measure it on test digits."""
    training, tests = digits("train"), digits("test")
    chosen = tests.take(np.random.default_rng(0).permutation(len(tests))[:images])
    family = "cvae" if name == CONDITIONAL else "vampprior"
    made = train_for(family, training, seconds, flip=False, **MODELS.get(name, {}))
    found = likelihood(made.network, chosen, classes=made.config.classes, samples=samples)  # type: ignore[arg-type]
    labels = np.arange(JUDGED) % 10 if made.config.classes else None
    assert made.history is not None
    return Learnt(found, made.history.steps, made.sample(JUDGED, seed=0, labels=labels))


def _run(seconds: float, watcher: Watcher) -> Outcome:
    scale = min(seconds / FULL, 1)
    images, samples = max(int(IMAGES * scale), 20), max(int(SAMPLES * scale), 10)
    jobs = [(name, (name, scale * EACH, images, samples)) for name in (*MODELS, CONDITIONAL)]
    done = in_processes(learn, jobs, watcher, "trainings")
    with watcher.stage("judge"):
        judge = train_judge(digits("train"), steps=max(int(JUDGE_STEPS * scale), 20))
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, learnt in done.items():
        numbers = learnt.numbers
        nats, spread = numbers["nats"], 1.96 * numbers["nats_error"]
        ours[f"{name}, log-likelihood, nats"] = nats
        uncertainty[f"{name}, log-likelihood, nats"] = nats - spread, nats + spread
        ours[f"{name}, bound with one sample, nats"] = numbers["elbo_nats"]
        ours[f"{name}, bits a pixel of 28 × 28"] = -nats / (28 * 28 * math.log(2))
        ours[f"{name}, active units"] = numbers["active_units"]
        ours[f"{name}, steps"] = float(learnt.steps)
    _, told = judge.look(done[CONDITIONAL].drawn)
    right = float(np.mean(told.argmax(axis=1) == np.arange(JUDGED) % 10))
    ours[f"{CONDITIONAL}, accuracy"] = right
    uncertainty[f"{CONDITIONAL}, accuracy"] = wilson_interval(right, JUDGED)
    makers = {
        name: plots.Contestant(
            -learnt.numbers["nats"], 1.96 * learnt.numbers["nats_error"], learnt.drawn[:10]
        )
        for name, learnt in done.items()
    }
    figure = plots.contest(
        {"Black-and-white digits": makers},
        measure="− log-likelihood (nats), lower is better",
        title="Priors of autoencoders",
    )
    settings = {
        "processor seconds of a training": scale * EACH,
        "models": MODELS,
        "test images": images,
        "samples of the codes": samples,
    }
    return Outcome(ours, uncertainty, plots.png(figure), settings, 0, versions())


CLAIM = Claim(
    name="vampprior",
    claim="A prior that is a mixture of the posteriors of learnt pseudo-inputs gives test images a "
    "higher likelihood than a "
    "normal prior.",
    source="J. M. Tomczak, M. Welling: VAE with a VampPrior, 2018; Y. Burda, R. Grosse, R. "
    "Salakhutdinov: Importance "
    "Weighted Autoencoders, 2016; K. Sohn, H. Lee, X. Yan: Learning Structured Output Representation "
    "using Deep Conditional "
    "Generative Models, 2015",
    published="one level, dynamically binarised MNIST, full training: −82.5 nats with 500 "
    "pseudo-inputs, −84.8 nats with a "
    "normal prior",
    protocol="Networks of two gated layers of 300, codes of 40 numbers, 500 pseudo-inputs, trained "
    "for ten minutes of one "
    "core each on 60,000 digits, each pixel white with the probability of its brightness anew in "
    "every step. Test digits are "
    "made black and white once; their log-likelihood is importance-sampled with 500 codes each, and "
    "its interval is over "
    "images. The publications train until the bound stops to rise, for hours. All models have the "
    "same steps' budget in "
    "processor time, not in steps. The CVAE's digits are judged by a network trained on the training digits.",
    seconds=FULL,
    run=_run,
    shown=(
        "standard prior, log-likelihood, nats",
        "VampPrior, log-likelihood, nats",
        f"{CONDITIONAL}, accuracy",
    ),
)
