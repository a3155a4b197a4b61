"""Two-dimensional turbulence drawn anew: spectrum and flatness, beside a Gaussian field of equal spectrum."""

from typing import Any

import numpy as np

from subband import plots
from subband.data.processes import Turbulence
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.ensembles import band
from subband.runs.machine import versions
from subband.runs.progress import Watcher, counted
from subband.synthesis import Moments, ScatteringCovariance, Spectrum, Statistics, compare_fields, synthesise
from subband.transforms.fourier.gaussian_fields import gaussian_fields

SIDE, SAMPLES, EXAMPLES, EVALUATIONS = 128, 8, 16, 300
LAGS = 2 ** np.arange(6)


def statistics(side: int) -> Statistics:
    J = int(np.log2(side)) - 2
    return ScatteringCovariance(J=J, L=4) + Spectrum(J=J, Q=4, L=2) + Moments(4)


def flatness(x: np.ndarray) -> np.ndarray:
    """(n, N, N) → (n, lags) ⟨δ⁴⟩/⟨δ²⟩² of increments of the torus, over both axes."""
    made = []
    for lag in LAGS[x.shape[-1] // 2 > LAGS]:
        steps = np.stack([np.roll(x, -lag, axis=axis) - x for axis in (-2, -1)], axis=1).reshape(len(x), -1)
        made.append((steps**4).mean(1) / (steps**2).mean(1) ** 2)
    return np.stack(made, axis=1)


def spectrum(x: np.ndarray) -> np.ndarray:
    """(n, N, N) → (n, N/3) energy of vorticity on rings of wavenumber 1, 2, … N/3."""
    n = x.shape[-1]
    k = np.rint(np.hypot(np.fft.fftfreq(n, 1 / n)[:, None], np.fft.fftfreq(n, 1 / n))).astype(int)
    power = np.abs(np.fft.fft2(x)) ** 2 / n**4
    return np.stack([power[:, k == ring].sum(1) for ring in range(1, n // 3)], axis=1)


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    full = share == 1
    side, n, m = (SIDE, SAMPLES, EXAMPLES) if full else (64, 4, 4)
    most = EVALUATIONS if full else max(20, round(EVALUATIONS * share))
    process = Turbulence((side, side)) if full else Turbulence((side, side), spin_up=1500, apart=300)
    phi = statistics(side)
    with watcher.stage("turbulence: simulation") as advance:
        drawn = process.sample(2 * m, seed=0, progress=counted(advance, "step"))
    examples, held_out = drawn[::2], drawn[1::2]
    with watcher.stage("turbulence: synthesis") as advance:
        found = synthesise(
            phi,
            like=examples,
            n=n,
            init="spectrum",
            evaluations=most,
            seed=0,
            progress=counted(advance, "evaluation"),
        )
    made = np.asarray(found.samples)
    power = (np.abs(np.fft.fft2(examples)) ** 2).mean(0) / side**2
    power[0, 0] = 0
    gaussian = gaussian_fields(power, n, 2, np.random.default_rng(1))
    rng, ours = np.random.default_rng(0), {}
    for name, x in (("synthesised", made), ("Gaussian of equal spectrum", gaussian)):
        flat, spectra = band(flatness(x), flatness(held_out), rng), band(spectrum(x), spectrum(held_out), rng)
        decibels = 10 * np.log10(spectra.made / spectra.real)
        ours[f"{name}: spectrum, root mean square error (dB)"] = float(np.sqrt(np.mean(decibels**2)))
        ours[f"{name}: flatness at lag 1"] = float(flat.made[0])
        ours[f"{name}: flatness at lag 8"] = float(flat.made[3])
        ours[f"{name}: flatness, root mean square error (log₂)"] = float(
            np.sqrt(np.mean(np.log2(flat.made / flat.real) ** 2))
        )
        ours[f"{name}: share of lags in the real–real band"] = flat.share
    real = band(spectrum(examples), spectrum(held_out), rng)
    ours["real–real: spectrum, root mean square error (dB)"] = float(
        np.sqrt(np.mean((10 * np.log10(real.made / real.real)) ** 2))
    )
    ours["real: flatness at lag 1"] = float(flatness(held_out)[:, 0].mean())
    ours["real: flatness at lag 8"] = float(flatness(held_out)[:, 3].mean())
    measured = compare_fields(held_out, made)
    for measure in measured.measures:
        ours[f"synthesised: {measure.name}, distance"] = measure.distance
        ours[f"real–real: {measure.name}, distance"] = measure.floor
    ours |= {"residual": float(found.residual.max()), "seconds of synthesis": found.seconds}
    settings: dict[str, Any] = {
        "process": repr(process), "samples": n, "examples": m, "evaluations": most, "statistics": repr(phi),
    }  # fmt: skip
    return Outcome(ours, {}, _figure(held_out, made, gaussian), settings, 0, versions())


def _figure(held_out: np.ndarray, made: np.ndarray, gaussian: np.ndarray) -> bytes:
    strips = {"simulation": held_out, "synthesised": made, "Gaussian of equal spectrum": gaussian}
    return plots.png(plots.fields({k: x[:4] for k, x in strips.items()}, columns=4, title="Vorticity"))


CLAIM = Claim(
    name="turbulence",
    claim="Two-dimensional turbulence is drawn anew from scattering statistics with the spectrum and the "
    "flatness of its increments; a Gaussian field of equal spectrum has the spectrum only.",
    source="J. Bruna, S. Mallat: Multiscale sparse microcanonical models, 2018, §5",
    published="– (figures)",
    protocol="A simulation, not a measurement: forced pseudo-spectral vorticity on a torus. Every second field "
    "is an example, the others are held out. Means over samples beside the band of means of equally many "
    "held-out fields.",
    seconds=1200,
    run=_run,
    shown=(
        "synthesised: flatness at lag 1",
        "real: flatness at lag 1",
        "Gaussian of equal spectrum: flatness at lag 1",
    ),
)
