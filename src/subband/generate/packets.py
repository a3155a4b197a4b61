"""Images as the channels of their Haar packets, the space in which every family here works.

One level makes four times the channels at half the resolution. The transform is orthonormal: noise, distances
and gradients have the same size on both sides.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.generate.images import sample_of
from subband.transforms import Packets, ipackets, packets
from subband.transforms.wavelets import make_spec

Images = Float[Tensor, "n colours height width"]
Channels = Float[Tensor, "n channels h w"]


def to_packets(images: Images, level: int = 1) -> Channels:
    """(N, C, H, W) -> (N, C * 4^level, H / 2^level, W / 2^level), channels by (C, row band, column band)."""
    return packets(images, "haar", level, "periodization", (-2, -1)).array.flatten(1, 3)


def from_packets(channels: Channels, level: int = 1) -> Images:
    """Inverse of `to_packets`."""
    n, c, height, width = channels.shape
    bands = 2**level
    shape = (n, c // bands**2, height * bands, width * bands)
    spec = make_spec(shape, "haar", level, "periodization", (-2, -1), "frequency")
    return ipackets(Packets(channels.unflatten(1, (-1, bands, bands)), spec))


class PacketSpace(nn.Module):
    """Between images and their packets, each channel with mean 0 and variance 1 over the training images.

    The colours are first turned to opponent axes (sum, red - blue, green against both), on which those of
    photographs are all but uncorrelated (Ruderman et al. 1998): a variance for each channel then says nearly
    all that a linear model can know about one place of an image.

    Args:
        level: depth of the packet tree.
    """

    mean: Tensor
    deviation: Tensor
    axes: Tensor

    def __init__(self, level: int = 1):
        super().__init__()
        self.level = level
        self.channels = 3 * 4**level
        self.register_buffer("mean", torch.zeros(self.channels, 1, 1))
        self.register_buffer("deviation", torch.ones(self.channels, 1, 1))
        axes = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
        self.register_buffer("axes", axes / axes.norm(dim=1, keepdim=True), persistent=False)

    def take_statistics(self, images: Tensor) -> None:
        """Learn each channel's mean and deviation from training images, uint8 (N, 3, size, size)."""
        channels = to_packets(self._opponent(sample_of(images)), self.level)
        self.mean.copy_(channels.mean(dim=(0, 2, 3))[:, None, None])
        self.deviation.copy_(channels.std(dim=(0, 2, 3)).clamp(min=1e-3)[:, None, None])

    def encode(self, images: Images) -> Channels:
        """(N, 3, size, size) in [-1, 1] -> (N, channels, size / 2^level, size / 2^level)."""
        return (to_packets(self._opponent(images), self.level) - self.mean) / self.deviation

    def decode(self, channels: Channels) -> Images:
        """Inverse of `encode`."""
        images = from_packets(channels.float() * self.deviation + self.mean, self.level)
        return (self.axes.T @ images.flatten(2)).unflatten(2, images.shape[2:])

    def _opponent(self, images: Tensor) -> Tensor:
        return (self.axes @ images.flatten(2)).unflatten(2, images.shape[2:])
