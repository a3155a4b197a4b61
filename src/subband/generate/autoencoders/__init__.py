"""Autoencoders: with one code for an image (`vae`), or with a grid of latents (`autoencoder`)."""

from subband.generate.autoencoders.field import GaussianField
from subband.generate.autoencoders.grid import GridAutoencoder, GridAutoencoderConfig
from subband.generate.autoencoders.space import LatentSpace
from subband.generate.autoencoders.vector import AutoencoderConfig, PacketVAE

__all__ = [
    "AutoencoderConfig",
    "GaussianField",
    "GridAutoencoder",
    "GridAutoencoderConfig",
    "LatentSpace",
    "PacketVAE",
]
