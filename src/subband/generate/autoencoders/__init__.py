"""Autoencoders with a distribution over their codes."""

from subband.generate.autoencoders.model import AutoencoderConfig, PacketVAE

__all__ = ["AutoencoderConfig", "PacketVAE"]
