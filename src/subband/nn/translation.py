"""The networks of CycleGAN: residual translators between images, and critics of patches.

Source: Zhu et al. 2017, "Unpaired image-to-image translation using cycle-consistent adversarial networks",
section 4 and appendix 7.2; Johnson et al. 2016, "Perceptual losses for real-time style transfer" (translator).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DEVIATION = 0.02


class _Residual(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), mirrored at the edges. Parameters: 18 * width^2."""

    def __init__(self, width: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class Translator(nn.Module):
    """Images of one domain to images of another: down, residual blocks, up.

    Args:
        inputs, outputs: channels of both domains.
        width: channels of the finest grid, twice and four times as many on coarser ones.
        blocks: residual blocks on the coarsest grid.
        halvings: coarser grids, 1 or 2.
        size: of the images, height and width.
        turns: whether the pixels of the coarsest grid are mixed by a learnt matrix, so that a translator can turn
            or mirror images, which convolutions alone can't.
    """

    def __init__(
        self, inputs: int, outputs: int, *, width: int, blocks: int, halvings: int = 2, size: int, turns: bool
    ):
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, width, 7, padding=3, padding_mode="reflect"),
            nn.InstanceNorm2d(width),
            nn.ReLU(),
        ]
        for i in range(halvings):
            w = width * 2**i
            layers += [nn.Conv2d(w, 2 * w, 3, 2, 1), nn.InstanceNorm2d(2 * w), nn.ReLU()]
        coarse = width * 2**halvings
        self.down = nn.Sequential(*layers)
        self.mix = PixelMixer(size // 2**halvings, coarse) if turns else None
        self.body = nn.Sequential(*[_Residual(coarse) for _ in range(blocks)])
        layers = []
        for i in reversed(range(halvings)):
            w = width * 2**i
            layers += [
                nn.ConvTranspose2d(2 * w, w, 3, 2, 1, output_padding=1),
                nn.InstanceNorm2d(w),
                nn.ReLU(),
            ]
        layers += [nn.Conv2d(width, outputs, 7, padding=3, padding_mode="reflect"), nn.Tanh()]
        self.up = nn.Sequential(*layers)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W) in (-1, 1); H and W multiples of 2^halvings."""
        h = self.down(x)
        if self.mix is not None:
            h = self.mix(h)
        return self.up(self.body(h))


class PixelMixer(nn.Module):
    """x + W x along the places of a coarse grid, for all channels alike: what moves things across an image.

    Parameters: side^4.
    """

    def __init__(self, side: int, width: int):
        super().__init__()
        self.norm = nn.InstanceNorm2d(width)
        self.weight = nn.Parameter(torch.zeros(side**2, side**2))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, side, side) -> the same shape."""
        return x + (self.norm(x).flatten(2) @ self.weight.T.to(x.dtype)).view_as(x)


class PatchCritic(nn.Module):
    """An image to a map of numbers, each of which judges a patch.

    Args:
        channels: of the images.
        width: channels of the first layer.
        layers: convolutions of stride 2, of which 3 see patches of 70 pixels, and 2 of 34.
    """

    def __init__(self, channels: int, *, width: int, layers: int):
        super().__init__()
        body: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for i in range(1, layers):
            before, after = width * 2 ** (i - 1), width * 2**i
            body += [nn.Conv2d(before, after, 4, 2, 1), nn.InstanceNorm2d(after), nn.LeakyReLU(0.2)]
        last = width * 2 ** (layers - 1)
        body += [nn.Conv2d(last, last, 3, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(last, 1, 3, 1, 1)]
        self.body = nn.Sequential(*body)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, h, w)."""
        return self.body(x)[:, 0]


def initialise(module: nn.Module) -> None:
    """Weights N(0, 0.02^2), biases 0."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, DEVIATION)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def least_squares(scores: Tensor, target: float) -> Tensor:
    """Mean of (D - target)^2."""
    return F.mse_loss(scores.float(), torch.full_like(scores, target, dtype=torch.float32))
