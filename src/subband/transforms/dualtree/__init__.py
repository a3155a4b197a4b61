"""Dual-tree complex wavelet transform."""

from subband.transforms.dualtree.coefficients import DualTreeCoefficients
from subband.transforms.dualtree.dtcwt import dtcwt, idtcwt
from subband.transforms.dualtree.filters import DualTreeFilters, hilbert_pair
from subband.transforms.dualtree.spec import band_direction

__all__ = ["DualTreeCoefficients", "DualTreeFilters", "band_direction", "dtcwt", "hilbert_pair", "idtcwt"]
