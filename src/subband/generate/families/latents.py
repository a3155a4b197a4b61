"""Images as the latents of a finished autoencoder, the space in which latent diffusion works."""

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
    """Between images and the latents of an autoencoder, each channel with mean 0 and variance 1.

    Its weights are part of the checkpoint of whatever works in it, and no training changes them.

    Args:
        config: of the autoencoder.

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
        """Of the latents of an image of this size: (channels, side, side)."""
        side = size // self.autoencoder.config.factor
        return self.channels, side, side

    def fill(self, folder: str | Path) -> None:
        """Take the weights of the trained autoencoder in a folder.

        Raises:
            CheckpointError: if there is none, or its settings are others.
        """
        fill(self.autoencoder, load_checkpoint(folder, "autoencoder").tensors)

    @torch.no_grad()
    def take_statistics(self, images: Tensor) -> None:
        """Learn each channel's mean and deviation from training images, uint8 (N, colours, size, size)."""
        signal = sample_of(images).to(self.mean.device)
        latents = torch.cat([self.autoencoder.encode(part) for part in signal.split(64)])
        self.mean.copy_(latents.mean(dim=(0, 2, 3))[:, None, None])
        self.deviation.copy_(latents.std(dim=(0, 2, 3)).clamp(min=1e-6)[:, None, None])

    @torch.no_grad()
    def encode(self, images: Images) -> Channels:
        """(N, colours, size, size) in [-1, 1] -> (N, latent, size / factor, size / factor)."""
        return (self.autoencoder.encode(images) - self.mean) / self.deviation

    def decode(self, channels: Channels) -> Images:
        """Latents to images; what the autoencoder loses stays lost."""
        return self.autoencoder.decode(channels.float() * self.deviation + self.mean)

    def log_volume(self, size: int) -> float:
        """Raises InvalidInput: an autoencoder is no bijection, so densities of latents say none of images."""
        raise InvalidInput(
            "can't count bits in the latents of an autoencoder: train on packets or pixels for that"
        )
