"""Wavelet transforms by lifting, of floating samples and, without loss, of integers."""

from subband.transforms.lifting.coefficients import Lifted
from subband.transforms.lifting.filters import lifting_filters
from subband.transforms.lifting.schemes import SCHEMES, LiftingScheme, lifting
from subband.transforms.lifting.transform import lift, unlift

__all__ = ["SCHEMES", "Lifted", "LiftingScheme", "lift", "lifting", "lifting_filters", "unlift"]
