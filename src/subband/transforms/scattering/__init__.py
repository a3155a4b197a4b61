"""Scattering transforms, their filter banks, and scattering statistics of fields."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.scattering.banks import BANKS, BandPass, FilterBank, filter_bank
    from subband.transforms.scattering.coefficients import ScatteringCoefficients
    from subband.transforms.scattering.energy import scattering_energy
    from subband.transforms.scattering.harmonic import HarmonicCoefficients, HarmonicPath, HarmonicScattering
    from subband.transforms.scattering.joint import JointCoefficients, JointPaths, JointScattering
    from subband.transforms.scattering.paths import Paths
    from subband.transforms.scattering.scattering import Scattering
    from subband.transforms.scattering.solid_harmonics import SolidHarmonics
    from subband.transforms.scattering.statistics import (
        SummaryStatistics,
        scattering_covariance,
        wavelet_moments,
        wavelet_phase_harmonics,
    )

__all__ = [
    "BANKS",
    "BandPass",
    "FilterBank",
    "HarmonicCoefficients",
    "HarmonicPath",
    "HarmonicScattering",
    "JointCoefficients",
    "JointPaths",
    "JointScattering",
    "Paths",
    "Scattering",
    "ScatteringCoefficients",
    "SolidHarmonics",
    "SummaryStatistics",
    "filter_bank",
    "scattering_covariance",
    "scattering_energy",
    "wavelet_moments",
    "wavelet_phase_harmonics",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "banks": "BANKS BandPass FilterBank filter_bank",
        "coefficients": "ScatteringCoefficients",
        "energy": "scattering_energy",
        "harmonic": "HarmonicCoefficients HarmonicPath HarmonicScattering",
        "joint": "JointCoefficients JointPaths JointScattering",
        "paths": "Paths",
        "scattering": "Scattering",
        "solid_harmonics": "SolidHarmonics",
        "statistics": "SummaryStatistics scattering_covariance wavelet_moments wavelet_phase_harmonics",
    },
)
