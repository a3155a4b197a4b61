"""Residual networks between images and vectors, or grids of vectors, for GANs and autoencoders.

They have no normalisation layers: each residual branch ends in a zero-initialised layer, so that a network of
any depth is initially linear and trains stably (Zhang et al. 2019, "Fixup initialization"; Huang et al. 2024,
"The GAN is dead; long live the GAN!", section 4).
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.nn.blocks import zeroed
from subband.nn.resample import double, halve

SLOPE = 0.2  # negative slope of the leaky ReLUs


class PlainBlock(nn.Module):
    """x + conv1(lrelu(conv3(lrelu(x)))), the 1x1 convolution zero-initialised. Parameters: 10*channels^2."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.out = zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> the same shape."""
        h = self.conv(F.leaky_relu(x, SLOPE))
        return x + self.out(F.leaky_relu(h, SLOPE))


class Analysis(nn.Module):
    """Image to vector: residual blocks on a pyramid of grids, each half the one before.

    Args:
        channels: channels of the image.
        grid: height and width of the image, a multiple of 2^(len(widths) - 1).
        outputs: length of the vector.
        widths: channels on each grid, finest first.
        blocks: residual blocks on each grid.

    Raises:
        InvalidInput: if the grid can't be halved that often.
    """

    def __init__(self, channels: int, grid: int, outputs: int, widths: Sequence[int], *, blocks: int = 1):
        super().__init__()
        coarsest = coarsest_grid(grid, len(widths))
        self.body = descent(channels, widths, blocks=blocks)
        self.head = nn.Linear(widths[-1] * coarsest**2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, grid, grid) -> (N, outputs)."""
        return self.head(F.leaky_relu(self.body(x), SLOPE).flatten(1))


class Synthesis(nn.Module):
    """Vector to image: residual blocks on a pyramid of grids, each twice the one before.

    Args:
        latent: length of the vector.
        channels: channels of the image.
        grid: height and width of the image, a multiple of 2^(len(widths) - 1).
        widths: channels on each grid, finest first, as for `Analysis`.
        blocks: residual blocks on each grid.

    Raises:
        InvalidInput: if the grid can't be halved that often.
    """

    def __init__(self, latent: int, channels: int, grid: int, widths: Sequence[int], *, blocks: int = 1):
        super().__init__()
        coarsest = coarsest_grid(grid, len(widths))
        self.start = (widths[-1], coarsest, coarsest)
        self.head = nn.Linear(latent, widths[-1] * coarsest**2)
        self.body = ascent(widths, blocks=blocks)
        self.out = nn.Conv2d(widths[0], channels, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        """(N, latent) -> (N, channels, grid, grid)."""
        return self.out(F.leaky_relu(self.body(self.head(z).unflatten(1, self.start)), SLOPE))


class GridAnalysis(nn.Module):
    """Image to a smaller grid of vectors: a fully convolutional `Analysis`, for images of any size.

    Args:
        channels, widths, blocks: as for `Analysis`.
        outputs: length of the vectors.
    """

    def __init__(self, channels: int, outputs: int, widths: Sequence[int], *, blocks: int = 1):
        super().__init__()
        self.body = descent(channels, widths, blocks=blocks)
        self.head = nn.Conv2d(widths[-1], outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, outputs, H / s, W / s), s = 2^(len(widths) - 1)."""
        return self.head(F.leaky_relu(self.body(x), SLOPE))


class GridSynthesis(nn.Module):
    """Grid of vectors to a larger image: a fully convolutional `Synthesis`, dual to `GridAnalysis`.

    Args:
        latent: length of the vectors.
        channels: channels of the image.
        widths, blocks: as for `Synthesis`.
    """

    def __init__(self, latent: int, channels: int, widths: Sequence[int], *, blocks: int = 1):
        super().__init__()
        self.head = nn.Conv2d(latent, widths[-1], 3, padding=1)
        self.body = ascent(widths, blocks=blocks)
        self.out = nn.Conv2d(widths[0], channels, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        """(N, latent, H, W) -> (N, channels, s H, s W), s = 2^(len(widths) - 1)."""
        return self.out(F.leaky_relu(self.body(self.head(z)), SLOPE))


def descent(channels: int, widths: Sequence[int], *, blocks: int = 1) -> nn.Sequential:
    """Layers from an image of `channels` down to the coarsest grid, of widths[-1] channels."""
    layers: list[nn.Module] = [nn.Conv2d(channels, widths[0], 3, padding=1)]
    for i, width in enumerate(widths):
        layers += [PlainBlock(width) for _ in range(blocks)]
        if i + 1 < len(widths):
            layers += [Halve(), nn.Conv2d(width, widths[i + 1], 1)]
    return nn.Sequential(*layers)


def ascent(widths: Sequence[int], *, blocks: int = 1) -> nn.Sequential:
    """Layers from the coarsest grid, of widths[-1] channels, up to the finest, of widths[0]."""
    layers: list[nn.Module] = []
    for i in reversed(range(len(widths))):
        layers += [PlainBlock(widths[i]) for _ in range(blocks)]
        if i > 0:
            layers += [nn.Conv2d(widths[i], widths[i - 1], 1), Double()]
    return nn.Sequential(*layers)


class Halve(nn.Module):
    """`halve` as a layer."""

    def forward(self, x: Tensor) -> Tensor:
        return halve(x)


class Double(nn.Module):
    """`double` as a layer."""

    def forward(self, x: Tensor) -> Tensor:
        return double(x)


def coarsest_grid(grid: int, levels: int) -> int:
    """Side of the last of `levels` grids, each half the one before.

    Raises:
        InvalidInput: if `grid` can't be halved that often.
    """
    if levels < 1 or grid < 1 or grid % 2 ** (levels - 1):
        raise InvalidInput(
            f"can't make {levels} grids of {grid} x {grid}: "
            f"the side must be a multiple of {2 ** max(levels - 1, 0)}"
        )
    return grid // 2 ** (levels - 1)
