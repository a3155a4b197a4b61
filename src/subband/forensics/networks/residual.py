"""Residual networks for much data: signed packets or polyphase pixels in, many 3×3 convolutions.

The networks of `nets` are those of the paper and of equal small size. These have ten times the depth and the
weights, and go on learning where those stop: they are for detectors that are kept, and for large training sets.

Both inputs have the shape (N, 12, ⌈H/2⌉, ⌈W/2⌉) and hold the same numbers up to an orthonormal map of 2×2
pixels (for Haar), so a network on one has exactly the weights and the cost of a network on the other. What
differs is the scale of the directions: packets are standardised per band, so the high frequencies, in which
generators leave their traces and which pixels hold in a thousandth of the variance, count as much as the rest.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from subband.forensics.features.layers import AXES, Normaliser
from subband.forensics.networks.small import SHARED, ChannelsLast
from subband.transforms.packets import packets

BLOCKS = (2, 2, 2)
"""Residual blocks on each grid, finest first; each grid has half the side and twice the width of the one before."""


class SignedPackets(nn.Module):
    """Packet coefficients with their signs, standardised per band and colour: (N, 3, H, W) → (N, 3·4^J, h, w)."""

    mean: Tensor
    std: Tensor

    def __init__(self, level: int = 1, wavelet: str = "haar"):
        super().__init__()
        self.level, self.wavelet = level, wavelet
        bands = 2**level
        self.register_buffer("mean", torch.zeros(3, bands, bands, 1, 1))
        self.register_buffer("std", torch.ones(3, bands, bands, 1, 1))

    def fit(self, pixels: np.ndarray) -> None:
        """Take mean and standard deviation from the training images."""
        normaliser = Normaliser.fit(pixels, self.raw, AXES[SHARED])
        self.mean.copy_(normaliser.mean)
        self.std.copy_(normaliser.std)

    def raw(self, x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n 3 bands bands h w"]:
        """Coefficients before standardisation, bands in frequency order."""
        return packets(
            x, self.wavelet, level=self.level, mode="symmetric", axes=(-2, -1), order="frequency"
        ).array

    def forward(self, x: Tensor) -> Tensor:
        return Normaliser(self.mean, self.std)(self.raw(x)).flatten(1, 3)


class Polyphase(nn.Module):
    """The four pixels of each 2×2 square as channels: (N, C, H, W) → (N, 4 C, ⌈H/2⌉, ⌈W/2⌉).

    An odd side is extended by its last pixel.
    """

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        if height % 2 or width % 2:
            x = F.pad(x, (0, width % 2, 0, height % 2), mode="replicate")
        return F.pixel_unshuffle(x, 2)


class Residual(nn.Module):
    """relu(shortcut(h) + F(h)), F two 3×3 convolutions with batch normalisation.

    The scale of the second normalisation starts at 0, so that the block starts as its shortcut. A shortcut to
    half the side averages 2×2 positions before its 1×1 convolution, so that all of them count.

    Source: He et al. 2016, "Deep residual learning for image recognition"; He et al. 2019, "Bag of tricks for
    image classification with convolutional neural networks", section 4 (ResNet-D) and 3.1 (zero scale).
    """

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        nn.init.zeros_(self.second_norm.weight)
        self.shortcut = nn.Identity()
        if stride > 1 or inputs != outputs:
            pool = nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity()
            self.shortcut = nn.Sequential(
                pool, nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, h: Tensor) -> Tensor:
        inner = F.relu(self.first_norm(self.first(h)))
        return F.relu(self.shortcut(h) + self.second_norm(self.second(inner)))


class ResidualCNN(nn.Module):
    """(N, inputs, h, w) → (N, classes): a 3×3 convolution, residual blocks on three grids, mean, linear layer."""

    def __init__(self, inputs: int, classes: int, width: int, blocks: tuple[int, ...] = BLOCKS):
        super().__init__()
        self.layout = ChannelsLast()
        self.stem = nn.Sequential(
            nn.Conv2d(inputs, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        layers: list[nn.Module] = []
        channels = width
        for grid, count in enumerate(blocks):
            for k in range(count):
                layers.append(Residual(channels, width * 2**grid, 2 if grid and not k else 1))
                channels = width * 2**grid
        self.blocks = nn.Sequential(*layers)
        self.last = nn.Linear(channels, classes)

    def forward(self, features: Tensor) -> Tensor:
        return self.last(self.blocks(self.stem(self.layout(features))).mean((-2, -1)))
