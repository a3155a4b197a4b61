"""Networks in PyTorch, built from the transforms and from a few blocks."""

from subband.nn.pyramid import Analysis, Synthesis
from subband.nn.resample import double, halve
from subband.nn.unet import UNet

__all__ = ["Analysis", "Synthesis", "UNet", "double", "halve"]
