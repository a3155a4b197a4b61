"""Wavelet transforms by lifting, for floating-point samples and, losslessly, for integers."""

from subband.transforms.lifting.coefficients import LiftingCoefficients
from subband.transforms.lifting.filters import lifting_filters
from subband.transforms.lifting.lift import lift, unlift
from subband.transforms.lifting.schemes import SCHEMES, LiftingScheme, lifting

__all__ = ["SCHEMES", "LiftingCoefficients", "LiftingScheme", "lift", "lifting", "lifting_filters", "unlift"]
