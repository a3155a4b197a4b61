"""Regular and irregular latent spaces of digits, and the variance of gradients that pass through noise."""

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
from subband.generate import TrainedGenerator, load_judge
from subband.generate.pixels import to_pixels, to_signal
from subband.generate.variational.gradients import gradient_samples
from subband.generate.variational.model import VariationalAutoencoder
from subband.generate.variational.priors import Gaussian
from subband.metrics import kernel_distance, wilson_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.training import generator

FULL = 900.0
EACH = 0.4  # of the budget: processor seconds of one training
PLAIN, VARIATIONAL = MODELS = "autoencoder", "variational autoencoder"
BETA = {PLAIN: 0.0, VARIATIONAL: 1.0}
SETTINGS: dict[str, Any] = {"prior": "standard", "latent": 16}
POINTS = np.linspace(0, 1, 11)
MIDDLE = len(POINTS) // 2
SURE = 0.9  # probability from which the judge takes an image for a digit
PAIRS, SAMPLED, IMAGES, NOISES = 1000, 2000, 50, 2000  # noises: gradients at each of the images
ESTIMATORS = {
    "reparameterised": "reparameterised",
    "score": "score function",
    "score_baseline": "score with baseline",
}


@dataclass(frozen=True)
class Found:
    """Results of one model.

    Attributes:
        confidence: the judge's highest probability along the line between the codes of two digits, (pairs, points).
        agreeing: share of reconstructions that the judge takes for the class of their digit.
        kid: kernel distance to test digits, of codes from N(0, 1) and from a Gaussian fitted to the codes.
        scale: root of the mean square of the codes' units.
        shown: some of the lines, uint8 (lines, points, 32, 32, 1).
        errors: estimator → standard error of the gradient from one sample, relative to its length: geometric mean
            over images. The gradient is that of E[log p(x|z)] with respect to the mean of q(z|x).
        seconds: processor time of the training.
    """

    confidence: np.ndarray
    agreeing: float
    kid: dict[str, float]
    scale: float
    shown: np.ndarray
    errors: dict[str, float]
    seconds: float


def learn(name: str, steps: int, judge: Path, share: float) -> Found:
    """Train one autoencoder, and measure its latent space on test digits."""
    start = time.process_time()
    model = train_in_steps("vampprior", digits("train"), steps, flip=False, beta=BETA[name], **SETTINGS)
    return measured(model, judge, share, time.process_time() - start)


@torch.no_grad()
def measured(model: TrainedGenerator, judge: Path, share: float, seconds: float) -> Found:
    """Measurements on test digits, as many as a share of the full protocol."""
    pairs, sampled, images, noises = (
        max(int(n * share), least) for n, least in ((PAIRS, 20), (SAMPLED, 100), (IMAGES, 2), (NOISES, 50))
    )
    network, seen, tests = model.network, load_judge(judge), digits("test")
    assert isinstance(network, VariationalAutoencoder)
    signal = to_signal(torch.from_numpy(np.ascontiguousarray(tests.pixels.transpose(0, 3, 1, 2))))
    q = network.posterior(signal, {})
    first, second = _pairs(tests.labels, pairs)
    t = torch.from_numpy(POINTS).float()[:, None]
    lines = torch.lerp(q.mean[first, None], q.mean[second, None], t)
    decoded = to_pixels(network.decode(lines.flatten(0, 1), {}))
    told = seen.look(decoded)[1].reshape(pairs, len(POINTS), -1)
    random, rng = generator(0), np.random.default_rng(0)
    deviation = torch.linalg.cholesky(torch.cov(q.mean.T) + q.log_variance.exp().mean(dim=0).diag())
    noise = torch.randn(sampled, q.mean.shape[1], generator=random)
    codes = {"N(0, 1)": noise, "a fitted Gaussian": q.mean.mean(dim=0) + noise @ deviation.T}
    real = seen.look(tests.pixels[:sampled])[0]
    kid = {
        name: kernel_distance(seen.look(to_pixels(network.decode(z, {})))[0], real, rng=rng).value
        for name, z in codes.items()
    }
    assert tests.labels is not None
    return Found(
        told.max(axis=2),
        float((told[:, 0].argmax(axis=1) == tests.labels[first]).mean()),
        kid,
        float(q.mean.square().mean().sqrt()),
        decoded.reshape(pairs, len(POINTS), *decoded.shape[1:])[:4],
        gradient_errors(network, signal[:images], noises),
        seconds,
    )


