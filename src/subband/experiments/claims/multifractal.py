"""Multifractal random walks drawn anew: exponents of the structure functions, and scattering across scales."""

from typing import Any

import numpy as np

from subband import plots
from subband.data.processes import FractionalNoise, MultifractalWalk, Stable, structure_exponents
from subband.experiments.claim import Claim, Outcome
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.synthesis import Moments, ScatteringCovariance, Spectrum, Statistics, synthesise
from subband.transforms.scattering import wavelet_moments

SAMPLES, LENGTH, EXAMPLES, EVALUATIONS = 32, 8192, 32, 300
INTERMITTENCY, INTEGRAL = 0.05, 2048
LAGS = 2 ** np.arange(1, 9)
ORDERS = (1.0, 2.0, 3.0)
PROCESSES = {
    "fractional noise, H = 0.3": lambda n: FractionalNoise((n,), 0.3),
    "multifractal walk": lambda n: MultifractalWalk((n,), INTERMITTENCY, INTEGRAL),
    "α-stable, α = 1.5": lambda n: Stable((n,), 1.5),
}


def statistics(length: int) -> Statistics:
    J = int(np.log2(length)) - 4
    return ScatteringCovariance(J=J, axes=1) + Spectrum(J=J, Q=2, axes=1) + Moments(4, axes=1)


def intermittency(increments: np.ndarray) -> np.ndarray:
    """(n, N) → (n,) −(ζ(2) − 2 ζ(1)), an estimate of λ², for each signal."""
    found = [structure_exponents(one[None], (1.0, 2.0), LAGS) for one in increments]
    return np.array([2 * z1 - z2 for z1, z2 in found])


def jackknife(increments: np.ndarray) -> tuple[float, float]:
    """λ² of all signals together, and its standard error."""
    z1, z2 = structure_exponents(increments, (1.0, 2.0), LAGS)
    left = []
    for k in range(len(increments)):
        a, b = structure_exponents(np.delete(increments, k, axis=0), (1.0, 2.0), LAGS)
        left.append(2 * a - b)
    n = len(left)
    return float(2 * z1 - z2), float(np.sqrt((n - 1) * np.var(left)))


def across_scales(x: np.ndarray, J: int) -> tuple[np.ndarray, np.ndarray]:
    """log₂ of ⟨||x⋆ψ₁|⋆ψ₂|⟩ / ⟨|x⋆ψ₁|⟩, mean over the finer scale, at l = j₂ − j₁ = 1, 2, …"""
    found = wavelet_moments(x, J=J, axes=-1)
    first = np.asarray(found["l1 order 1"]).mean(0)
    second = np.asarray(found["l1 order 2"]).mean(0)
    scales = [entry.scales for entry in found.entries("l1 order 2")]
    ratio = {(a, b): second[k] / first[a] for k, (a, b) in enumerate(scales)}
    distances = np.arange(1, J - 1)
    means = [np.mean([np.log2(r) for (a, b), r in ratio.items() if b - a == d and a > 0]) for d in distances]
    return distances, np.array(means)


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    full = share == 1
    n, m, length = (SAMPLES, EXAMPLES, LENGTH) if full else (6, 12, 4096)
    most = EVALUATIONS if full else max(20, round(EVALUATIONS * share))
    process, phi = MultifractalWalk((length,), INTERMITTENCY, INTEGRAL), statistics(length)
    drawn = process.sample(2 * m, seed=0)
    examples, held_out = drawn[:m], drawn[m:]
    with watcher.stage("multifractal") as advance:
        advance(0, 1, "synthesis")
        found = synthesise(phi, like=examples, n=n, evaluations=most, seed=0)
    made = np.asarray(found.samples)
    gaussian = np.fft.irfft(
        np.abs(np.fft.rfft(made))
        * np.exp(2j * np.pi * np.random.default_rng(1).random((n, length // 2 + 1))),
        length,
    )
    ours: dict[str, float] = {"intermittency, exact": INTERMITTENCY}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, x in (
        ("synthesised", made),
        ("real, held out", held_out),
        ("Gaussian of equal spectrum", gaussian),
    ):
        value, error = jackknife(x)
        key = f"{name}: 2 ζ(1) − ζ(2)"
        ours[key], uncertainty[key] = value, (value - 1.96 * error, value + 1.96 * error)
        ours[f"{name}: deviation from λ² (standard errors)"] = (value - INTERMITTENCY) / error
        for q, zeta in zip(ORDERS, structure_exponents(x, ORDERS, LAGS), strict=True):
            ours[f"{name}: ζ({q:g})"] = float(zeta)
    ours |= {f"exact: ζ({q:g})": process.zeta(q) for q in ORDERS}
    panels: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {"dependence across scales": {}}
    J = int(np.log2(length)) - 3
    for name, make in PROCESSES.items():
        at, ratio = across_scales(make(length).sample(m, seed=3), J)
        panels["dependence across scales"][name] = (at, ratio)
        ours[f"{name}: slope of log₂ S₂/S₁ over scales"] = float(np.polyfit(at[1:], ratio[1:], 1)[0])
    panels["structure functions"] = {}
    for name, x in (("real", held_out), ("synthesised", made), ("Gaussian", gaussian)):
        panels["structure functions"][name] = (LAGS.astype(float), _flatness(x))
    ours["residual"] = float(found.residual.max())
    figure = plots.lines(
        panels,
        labels={
            "dependence across scales": ("j₂ − j₁", "log₂ S₂/S₁"),
            "structure functions": ("lag (samples)", "flatness of increments"),
        },
        logarithmic="structure functions:x",
        title="A multifractal random walk, real and synthesised",
        columns=2,
    )
    settings: dict[str, Any] = {
        "length": length, "integral": INTEGRAL, "samples": n, "examples": m, "evaluations": most,
        "lags": LAGS.tolist(), "statistics": repr(phi),
    }  # fmt: skip
    return Outcome(ours, uncertainty, plots.png(figure), settings, 0, versions())


def _flatness(increments: np.ndarray) -> np.ndarray:
    """Flatness ⟨δ⁴⟩/⟨δ²⟩² of sums over each lag."""
    paths = np.cumsum(increments, axis=1)
    steps = [paths[:, lag:] - paths[:, :-lag] for lag in LAGS]
    return np.array([np.mean(d**4) / np.mean(d**2) ** 2 for d in steps])


CLAIM = Claim(
    name="multifractal",
    claim="Scattering moments tell multifractals from fractional noise and stable noise, and a multifractal "
    "walk drawn anew from scattering covariances keeps its intermittency, ζ(2) − 2 ζ(1) = −λ².",
    source="J. Bruna, S. Mallat, E. Bacry, J.-F. Muzy: Intermittent process analysis with scattering moments, "
    "2015; E. Bacry, J. Delour, J.-F. Muzy: Multifractal random walk, 2001",
    published="ζ(2) − 2 ζ(1) = −λ²; slopes of log₂ S₂/S₁: −1/2 for fractional noise, 1/α − 1 for stable noise, "
    "to 0 for multifractals",
    protocol="Exponents by least squares over dyadic lags, with jackknife errors over signals; beside held-out "
    "walks, and Gaussian noise of equal spectrum, which has no intermittency.",
    seconds=900,
    run=_run,
    shown=(
        "synthesised: 2 ζ(1) − ζ(2)",
        "intermittency, exact",
        "Gaussian of equal spectrum: 2 ζ(1) − ζ(2)",
    ),
)
