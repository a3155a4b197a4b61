"""Continuous wavelet transform, synchrosqueezing and ridges. Coherence and significance are modules beside them."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.continuous.coefficients import ContinuousCoefficients
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
    "cwt",
    "extract_ridge",
    "extract_ridges",
    "icwt",
    "instantaneous_frequency",
    "isynchrosqueeze",
    "log_frequencies",
    "mother",
    "synchrosqueeze",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "coefficients": "ContinuousCoefficients",
        "cwt": "cwt icwt",
        "mothers": (
            "DOG MOTHERS BSpline Bump ComplexGaussian GaussianDerivative Morlet Morse Mother Paul "
            "RealMorlet mother"
        ),
        "ridge": "extract_ridge extract_ridges",
        "spec": "ContinuousSpec log_frequencies",
        "synchrosqueezing": (
            "SynchrosqueezedCoefficients instantaneous_frequency isynchrosqueeze synchrosqueeze"
        ),
    },
)
