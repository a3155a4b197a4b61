"""Wavelet pyramids."""

from subband.kernels.extension import MODES
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.filters import Wavelet, max_level, wavelet
from subband.transforms.wavelets.pyramid import dwt, idwt
from subband.transforms.wavelets.spec import Spec

__all__ = ["MODES", "Coefficients", "Spec", "Wavelet", "dwt", "idwt", "max_level", "wavelet"]
