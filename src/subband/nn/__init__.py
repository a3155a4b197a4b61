"""Networks in PyTorch, built from the transforms and from a few blocks."""

from subband.nn.conditions import Conditioner, Conditioning, check_labels
from subband.nn.encoder import Encoder
from subband.nn.latent import LatentNet
from subband.nn.pyramid import Analysis, Synthesis
from subband.nn.resample import double, halve
from subband.nn.scattering import Scattering
from subband.nn.statistics import Joined, Statistics
from subband.nn.text import ClipText
from subband.nn.transformer import DiT
from subband.nn.unet import UNet
from subband.nn.wavelets import FreeWavelet, LatticeWavelet, LearnableWavelet, LiftingWavelet, Orthonormal

__all__ = [
    "Analysis",
    "ClipText",
    "Conditioner",
    "Conditioning",
    "DiT",
    "Encoder",
    "FreeWavelet",
    "Joined",
    "LatentNet",
    "LatticeWavelet",
    "LearnableWavelet",
    "LiftingWavelet",
    "Orthonormal",
    "Scattering",
    "Statistics",
    "Synthesis",
    "UNet",
    "check_labels",
    "double",
    "halve",
]
