"""Wavelet pyramids."""

from subband.kernels.extension import MODES
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.filters import Filters, Wavelet, max_level, wavelet
from subband.transforms.wavelets.pyramid import dwt, idwt
from subband.transforms.wavelets.spec import Spec, make_spec

__all__ = [
    "MODES",
    "Coefficients",
    "Filters",
    "Spec",
    "Wavelet",
    "dwt",
    "idwt",
    "make_spec",
    "max_level",
    "wavelet",
]
