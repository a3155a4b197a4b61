"""PyTorch modules: transforms as layers, learnable wavelets, and networks for generators."""

from subband.nn.bottlenecks import (
    Bottleneck,
    DiscreteBottleneck,
    FiniteScalarQuantiser,
    GaussianBottleneck,
    VectorQuantiser,
    gaussian_divergence,
)
from subband.nn.conditions import Conditioner, Conditioning, check_labels
from subband.nn.encoder import Encoder
from subband.nn.latent import LatentNet
from subband.nn.resample import double, halve
from subband.nn.residual import Analysis, GridAnalysis, GridSynthesis, Synthesis
from subband.nn.scattering import Scattering
from subband.nn.statistics import Joined, Statistics
from subband.nn.text import ClipText
from subband.nn.transformer import DiT
from subband.nn.unet import UNet
from subband.nn.wavelets import FreeWavelet, LatticeWavelet, LearnableWavelet, LiftingWavelet, Orthonormal

__all__ = [
    "Analysis",
    "Bottleneck",
    "ClipText",
    "Conditioner",
    "Conditioning",
    "DiT",
    "DiscreteBottleneck",
    "Encoder",
    "FiniteScalarQuantiser",
    "FreeWavelet",
    "GaussianBottleneck",
    "GridAnalysis",
    "GridSynthesis",
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
    "VectorQuantiser",
    "check_labels",
    "double",
    "gaussian_divergence",
    "halve",
]
