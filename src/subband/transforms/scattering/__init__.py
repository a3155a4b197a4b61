"""Scattering: invariants made of moduli of wavelet transforms."""

from subband.transforms.scattering.banks import BANKS, Filter, FilterBank, filter_bank
from subband.transforms.scattering.container import ScatteringCoefficients
from subband.transforms.scattering.paths import Paths
from subband.transforms.scattering.scattering import Scattering

__all__ = ["BANKS", "Filter", "FilterBank", "Paths", "Scattering", "ScatteringCoefficients", "filter_bank"]
