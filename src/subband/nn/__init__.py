"""Networks in PyTorch, built from the transforms and from a few blocks."""

from subband.nn.pyramid import Analysis, Synthesis
from subband.nn.resample import double, halve
from subband.nn.scattering import Scattering
from subband.nn.statistics import Joined, Statistics
from subband.nn.unet import UNet
from subband.nn.wavelets import FreeWavelet, LatticeWavelet, LearnableWavelet, LiftingWavelet, Orthonormal

__all__ = [
    "Analysis",
    "FreeWavelet",
    "Joined",
    "LatticeWavelet",
    "LearnableWavelet",
    "LiftingWavelet",
    "Orthonormal",
    "Scattering",
    "Statistics",
    "Synthesis",
    "UNet",
    "double",
    "halve",
]
