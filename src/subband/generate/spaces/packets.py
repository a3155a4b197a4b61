"""Wavelet packets of images as channels.

One level has four times the channels at half the resolution. With an orthogonal wavelet the transform is
orthonormal: it preserves white noise, distances and the norms of gradients.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.generate.pixels import LEVEL, sample_of
from subband.transforms.packets import PacketCoefficients, ipackets, packets
from subband.transforms.wavelets import make_spec, wavelet

Images = Float[Tensor, "n colours height width"]
Channels = Float[Tensor, "n channels h w"]


def to_packets(images: Images, level: int = 1, wavelet: str = "haar") -> Channels:
    """(N, C, H, W) -> (N, C * 4^level, H / 2^level, W / 2^level), channels by (C, row band, column band)."""
    if level == 0:
        return images
    return packets(images, wavelet, level=level, mode="periodization", axes=(-2, -1)).array.flatten(1, 3)


def from_packets(channels: Channels, level: int = 1, wavelet: str = "haar") -> Images:
    """Inverse of `to_packets`."""
    if level == 0:
        return channels
    n, c, height, width = channels.shape
    bands = 2**level
    shape = (n, c // bands**2, height * bands, width * bands)
    spec = make_spec(shape, wavelet, level, "periodization", (-2, -1), "frequency")
    return ipackets(PacketCoefficients(channels.unflatten(1, (-1, bands, bands)), spec))


class PacketSpace(nn.Module):
    """Transform between images and packets, each channel of mean 0 and variance 1 over the training images.

    Colours are first rotated to opponent axes (sum, red - blue, green against both), on which those of
    photographs are nearly uncorrelated (Ruderman et al. 1998), so that a variance per channel describes
    nearly all second-order statistics at one position.

    Args:
        level: depth of the packet tree; 0 for pixels.
        wavelet: wavelet name, e.g. "haar", "db2", or "bior4.4" (CDF 9/7).
        colours: channels of the images, 3 or 1.

    Attributes:
        channels: number of packet channels, colours * 4^level.
        mean, deviation: statistics of each channel, shape (channels, 1, 1).
        axes: orthonormal opponent axes, shape (colours, colours).
    """

    mean: Tensor
    deviation: Tensor
    axes: Tensor

    def __init__(self, level: int = 1, wavelet: str = "haar", colours: int = 3):
        super().__init__()
        if level < 0 or colours not in (1, 3):
            raise InvalidInput(
                f"no packets of level {level} of {colours} colours: take 0 or more, and 1 or 3"
            )
        self.level = level
        self.wavelet = wavelet
        self.channels = colours * 4**level
        self.register_buffer("mean", torch.zeros(self.channels, 1, 1))
        self.register_buffer("deviation", torch.ones(self.channels, 1, 1))
        opponent = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
        axes = opponent / opponent.norm(dim=1, keepdim=True) if colours == 3 else torch.ones(1, 1)
        self.register_buffer("axes", axes, persistent=False)

    def shape(self, size: int) -> tuple[int, int, int]:
        """Shape of the packets of an image of this size: (channels, side, side)."""
        side = size // 2**self.level
        return self.channels, side, side

    def take_statistics(self, images: Tensor) -> None:
        """Set each channel's mean and deviation from training images, uint8 (N, colours, size, size).

        The variance of rounding to levels is added, a lower bound for channels without content.
        """
        channels = to_packets(self._opponent(sample_of(images)), self.level, self.wavelet)
        self.mean.copy_(channels.mean(dim=(0, 2, 3))[:, None, None])
        variance = channels.var(dim=(0, 2, 3)) + LEVEL**2 / 12
        self.deviation.copy_(variance.sqrt()[:, None, None])

    def encode(self, images: Images) -> Channels:
        """(N, colours, size, size) in [-1, 1] -> (N, channels, size / 2^level, size / 2^level)."""
        return (to_packets(self._opponent(images), self.level, self.wavelet) - self.mean) / self.deviation

    def decode(self, channels: Channels) -> Images:
        """Inverse of `encode`."""
        images = from_packets(channels.float() * self.deviation + self.mean, self.level, self.wavelet)
        return (self.axes.T @ images.flatten(2)).unflatten(2, images.shape[2:])

    def log_volume(self, size: int) -> float:
        """log |det| of `encode` at this size: log density of pixels minus log density of packets.

        Raises:
            InvalidInput: if the wavelet is not orthogonal: its determinant is not implemented.
        """
        if self.level and not wavelet(self.wavelet).orthonormal:
            raise InvalidInput(
                f"can't count bits on packets of {self.wavelet}: it is not orthogonal; level 0 is pixels"
            )
        positions = (size // 2**self.level) ** 2
        return -float(self.deviation.double().log().sum()) * positions

    def _opponent(self, images: Tensor) -> Tensor:
        return (self.axes @ images.flatten(2)).unflatten(2, images.shape[2:])
