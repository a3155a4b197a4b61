"""Networks in PyTorch, built from the transforms and from a few blocks."""

from subband.nn.blocks import ResidualBlock, SelfAttention, group_norm, time_features, zeroed
from subband.nn.unet import UNet

__all__ = ["ResidualBlock", "SelfAttention", "UNet", "group_norm", "time_features", "zeroed"]
