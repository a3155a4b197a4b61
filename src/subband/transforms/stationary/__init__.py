"""Stationary wavelet transform and multiresolution analysis."""

from subband.transforms.stationary.layers import Layers
from subband.transforms.stationary.mra import Components, imra, mra
from subband.transforms.stationary.swt import StationaryCoefficients, iswt, swt

__all__ = ["Components", "Layers", "StationaryCoefficients", "imra", "iswt", "mra", "swt"]
