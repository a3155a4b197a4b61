"""Dual-tree complex wavelet transform."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.dualtree.coefficients import DualTreeCoefficients
    from subband.transforms.dualtree.dtcwt import dtcwt, idtcwt
    from subband.transforms.dualtree.filters import DualTreeFilters, hilbert_pair
    from subband.transforms.dualtree.spec import band_direction

__all__ = ["DualTreeCoefficients", "DualTreeFilters", "band_direction", "dtcwt", "hilbert_pair", "idtcwt"]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "coefficients": "DualTreeCoefficients",
        "dtcwt": "dtcwt idtcwt",
        "filters": "DualTreeFilters hilbert_pair",
        "spec": "band_direction",
    },
)