def gradient_errors(network: VariationalAutoencoder, images: torch.Tensor, noises: int) -> dict[str, float]:
    """Relative standard errors of gradients from one sample, by three estimators, on images in [-1, 1]."""
    x = network.target(images, generator(0))
    q, extra = network.posterior(images, {}), network.classes_of(None, 1)
    logs: dict[str, list[float]] = {name: [] for name in ESTIMATORS}
    for k in range(len(x)):

        def fidelity(z: torch.Tensor, k: int = k) -> torch.Tensor:
            return network.observation.log_prob(network.net.decode(z, extra), x[k])

        found = gradient_samples(fidelity, Gaussian(q.mean[k], q.log_variance[k]), noises, generator(0, k))
        length = found.reparameterised.double().mean(dim=0).norm().item()
        for name, variance in found.variances().items():
            logs[name].append(np.log(variance**0.5 / length))
    return {name: float(np.exp(np.mean(each))) for name, each in logs.items()}


def _pairs(labels: np.ndarray | None, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of pairs of digits of different classes."""
    assert labels is not None
    order = np.random.default_rng(0).permutation(len(labels))
    first, second = order[: len(order) // 2], order[len(order) // 2 : len(order) // 2 * 2]
    different = labels[first] != labels[second]
    return first[different][:count], second[different][:count]


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share, training = min(seconds / FULL, 1.0), digits("train")
    steps = once("steps", PLAIN, steps_for, "vampprior", training, EACH * seconds, flip=False, **SETTINGS)
    with work_folder("judge") as folder:
        judge = judge_of_digits(folder, training, share, watcher)
        jobs = [(name, (name, steps, judge, share)) for name in MODELS]
        done = in_processes(learn, jobs, watcher, "trainings")
        right = load_judge(judge).accuracy(digits("test"))
    ours, uncertainty = _summary(done)
    ours["judge's own accuracy on test digits"] = right
    settings = {
        "steps": steps,
        "beta": BETA,
        "model": SETTINGS,
        "lines": len(done[PLAIN].confidence),
        "sure": SURE,
    }
    return Outcome(ours, uncertainty, _figure(done), settings, 0, versions())


def _summary(done: Mapping[str, Found]) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, found in done.items():
        for place, at in (("ends", 0), ("middles", MIDDLE)):
            key = f"{name}: {place} of lines that the judge takes for a digit"
            ours[key] = float((found.confidence[:, at] >= SURE).mean())
            uncertainty[key] = wilson_interval(ours[key], len(found.confidence))
        ours[f"{name}: reconstructions of the class of their digit"] = found.agreeing
        ours |= {f"{name}: KID of codes from {codes}": value for codes, value in found.kid.items()}
        ours[f"{name}: root mean square of the codes"] = found.scale
        ours[f"{name}: processor seconds"] = found.seconds
    errors = done[VARIATIONAL].errors
    ours |= {
        f"gradient, {ESTIMATORS[name]}: relative error of one sample": errors[name] for name in ESTIMATORS
    }
    for name in ("score", "score_baseline"):
        ratio = (errors[name] / errors["reparameterised"]) ** 2
        ours[f"gradient, {ESTIMATORS[name]}: variance over the reparameterised one"] = ratio
    return ours, uncertainty


def _figure(done: Mapping[str, Found]) -> bytes:
    paths = {name: plots.LatentPaths(found.shown, POINTS, found.confidence) for name, found in done.items()}
    errors = {ESTIMATORS[name]: error for name, error in done[VARIATIONAL].errors.items()}
    return plots.png(plots.latent_regularity(paths, errors, title="Regular and irregular latent spaces"))


CLAIM = Claim(
    name="latent-regularity",
    claim="Between the codes of two digits a variational autoencoder decodes digits, a plain autoencoder of "
    "the same network less often; and gradients through the noise vary far less than those of the score "
    "function.",
    source="D. Kingma, M. Welling: Auto-Encoding Variational Bayes, 2014; R. Williams: Simple Statistical "
    "Gradient-Following Algorithms, 1992",
    published="–",
    protocol="The same network of gated layers with codes of 16 units, trained for equally many steps on "
    "60,000 binarised digits with the weight of the divergence at 1 and at 0, where the noise of the codes "
    "stays, as narrow as the network makes it. Straight lines between the codes of 1,000 pairs of test digits "
    "of different classes, decoded at 11 points; a judge that was trained on the training digits takes an "
    "image for a digit with a probability of 0.9 or more. KID of 2,000 decoded codes from N(0, 1), and from a "
    "Gaussian with the mean and covariance of the codes. Gradients of the expected log p(x|z) with respect to "
    "the mean of q(z|x), of 50 test digits, from 2,000 samples each; the baseline is the mean over the other "
    "samples. Each model is trained once.",
    seconds=FULL,
    run=_run,
    shown=(
        *(f"{name}: middles of lines that the judge takes for a digit" for name in MODELS),
        *(f"{name}: KID of codes from N(0, 1)" for name in MODELS),
        f"gradient, {ESTIMATORS['score']}: variance over the reparameterised one",
        f"gradient, {ESTIMATORS['score_baseline']}: variance over the reparameterised one",
    ),
)
