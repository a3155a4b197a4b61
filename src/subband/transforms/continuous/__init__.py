"""Continuous wavelet transform, synchrosqueezing and ridge extraction."""

from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.coherence import (
    WaveletCoherence,
    coherence_significance,
    cross_spectrum,
    cross_spectrum_significance,
    wavelet_coherence,
)
from subband.transforms.continuous.cwt import cwt, icwt
from subband.transforms.continuous.mothers import (
    DOG,
    MOTHERS,
    BSpline,
    Bump,
    ComplexGaussian,
    GaussianDerivative,
    Morlet,
    Morse,
    Mother,
    Paul,
    RealMorlet,
    mother,
)
from subband.transforms.continuous.ridge import extract_ridge, extract_ridges
from subband.transforms.continuous.significance import power_significance, red_noise_power
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
    "Bump",
    "ComplexGaussian",
    "ContinuousCoefficients",
    "ContinuousSpec",
    "GaussianDerivative",
    "Morlet",
    "Morse",
    "Mother",
    "Paul",
    "RealMorlet",
    "SynchrosqueezedCoefficients",
    "WaveletCoherence",
    "coherence_significance",
    "cross_spectrum",
    "cross_spectrum_significance",
    "cwt",
    "extract_ridge",
    "extract_ridges",
    "icwt",
    "instantaneous_frequency",
    "isynchrosqueeze",
    "log_frequencies",
    "mother",
    "power_significance",
    "red_noise_power",
    "synchrosqueeze",
    "wavelet_coherence",
]
