"""Stationary wavelet transform, multiresolution analysis, wavelet variance and covariance."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.stationary.covariance import WaveletCovariance, wavelet_covariance
    from subband.transforms.stationary.layers import Layers
    from subband.transforms.stationary.mra import Components, imra, mra
    from subband.transforms.stationary.swt import StationaryCoefficients, iswt, swt
    from subband.transforms.stationary.variance import WaveletVariance, wavelet_variance

__all__ = [
    "Components",
    "Layers",
    "StationaryCoefficients",
    "WaveletCovariance",
    "WaveletVariance",
    "imra",
    "iswt",
    "mra",
    "swt",
    "wavelet_covariance",
    "wavelet_variance",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "covariance": "WaveletCovariance wavelet_covariance",
        "layers": "Layers",
        "mra": "Components imra mra",
        "swt": "StationaryCoefficients iswt swt",
        "variance": "WaveletVariance wavelet_variance",
    },
)
