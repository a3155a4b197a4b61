"""Ising spins drawn anew from statistics, beside the exact answers of the finite torus."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from subband import plots
from subband.data.processes.ising import CRITICAL, Ising, energy, magnetisation
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.ensembles import (
    Band,
    Compared,
    axis_correlation,
    band,
    compared_distributions,
    standard_error,
)
from subband.experiments.methods.lattice import synthesise_on_lattice
from subband.runs.machine import versions
from subband.runs.progress import Advance, Watcher
from subband.synthesis import (
    CharacteristicFunction,
    Moments,
    Scattering,
    Spectrum,
    Statistics,
    Synthesis,
)

TEMPERATURES = {"critical": CRITICAL, "below": 0.97 * CRITICAL, "above": 1.08 * CRITICAL}
SIDE, SAMPLES, EXAMPLES, SWEEPS, EVALUATIONS = 64, 64, 256, 300, 400
REACH = 24  # lags of the correlation function


LATTICE = Moments(4) + CharacteristicFunction((np.pi,))
"""⟨x²⟩ = ⟨x⁴⟩ = 1 and ⟨cos πx⟩ = −1: values ±1."""


@dataclass(frozen=True)
class Setting:
    """Size of a run."""

    side: int
    samples: int
    examples: int
    sweeps: int
    evaluations: int


def statistics(side: int) -> Statistics:
    """Sparsity and power at all scales, and moments of values."""
    J = int(np.log2(side)) - 1
    return Scattering(J=J, L=4) + Spectrum(J=J, Q=4, L=4) + Moments(3)


def spins(x: np.ndarray) -> np.ndarray:
    """The signs of fields that are near ±1."""
    return np.where(x >= 0, 1.0, -1.0)


@dataclass(frozen=True)
class Study:
    """One temperature: real and synthesised spins, and their comparison."""

    real: np.ndarray
    made: np.ndarray
    found: Synthesis
    exact: float
    energies: tuple[float, float]
    magnetisations: Compared
    correlation: Band

    @property
    def deviation(self) -> float:
        """(mean energy − exact) / standard error."""
        mean, error = self.energies
        return (mean - self.exact) / error


def study(temperature: float, setting: Setting, seed: int, advance: Advance, name: str) -> Study:
    """Draw examples, synthesise an ensemble, and compare it with other examples."""
    process = Ising((setting.side, setting.side), temperature, setting.sweeps)
    advance(0, 2, f"{name}: spins by Swendsen and Wang")
    drawn = process.sample(2 * setting.examples, seed=seed)
    examples, held_out = drawn[: setting.examples], drawn[setting.examples :]
    advance(1, 2, f"{name}: synthesis")
    found = synthesise_on_lattice(
        statistics(setting.side), LATTICE, examples, n=setting.samples, coupling="ensemble", tol=1e-3, seed=seed,
        evaluations=setting.evaluations,
    )  # fmt: skip
    made = spins(np.asarray(found.samples))
    rng = np.random.default_rng(seed)
    # The target is a mean over examples, whose own error adds to that of the samples.
    e = energy(made)
    error = float(np.hypot(standard_error(e), standard_error(energy(examples))))
    most = min(REACH, setting.side // 2 - 1)
    return Study(
        held_out,
        made,
        found,
        process.moments["energy"],
        (float(e.mean()), error),
        compared_distributions(np.abs(magnetisation(made)), np.abs(magnetisation(held_out)), rng),
        band(axis_correlation(made, most), axis_correlation(held_out, most), rng),
    )


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    full = share == 1
    setting = Setting(
        SIDE if full else 32,
        SAMPLES if full else 16,
        EXAMPLES if full else 64,
        SWEEPS if full else 100,
        EVALUATIONS if full else max(20, round(EVALUATIONS * share)),
    )
    studies = {}
    with watcher.stage("ising") as advance:
        for k, (name, temperature) in enumerate(TEMPERATURES.items()):
            studies[name] = study(temperature, setting, k, advance, name)
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, s in studies.items():
        mean, error = s.energies
        key = f"{name}: energy for each spin"
        ours[key], uncertainty[key] = mean, (mean - 1.96 * error, mean + 1.96 * error)
        ours[f"{name}: exact energy of the torus"] = s.exact
        ours[f"{name}: deviation of the energy (standard errors)"] = s.deviation
        ours[f"{name}: energy of held-out Swendsen–Wang spins"] = float(energy(s.real).mean())
        ours[f"{name}: distance of |magnetisation| (Kolmogorov)"] = s.magnetisations.distance
        ours[f"{name}: distance of |magnetisation|, real–real 95 %"] = s.magnetisations.floor_high
        ours[f"{name}: share of the correlation function in the real–real band"] = s.correlation.share
        ours[f"{name}: share of samples changed by taking signs"] = float(
            np.mean(np.abs(np.asarray(s.found.samples) - s.made) > 0.5)
        )
        ours[f"{name}: residual"] = float(s.found.residual.max())
        ours[f"{name}: seconds of synthesis"] = s.found.seconds
    settings: dict[str, Any] = {
        "temperatures": TEMPERATURES, "setting": setting.__dict__, "statistics": repr(statistics(setting.side)),
    }  # fmt: skip
    return Outcome(ours, uncertainty, _figure(studies), settings, 0, versions())


def _figure(studies: dict[str, Study]) -> bytes:
    strips = {}
    for name, s in studies.items():
        strips[f"{name}, Swendsen–Wang"] = s.real[:6]
        strips[f"{name}, synthesised"] = s.made[:6]
    return plots.png(plots.fields(strips, title="Ising spins, real and synthesised"))


CLAIM = Claim(
    name="ising",
    claim="Ising spins at the critical temperature, and beside it, are drawn anew from scattering moments: "
    "energy, magnetisation and correlations are those of the model.",
    source="J. Bruna, S. Mallat: Multiscale sparse microcanonical models, 2018, §5",
    published="– (figures)",
    protocol="Examples by Swendsen–Wang on a torus, an ensemble of samples coupled to them, signs at the end. "
    "The energy is compared with the exact one of the finite torus (Kaufman), in standard errors of samples "
    "and examples together; the distribution of |magnetisation| and the correlation function with held-out "
    "examples, beside the same of held-out examples among themselves.",
    seconds=2400,
    run=_run,
    shown=(
        "critical: energy for each spin",
        "critical: exact energy of the torus",
        "critical: deviation of the energy (standard errors)",
    ),
)
