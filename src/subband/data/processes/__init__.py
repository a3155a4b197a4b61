"""Stationary processes whose answers are known: samplers, and exact moments."""

from subband.data.processes.gaussian import (
    FractionalNoise,
    GaussianField,
    brownian,
    embedded,
)
from subband.data.processes.ising import CRITICAL, Ising
from subband.data.processes.mixture import Mixture
from subband.data.processes.multifractal import Cascade, MultifractalWalk, structure_exponents
from subband.data.processes.points import Cox, ShotNoise, Stable, pair_correlation
from subband.data.processes.process import Process
from subband.data.processes.turbulence import Turbulence

__all__ = [
    "CRITICAL",
    "Cascade",
    "Cox",
    "FractionalNoise",
    "GaussianField",
    "Ising",
    "Mixture",
    "MultifractalWalk",
    "Process",
    "ShotNoise",
    "Stable",
    "Turbulence",
    "brownian",
    "embedded",
    "pair_correlation",
    "structure_exponents",
]
