"""Non-ergodic mixtures: coupled samples have the distribution of the examples, independent ones don't."""

from typing import Any

import numpy as np

from subband import plots
from subband.data.processes import GaussianField, Mixture, ShotNoise
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.ensembles import compared_distributions
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.synthesis import Moments, Spectrum, Statistics, Synthesis, WaveletMoments, synthesise

SIDE, SAMPLES, EXAMPLES, EVALUATIONS = 64, 32, 128, 300
WEIGHTS = (0.625, 0.375)


def mixture(side: int) -> Mixture:
    """A smooth Gaussian field, or sparse shot noise of another variance."""
    shape = (side, side)
    smooth = GaussianField(shape, lambda f: (f**2 + 0.05**2) ** -1.5)
    return Mixture(shape, (smooth, ShotNoise(shape, rate=0.01, width=2.0)), WEIGHTS)


def statistics(side: int) -> Statistics:
    J = int(np.log2(side)) - 2
    return WaveletMoments(J=J, order=1) + Spectrum(J=J, L=2) + Moments(4)


def flatness(x: np.ndarray) -> np.ndarray:
    """(n, …) → (n,) fourth moment over the square of the second: 3 for Gaussian fields."""
    z = x - x.mean(axis=(-2, -1), keepdims=True)
    return (z**4).mean(axis=(-2, -1)) / (z**2).mean(axis=(-2, -1)) ** 2


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    full = share == 1
    side, n, m = (SIDE, SAMPLES, EXAMPLES) if full else (32, 16, 32)
    most = EVALUATIONS if full else max(30, round(EVALUATIONS * share))
    process, phi = mixture(side), statistics(side)
    drawn = process.sample(2 * m, seed=0)
    examples, held_out = drawn[:m], drawn[m:]
    found: dict[str, Synthesis] = {}
    with watcher.stage("ensembles") as advance:
        for k, coupling in enumerate(("ensemble", "independent")):
            advance(k, 2, coupling)
            found[coupling] = synthesise(
                phi, like=examples, n=n, coupling=coupling, tol=1e-3, evaluations=most, seed=1
            )
    # The direction in statistics along which examples vary most tells the two processes apart.
    z = (np.asarray(phi.fitted(examples)(examples)) - found["ensemble"].target) / found["ensemble"].scale
    axis = np.linalg.svd(z - z.mean(0), full_matrices=False)[2][0]
    real = _along(phi, examples, held_out, found["ensemble"], axis)
    rng = np.random.default_rng(0)
    middle = float(np.mean([np.quantile(real, 0.05), np.quantile(real, 0.95)]))
    ours: dict[str, float] = {"share of the first process, examples held out": float(np.mean(real < middle))}
    if ours["share of the first process, examples held out"] < 0.5:  # signs of axes are arbitrary
        real, axis, middle = -real, -axis, -middle
        ours["share of the first process, examples held out"] = float(np.mean(real < middle))
    curves: dict[str, np.ndarray] = {"real": real}
    for name, one in found.items():
        made = _along(phi, examples, np.asarray(one.samples), one, axis)
        curves[name] = made
        compared = compared_distributions(made, real, rng)
        ours[f"{name}: distance of the distribution over samples (Kolmogorov)"] = compared.distance
        ours["real–real: distance, 95 %"] = compared.floor_high
        ours[f"{name}: standard deviation over samples, relative to real"] = float(made.std() / real.std())
        ours[f"{name}: share of the first process"] = float(np.mean(made < middle))
        flat = compared_distributions(flatness(np.asarray(one.samples)), flatness(held_out), rng)
        ours[f"{name}: distance of flatness (Kolmogorov)"] = flat.distance
        ours["real–real: distance of flatness, 95 %"] = flat.floor_high
        ours[f"{name}: residual"] = float(one.residual.max())
    settings: dict[str, Any] = {
        "side": side, "samples": n, "examples": m, "evaluations": most, "weights": WEIGHTS,
        "statistics": repr(phi),
    }  # fmt: skip
    strips = {"examples": held_out[:6]} | {name: np.asarray(one.samples)[:6] for name, one in found.items()}
    figure = plots.fields(strips, title="A mixture of two processes, coupled and not")
    return Outcome(ours, {}, plots.png(figure), settings, 0, versions())


def _along(
    phi: Statistics, examples: np.ndarray, x: np.ndarray, found: Synthesis, axis: np.ndarray
) -> np.ndarray:
    """(n, …) → (n,) weighted statistics along an axis."""
    return (np.asarray(phi.fitted(examples)(x)) - found.target) / found.scale @ axis


CLAIM = Claim(
    name="ensembles",
    claim="A non-ergodic mixture, of which each realisation is of one of two processes, is reproduced by "
    "coupled samples, and not by independent ones, which all have the mean statistics.",
    source="J. Bruna, S. Mallat: Multiscale sparse microcanonical models, 2018, §2.3",
    published="–",
    protocol="Gaussian fields and shot noise with given probabilities. Statistics of samples along the first "
    "principal axis of those of the examples; Kolmogorov distance of their distribution to that of held-out "
    "examples, beside that of held-out examples among themselves; and of flatness, which is not matched itself.",
    seconds=600,
    run=_run,
    shown=(
        "ensemble: distance of the distribution over samples (Kolmogorov)",
        "independent: distance of the distribution over samples (Kolmogorov)",
        "real–real: distance, 95 %",
    ),
)
