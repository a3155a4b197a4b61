"""Latents of a trained autoencoder as a representation of images, for latent diffusion."""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.generate.families.autoencoder import GridAutoencoder, GridAutoencoderConfig
from subband.generate.pixels import sample_of
from subband.training import fill, load_checkpoint

Images = Float[Tensor, "n colours height width"]
Channels = Float[Tensor, "n channels h w"]


class LatentSpace(nn.Module):
    """Transform between images and autoencoder latents, each channel of mean 0 and variance 1.

    Its weights are frozen, and saved in the checkpoint of the model that uses it.

    Args:
        config: settings of the autoencoder.

    Attributes:
        channels: number of latent channels.
        mean, deviation: statistics of each channel, shape (channels, 1, 1).

    Source: Rombach et al. 2022, section 3 and appendix G, where one number scales all channels.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: GridAutoencoderConfig):
        super().__init__()
        self.autoencoder = GridAutoencoder(config).requires_grad_(False)
        self.channels = config.latent
        self.register_buffer("mean", torch.zeros(config.latent, 1, 1))
        self.register_buffer("deviation", torch.ones(config.latent, 1, 1))

    def shape(self, size: int) -> tuple[int, int, int]:
        """Shape of the latents of an image of this size: (channels, side, side)."""
        side = size // self.autoencoder.config.factor
        return self.channels, side, side

    def fill(self, folder: str | Path) -> None:
        """Load the weights of the trained autoencoder in a folder.

        Raises:
            CheckpointError: if there is none, or its weights do not fit the settings.
        """
        fill(self.autoencoder, load_checkpoint(folder, "autoencoder").tensors)

    @torch.no_grad()
    def take_statistics(self, images: Tensor) -> None:
        """Set each channel's mean and deviation from training images, uint8 (N, colours, size, size)."""
        signal = sample_of(images).to(self.mean.device)
        latents = torch.cat([self.autoencoder.encode(part) for part in signal.split(64)])
        self.mean.copy_(latents.mean(dim=(0, 2, 3))[:, None, None])
        self.deviation.copy_(latents.std(dim=(0, 2, 3)).clamp(min=1e-6)[:, None, None])

    @torch.no_grad()
    def encode(self, images: Images) -> Channels:
        """(N, colours, size, size) in [-1, 1] -> (N, latent, size / factor, size / factor)."""
        return (self.autoencoder.encode(images) - self.mean) / self.deviation

    def decode(self, channels: Channels) -> Images:
        """Latents -> images, (N, colours, size, size), approximately in [-1, 1]."""
        return self.autoencoder.decode(channels.float() * self.deviation + self.mean)

    def log_volume(self, size: int) -> float:
        """Always raises InvalidInput: an autoencoder is not invertible, so it has no determinant."""
        raise InvalidInput(
            "can't count bits in the latents of an autoencoder: train on packets or pixels for that"
        )
