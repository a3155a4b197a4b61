"""The dual-tree complex wavelet transform."""

from subband.transforms.dualtree.coefficients import DualTree
from subband.transforms.dualtree.filters import DualTreeFilters, hilbert_pair
from subband.transforms.dualtree.spec import direction
from subband.transforms.dualtree.transform import dtcwt, idtcwt

__all__ = ["DualTree", "DualTreeFilters", "direction", "dtcwt", "hilbert_pair", "idtcwt"]
