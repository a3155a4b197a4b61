"""Mother wavelets of the continuous transform, defined by their Fourier transforms, and their names."""

from subband.transforms.continuous.mothers.bspline import BSpline
from subband.transforms.continuous.mothers.bump import Bump
from subband.transforms.continuous.mothers.by_name import FAMILIES, MOTHERS, mother
from subband.transforms.continuous.mothers.gaussian import DOG, ComplexGaussian, GaussianDerivative
from subband.transforms.continuous.mothers.morlet import Morlet, RealMorlet
from subband.transforms.continuous.mothers.morse import Morse, Paul
from subband.transforms.continuous.mothers.mother import Mother

__all__ = [
    "DOG",
    "FAMILIES",
    "MOTHERS",
    "BSpline",
    "Bump",
    "ComplexGaussian",
    "GaussianDerivative",
    "Morlet",
    "Morse",
    "Mother",
    "Paul",
    "RealMorlet",
    "mother",
]
