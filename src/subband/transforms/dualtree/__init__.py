"""The dual-tree complex wavelet transform."""

from subband.transforms.dualtree.coefficients import DualTree
from subband.transforms.dualtree.dtcwt import dtcwt, idtcwt
from subband.transforms.dualtree.filters import DualTreeFilters, hilbert_pair
from subband.transforms.dualtree.spec import direction

__all__ = ["DualTree", "DualTreeFilters", "direction", "dtcwt", "hilbert_pair", "idtcwt"]
