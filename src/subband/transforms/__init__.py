"""The mathematics, on any array library."""

from subband.transforms.packets import Packets, ipackets, packets
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
    "Packets",
    "Spec",
    "Wavelet",
    "dwt",
    "idwt",
    "ipackets",
    "make_spec",
    "max_level",
    "packets",
    "wavelet",
]
