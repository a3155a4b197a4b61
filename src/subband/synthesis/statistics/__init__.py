"""Statistics that a synthesis can match; they add with `+`."""

from subband.synthesis.statistics.channels import Channels
from subband.synthesis.statistics.joint import JointScattering
from subband.synthesis.statistics.marginals import CharacteristicFunction, Histogram, Moments, Norms
from subband.synthesis.statistics.scattering import (
    PhaseHarmonics,
    Scattering,
    ScatteringCovariance,
    WaveletMoments,
)
from subband.synthesis.statistics.spectrum import Spectrum
from subband.synthesis.statistics.statistic import Statistics, Sum

__all__ = [
    "Channels",
    "CharacteristicFunction",
    "Histogram",
    "JointScattering",
    "Moments",
    "Norms",
    "PhaseHarmonics",
    "Scattering",
    "ScatteringCovariance",
    "Spectrum",
    "Statistics",
    "Sum",
    "WaveletMoments",
]
