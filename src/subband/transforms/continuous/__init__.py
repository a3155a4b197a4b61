"""Continuous wavelet transform, synchrosqueezing, ridge extraction, coherence and significance."""

from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.coherence import WaveletCoherence, wavelet_coherence
from subband.transforms.continuous.coherence_significance import coherence_significance
from subband.transforms.continuous.cross_spectrum import CrossSpectrum, cross_spectrum
from subband.transforms.continuous.cwt import cwt, icwt
from subband.transforms.continuous.mothers import DOG, MOTHERS, BSpline, Morlet, Morse, Mother, mother
from subband.transforms.continuous.red_noise import RedNoise, fit_red_noise
from subband.transforms.continuous.ridge import extract_ridge
from subband.transforms.continuous.significance import (
    average_power,
    cross_spectrum_significance,
    power_significance,
)
from subband.transforms.continuous.spec import ContinuousSpec, log_frequencies
from subband.transforms.continuous.synchrosqueezing import (
    SynchrosqueezedCoefficients,
    instantaneous_frequency,
    isynchrosqueeze,
    synchrosqueeze,
)

__all__ = [
    "DOG",
    "MOTHERS",
    "BSpline",
    "ContinuousCoefficients",
    "ContinuousSpec",
    "CrossSpectrum",
    "Morlet",
    "Morse",
    "Mother",
    "RedNoise",
    "SynchrosqueezedCoefficients",
    "WaveletCoherence",
    "average_power",
    "coherence_significance",
    "cross_spectrum",
    "cross_spectrum_significance",
    "cwt",
    "extract_ridge",
    "fit_red_noise",
    "icwt",
    "instantaneous_frequency",
    "isynchrosqueeze",
    "log_frequencies",
    "mother",
    "power_significance",
    "synchrosqueeze",
    "wavelet_coherence",
]
