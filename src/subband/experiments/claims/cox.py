"""Cox point patterns drawn anew: counts and pair correlation."""

from typing import Any

import numpy as np

from subband import plots
from subband.data.processes import Cox, pair_correlation
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.ensembles import band
from subband.experiments.methods.lattice import synthesise_on_lattice
from subband.runs.machine import versions
from subband.runs.progress import Watcher
from subband.synthesis import CharacteristicFunction, Moments, Scattering, Spectrum, Statistics

SIDE, SAMPLES, EXAMPLES, EVALUATIONS = 128, 16, 64, 300
PROCESS = {"intensity": 1.0, "variance": 1.0, "width": 4.0}
COUNTS = np.arange(9)  # the last is "8 or more"
BLOCK, REACH = 8, 16


LATTICE = CharacteristicFunction((np.pi, 2 * np.pi))
"""Shares of even and odd counts, and whole values."""


def statistics(side: int) -> Statistics:
    """Scattering, spectrum, and the smooth part of the distribution of counts."""
    J = int(np.log2(side)) - 3
    shares = CharacteristicFunction(tuple(2 * np.pi * k / 8 for k in (1, 2, 3)))
    return Scattering(J=J, L=4) + Spectrum(J=J, L=2) + shares + Moments(3)


def counts(x: np.ndarray) -> np.ndarray:
    """Fields as whole numbers of points in each cell, 0 or more."""
    return np.maximum(np.rint(x), 0)


def shares(x: np.ndarray) -> np.ndarray:
    """(n, rows, columns) → (n, 9) share of cells with 0, 1, … 8 or more points."""
    top = np.minimum(x, COUNTS[-1])
    return np.stack([(top == k).mean(axis=(-2, -1)) for k in COUNTS], axis=-1)


def block_dispersion(x: np.ndarray) -> np.ndarray:
    """(n, rows, columns) → (n,) variance over mean of the number of points in blocks; 1 for Poisson points."""
    n, rows, columns = x.shape
    blocks = x.reshape(n, rows // BLOCK, BLOCK, columns // BLOCK, BLOCK).sum(axis=(2, 4)).reshape(n, -1)
    return blocks.var(axis=1) / blocks.mean(axis=1)


def _run(seconds: float, watcher: Watcher) -> Outcome:
    share = min(1.0, seconds / CLAIM.seconds)
    full = share == 1
    side, n, m = (SIDE, SAMPLES, EXAMPLES) if full else (64, 6, 12)
    most = EVALUATIONS if full else max(20, round(EVALUATIONS * share))
    process, phi = Cox((side, side), **PROCESS), statistics(side)
    drawn = process.sample(2 * m, seed=0)
    examples, held_out = drawn[:m], drawn[m:]
    with watcher.stage("cox") as advance:
        advance(0, 1, "synthesis")
        found = synthesise_on_lattice(phi, LATTICE, examples, n=n, evaluations=most, seed=0)
    made, rng = counts(np.asarray(found.samples)), np.random.default_rng(0)

    def correlation(x: np.ndarray) -> np.ndarray:
        g = pair_correlation(x)
        return 0.5 * (g[:, 0, 1 : REACH + 1] + g[:, 1 : REACH + 1, 0])

    counted = band(shares(made), shares(held_out), rng)
    paired = band(correlation(made), correlation(held_out), rng)
    spread = band(block_dispersion(made)[:, None], block_dispersion(held_out)[:, None], rng)
    exact = process.pair_correlation
    truth = 0.5 * (exact[0, 1 : REACH + 1] + exact[1 : REACH + 1, 0])
    ours = {
        "points for each cell": float(made.mean()),
        "points for each cell, exact": process.moments["mean"],
        "variance of counts": float(made.var()),
        "variance of counts, exact": process.moments["variance"],
        "counts: largest difference of shares to real": float(np.abs(counted.made - counted.real).max()),
        "counts: share of classes in the real–real band": counted.share,
        "pair correlation: root mean square difference to exact": _rms(paired.made - truth),
        "pair correlation: of held-out examples": _rms(paired.real - truth),
        "pair correlation: share of lags in the real–real band": paired.share,
        f"dispersion in blocks of {BLOCK} × {BLOCK}": float(spread.made[0]),
        f"dispersion in blocks of {BLOCK} × {BLOCK}, real": float(spread.real[0]),
        "rounding: root mean square change": _rms(np.asarray(found.samples) - made),
        "residual": float(found.residual.max()),
    }
    lags = np.arange(1, REACH + 1)
    panels = {
        "pair correlation": {
            "exact": (lags, truth),
            "real, 95 % of means": (lags, np.stack([paired.low, paired.high])),
            "synthesised": (lags, paired.made),
        },
        "counts in a cell": {
            "real": (COUNTS, counted.real),
            "synthesised": (COUNTS, counted.made),
        },
    }
    figure = plots.lines(
        panels,
        labels={"pair correlation": ("lag (cells)", "g"), "counts in a cell": ("points", "share of cells")},
        title="A Cox process, real and synthesised",
    )
    settings: dict[str, Any] = {
        "process": PROCESS, "side": side, "samples": n, "examples": m, "evaluations": most, "statistics": repr(phi),
    }  # fmt: skip
    return Outcome(ours, {}, plots.png(figure), settings, 0, versions())


def _rms(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(x**2)))


CLAIM = Claim(
    name="cox",
    claim="Cox point patterns are drawn anew from scattering moments: counts and pair correlation are those of "
    "the process.",
    source="J. Bruna, S. Mallat: Multiscale sparse microcanonical models, 2018, §5",
    published="– (figures)",
    protocol="Log-Gaussian Cox process, whose moments and pair correlation are known exactly, counted in "
    "cells; samples are rounded to whole numbers. Means over samples beside the band of means of equally many "
    "held-out examples.",
    seconds=600,
    run=_run,
    shown=(
        "pair correlation: root mean square difference to exact",
        "pair correlation: share of lags in the real–real band",
        "counts: share of classes in the real–real band",
    ),
)
