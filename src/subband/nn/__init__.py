"""PyTorch modules: transforms as layers, learnable wavelets, and networks for generators."""

from subband.nn.bottlenecks import (
    Bottleneck,
    DiscreteBottleneck,
    FiniteScalarQuantiser,
    GaussianBottleneck,
    VectorQuantiser,
    gaussian_divergence,
)
from subband.nn.complex import ComplexGRU, ComplexGRUCell, UnitaryLinear
from subband.nn.compression import Compressed, compress_model
from subband.nn.conditions import Conditioner, Conditioning, check_labels
from subband.nn.ema_codebook import EmaVectorQuantiser
from subband.nn.encoder import Encoder
from subband.nn.gated import GatedLinear, gated_layers
from subband.nn.latent import LatentNet
from subband.nn.ldm_autoencoder import LDMAutoencoder
from subband.nn.masked_autoencoder import MaskedAutoencoder
from subband.nn.resample import double, halve
from subband.nn.residual import Analysis, GridAnalysis, GridSynthesis, Synthesis
from subband.nn.scattering import Scattering
from subband.nn.spectral_rnn import SpectralRNN
from subband.nn.state_space import LRU, S4D
from subband.nn.statistics import Joined, Statistics
from subband.nn.text import ClipText
from subband.nn.token_transformer import TokenTransformer, check_ids
from subband.nn.transformer import DiT
from subband.nn.unet import UNet
from subband.nn.vision_transformer import VisionTransformer
from subband.nn.wavelet_linear import WaveletGRU, WaveletLinear, wavelet_loss
from subband.nn.wavelets import FreeWavelet, LatticeWavelet, LearnableWavelet, LiftingWavelet, Orthonormal

__all__ = [
    "LRU",
    "S4D",
    "Analysis",
    "Bottleneck",
    "ClipText",
    "ComplexGRU",
    "ComplexGRUCell",
    "Compressed",
    "Conditioner",
    "Conditioning",
    "DiT",
    "DiscreteBottleneck",
    "EmaVectorQuantiser",
    "Encoder",
    "FiniteScalarQuantiser",
    "FreeWavelet",
    "GatedLinear",
    "GaussianBottleneck",
    "GridAnalysis",
    "GridSynthesis",
    "Joined",
    "LDMAutoencoder",
    "LatentNet",
    "LatticeWavelet",
    "LearnableWavelet",
    "LiftingWavelet",
    "MaskedAutoencoder",
    "Orthonormal",
    "Scattering",
    "SpectralRNN",
    "Statistics",
    "Synthesis",
    "TokenTransformer",
    "UNet",
    "UnitaryLinear",
    "VectorQuantiser",
    "VisionTransformer",
    "WaveletGRU",
    "WaveletLinear",
    "check_ids",
    "check_labels",
    "compress_model",
    "double",
    "gated_layers",
    "gaussian_divergence",
    "halve",
    "wavelet_loss",
]
