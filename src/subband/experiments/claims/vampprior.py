"""A mixture of posteriors as the prior of a variational autoencoder, against the standard prior."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from subband import plots
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes, steps_for, train_in_steps
from subband.experiments.methods.mnist import digits, judge_of_digits
from subband.experiments.parts import once, work_folder
from subband.generate import as_examples, load_judge
from subband.generate.families import GENERATORS
from subband.generate.families.cvae import ConditionalAutoencoder
from subband.generate.pixels import to_signal
from subband.generate.variational.model import VariationalAutoencoder
from subband.metrics import wilson_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher

FULL = 3600.0
EACH = 0.25  # of the budget: processor seconds of the slowest training
SAMPLES, WEIGHED, DRAWN = 500, 10_000, 2000  # of each test image; test images; digits of the CVAE
STANDARD, VAMP, STANDARD_2, VAMP_2 = PRIORS = (
    "standard prior", "VampPrior", "standard prior, two levels", "VampPrior, two levels",
)  # fmt: skip
CVAE = "CVAE"
TEMPERATURES = (1.0, 0.5)  # of the codes of the CVAE
REQUESTED = f"digits of the requested class, temperature {TEMPERATURES[0]:g}"
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    STANDARD: ("vampprior", {"prior": "standard"}),
    VAMP: ("vampprior", {}),
    STANDARD_2: ("vampprior", {"prior": "standard", "levels": 2}),
    VAMP_2: ("vampprior", {"levels": 2}),
    CVAE: ("cvae", {"batch": 100}),
}


@dataclass(frozen=True)
class Found:
    """Results of one training.

    Attributes:
        each: log-likelihood of each test image in nats, float64 (n,); log p(x|y) of the CVAE.
        sampling_error: standard error of their mean from the finite number of samples, in nats.
        bound: mean evidence lower bound in nats.
        drawn: digits, uint8 (10, 32, 32, 1).
        accuracy: of models with classes: share of digits of the requested class by temperature of the codes, and of
            test digits whose bound is highest under their own class.
        parameters: number of weights.
        seconds: processor time of the training.
    """

    each: np.ndarray
    sampling_error: float
    bound: float
    drawn: np.ndarray
    accuracy: dict[str, float]
    parameters: int
    seconds: float


def learn(name: str, steps: int, judge: Path, samples: int, weighed: int, drawn: int) -> Found:
    """Train one model, and measure it on test digits."""
    family, settings = SETTINGS[name]
    start = time.process_time()
    model = train_in_steps(family, digits("train"), steps, flip=False, **settings)
    seconds, network = time.process_time() - start, model.network
    assert isinstance(network, VariationalAutoencoder)
    tests = as_examples(digits("test"), GENERATORS[family])
    signal = to_signal(torch.from_numpy(np.ascontiguousarray(tests.pixels[:weighed].transpose(0, 3, 1, 2))))
    condition = {} if tests.labels is None else {"label": torch.from_numpy(tests.labels[:weighed])}
    found = network.log_likelihood(signal, condition, samples=samples)
    numbers = found.numbers()
    labels = np.arange(drawn) % len(tests.classes) if tests.classes else None
    made, accuracy = model.sample(drawn, seed=0, labels=labels), {}
    if isinstance(network, ConditionalAutoencoder):
        for temperature in TEMPERATURES:
            images = model.sample(drawn, seed=0, labels=labels, temperature=temperature)
            right = load_judge(judge).look(images)[1].argmax(axis=1) == labels
            accuracy[f"digits of the requested class, temperature {temperature:g}"] = float(right.mean())
        told = network.bounds(signal[:drawn]).argmax(dim=1)
        accuracy["test digits told apart by their bounds"] = float(
            (told == condition["label"][:drawn]).double().mean()
        )
    return Found(
        found.each.double().numpy(),
        numbers["log_likelihood_sampling_error"],
        numbers["evidence_bound"],
        made[:10],
        accuracy,
        sum(p.numel() for p in network.parameters()),
        seconds,
    )


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(seconds / FULL, 1.0)
    samples, weighed, drawn = (
        max(int(n * share), least) for n, least in ((SAMPLES, 10), (WEIGHED, 100), (DRAWN, 100))
    )
    training = digits("train")
    family, settings = SETTINGS[VAMP_2]
    steps = once("steps", VAMP_2, steps_for, family, training, EACH * seconds, flip=False, **settings)
    with work_folder("judge") as folder:
        judge = judge_of_digits(folder, training, share, watcher)
        jobs = [(name, (name, steps, judge, samples, weighed, drawn)) for name in SETTINGS]
        done = in_processes(learn, jobs, watcher, "trainings")
        right = load_judge(judge).accuracy(digits("test"))
    ours, uncertainty = _summary(done, drawn)
    ours["judge's own accuracy on test digits"] = right
    chosen = {
        "steps": steps, "batch": 100, "models": SETTINGS, "samples of each image": samples, "test images": weighed,
        "digits of the CVAE": drawn,
    }  # fmt: skip
    return Outcome(ours, uncertainty, _figure(done), chosen, 0, versions())


def gain(found: Found, base: Found) -> tuple[float, float]:
    """Mean difference of the log-likelihoods of the same images in nats, and half its 95 % interval."""
    difference = found.each - base.each
    return float(difference.mean()), float(1.96 * difference.std(ddof=1) / len(difference) ** 0.5)


def _summary(
    done: Mapping[str, Found], drawn: int
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}

    def add(key: str, mean: float, spread: float) -> None:
        ours[key], uncertainty[key] = mean, (mean - spread, mean + spread)

    for name, found in done.items():
        error = 1.96 * float(found.each.std(ddof=1)) / len(found.each) ** 0.5
        add(f"{name}: log-likelihood (nats)", float(found.each.mean()), error)
        ours[f"{name}: standard error of the sampling (nats)"] = found.sampling_error
        ours[f"{name}: evidence lower bound (nats)"] = found.bound
        ours[f"{name}: parameters"] = float(found.parameters)
        ours[f"{name}: processor seconds"] = found.seconds
        for what, share in found.accuracy.items():
            ours[f"{name}: {what}"] = share
            uncertainty[f"{name}: {what}"] = wilson_interval(share, drawn)
    for name, base in ((VAMP, STANDARD), (VAMP_2, STANDARD_2), (STANDARD_2, STANDARD), (VAMP_2, VAMP)):
        add(f"{name} over {base} (nats)", *gain(done[name], done[base]))
    return ours, uncertainty


def _figure(done: Mapping[str, Found]) -> bytes:
    def row(name: str) -> tuple[str, plots.Contestant]:
        found = done[name]
        label = f"{name}, {found.each.mean():.1f} nats".replace("-", "−")
        return label, plots.Contestant(*gain(found, done[STANDARD]), found.drawn)

    accuracy = done[CVAE].accuracy[REQUESTED]
    groups = {
        "log p(x)": dict(map(row, PRIORS)),
        f"log p(x | class); {100 * accuracy:.1f} % of the digits are of the requested class": dict(
            [row(CVAE)]
        ),
    }
    measure = "above the standard prior (nats)"
    return plots.png(
        plots.contest(
            groups, measure=measure, title="Test log-likelihoods of digits under variational autoencoders"
        )
    )


CLAIM = Claim(
    name="vampprior",
    claim="A prior that is the mixture of the posteriors of learnt pseudo-inputs gives a variational "
    "autoencoder a higher test likelihood than the standard prior, with one level of codes and with two.",
    source="J. Tomczak, M. Welling: VAE with a VampPrior, 2018; K. Sohn et al.: Learning Structured Output "
    "Representation using Deep Conditional Generative Models, 2015",
    published="dynamically binarised MNIST, one level: −82.5 nats with the VampPrior, −84.8 with the standard "
    "prior",
    protocol="60,000 digits, padded from 28×28 to 32×32 by their black edges, binarised anew in each batch; "
    "gated layers of 300 units, codes of 40, 500 pseudo-inputs that begin at training digits, as in the "
    "source. All models are trained for equally many steps of 100 digits, as many as the slowest takes a "
    "quarter of the budget for, far fewer than the source's epochs; weights are averaged. Log-likelihoods by "
    "importance sampling, with 500 samples of each of 10,000 test digits, binarised once, equally for all "
    "models; the source takes 5,000. Differences are of the same images. A conditional autoencoder with codes "
    "of 16 is trained beside them; a judge that was trained on the training digits classifies 2,000 of its "
    "digits, from codes of the prior and of half its deviation. Intervals: 95 % over images, Wilson for "
    "accuracy; each model is trained once.",
    seconds=FULL,
    run=_run,
    shown=(
        *(f"{name}: log-likelihood (nats)" for name in PRIORS),
        f"{VAMP} over {STANDARD} (nats)",
        f"{VAMP_2} over {STANDARD_2} (nats)",
        f"{CVAE}: {REQUESTED}",
    ),
)
