"""The mathematics, on any array library."""

from subband.transforms.packets import Packets, ipackets, packets
from subband.transforms.stationary import Components, Stationary, imra, iswt, mra, swt
from subband.transforms.thresholding import denoise, firm, noise_level, threshold
from subband.transforms.wavelets import (
    MODES,
    Coefficients,
    Spec,
    Wavelet,
    dwt,
    idwt,
    make_spec,
    max_level,
    wavelet,
)

__all__ = [
    "MODES",
    "Coefficients",
    "Components",
    "Packets",
    "Spec",
    "Stationary",
    "Wavelet",
    "denoise",
    "dwt",
    "firm",
    "idwt",
    "imra",
    "ipackets",
    "iswt",
    "make_spec",
    "max_level",
    "mra",
    "noise_level",
    "packets",
    "swt",
    "threshold",
    "wavelet",
]
