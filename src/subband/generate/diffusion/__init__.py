"""Diffusion: paths from image to noise, denoisers, samplers, and a model on wavelet packets."""

from subband.generate.diffusion.denoiser import Denoiser, Prediction, corrupt, target
from subband.generate.diffusion.model import DiffusionConfig, PacketDiffusion
from subband.generate.diffusion.path import FlowPath, Path
from subband.generate.diffusion.samplers import SAMPLERS, Sampler, euler, heun, time_grid

__all__ = [
    "SAMPLERS",
    "Denoiser",
    "DiffusionConfig",
    "FlowPath",
    "PacketDiffusion",
    "Path",
    "Prediction",
    "Sampler",
    "corrupt",
    "euler",
    "heun",
    "target",
    "time_grid",
]
