"""Scattering: invariants made of moduli of wavelet transforms."""

from subband.transforms.scattering.banks import BANKS, BandPass, FilterBank, filter_bank
from subband.transforms.scattering.container import ScatteringCoefficients
from subband.transforms.scattering.energy import scattering_energy
from subband.transforms.scattering.paths import Paths
from subband.transforms.scattering.scattering import Scattering

__all__ = [
    "BANKS",
    "BandPass",
    "FilterBank",
    "Paths",
    "Scattering",
    "ScatteringCoefficients",
    "filter_bank",
    "scattering_energy",
]
