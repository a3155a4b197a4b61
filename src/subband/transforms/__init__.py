"""The mathematics, on any array library."""

from subband.transforms.dualtree import DualTree, DualTreeFilters, direction, dtcwt, hilbert_pair, idtcwt
from subband.transforms.lifting import SCHEMES, Lifted, LiftingScheme, lift, lifting, unlift
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
    "SCHEMES",
    "Coefficients",
    "DualTree",
    "DualTreeFilters",
    "Lifted",
    "LiftingScheme",
    "Packets",
    "Spec",
    "Wavelet",
    "direction",
    "dtcwt",
    "dwt",
    "hilbert_pair",
    "idtcwt",
    "idwt",
    "ipackets",
    "lift",
    "lifting",
    "make_spec",
    "max_level",
    "packets",
    "unlift",
    "wavelet",
]
