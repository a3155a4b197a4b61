"""The networks of TransGAN: a generator and a critic of transformer blocks, without convolutions between pixels.

Source: Jiang et al. 2021, "TransGAN: two pure transformers can make one strong GAN", sections 3.1 and 3.2.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput

WINDOW = (
    16  # side of the largest grid on which all tokens attend to all; finer ones are cut into such windows
)


class PositionedAttention(nn.Module):
    """Self-attention on a grid, or within its windows, with a learnt bias for each relative position.

    Args:
        width: length of a token.
        heads: of attention; they divide the width.
        side: of the grid, or of its windows.

    Parameters: 4 * width^2 + heads * (2 * side - 1)^2.
    """

    index: Tensor

    def __init__(self, width: int, heads: int, side: int):
        super().__init__()
        self.heads, self.side = heads, side
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.bias = nn.Parameter(torch.zeros((2 * side - 1) ** 2, heads))
        y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        down, across = y.flatten()[:, None] - y.flatten(), x.flatten()[:, None] - x.flatten()
        index = (down + side - 1) * (2 * side - 1) + across + side - 1
        self.register_buffer("index", index, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, side^2, width) -> the same shape."""
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        bias = self.bias[self.index].permute(2, 0, 1).to(q.dtype)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.out(mixed.transpose(1, 2).flatten(2))


class GridBlock(nn.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)), of tokens on a grid. Parameters: about 12 * width^2."""

    def __init__(self, width: int, heads: int, grid: int):
        super().__init__()
        self.grid, self.window = grid, grid
        while self.window > WINDOW and self.window % 2 == 0:
            self.window //= 2
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = PositionedAttention(width, heads, self.window)
        self.grow, self.shrink = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, grid^2, width) -> the same shape."""
        h = self.norm1(x)
        x = x + (self.attention(h) if self.window == self.grid else self._in_windows(h))
        return x + self.shrink(F.gelu(self.grow(self.norm2(x))))

    def _in_windows(self, x: Tensor) -> Tensor:
        n, many, w = len(x), self.grid // self.window, self.window
        cut = x.view(n, many, w, many, w, -1).transpose(2, 3)
        mixed = self.attention(cut.reshape(n * many**2, w**2, -1))
        return mixed.view(n, many, many, w, w, -1).transpose(2, 3).reshape(x.shape)


class TransGenerator(nn.Module):
    """Noise to an image: transformer blocks on a coarse grid, then on grids each twice as fine.

    Between two grids the channels of a token become the pixels of a square of four tokens.

    Args:
        latent: length of the noise.
        channels, size: of the images.
        widths: length of the tokens on each grid, coarsest first; the finest has a token for each pixel.
        depths: blocks on each grid.
        heads: of attention; they divide all widths.

    Raises:
        InvalidInput: widths and depths of different lengths, heads that don't divide them, or a size that can't
            be halved so often.
    """

    def __init__(
        self,
        latent: int,
        channels: int,
        size: int,
        *,
        widths: Sequence[int],
        depths: Sequence[int],
        heads: int,
    ):
        super().__init__()
        grids = grids_of(size, widths, depths, heads)
        self.grids = grids
        self.project = nn.Linear(latent, widths[0] * grids[0] ** 2)
        self.places = nn.ParameterList(
            [nn.Parameter(torch.zeros(g**2, w)) for g, w in zip(grids, widths, strict=True)]
        )
        self.stages = nn.ModuleList(
            [
                nn.Sequential(*[GridBlock(width, heads, grid) for _ in range(depth)])
                for width, depth, grid in zip(widths, depths, grids, strict=True)
            ]
        )
        self.widen = nn.ModuleList([nn.Linear(a, 4 * b) for a, b in pairwise(widths)])
        self.norm, self.out = nn.LayerNorm(widths[-1]), nn.Linear(widths[-1], channels)
        for place in self.places:
            nn.init.normal_(place, std=0.02)

    def forward(self, z: Tensor) -> Tensor:
        """(N, latent) -> (N, channels, size, size) in (-1, 1)."""
        x = self.project(z).unflatten(1, (self.grids[0] ** 2, -1))
        for i, stage in enumerate(self.stages):
            x = stage(x + self.places[i])
            if i < len(self.widen):
                g = self.grids[i]
                square = self.widen[i](x).transpose(1, 2).unflatten(2, (g, g))
                x = F.pixel_shuffle(square, 2).flatten(2).transpose(1, 2)
        y = self.out(self.norm(x)).transpose(1, 2).unflatten(2, (self.grids[-1],) * 2)
        return torch.tanh(y)


class TransCritic(nn.Module):
    """An image to one number: tokens of patches, with coarser patches added on the way, and a weighted mean.

    Args:
        channels, size: of the images.
        width: length of a token.
        depths: blocks on each grid, each half the one before.
        heads: of attention.
        patch: side of the finest patches.
    """

    def __init__(
        self, channels: int, size: int, *, width: int, depths: Sequence[int], heads: int, patch: int
    ):
        super().__init__()
        if size % (patch * 2 ** (len(depths) - 1)) or width % (heads * len(depths)):
            raise InvalidInput(
                f"can't cut {size} px images into patches of {patch} on {len(depths)} grids with tokens of "
                f"width={width}: "
                f"the size must be a multiple of {patch * 2 ** (len(depths) - 1)}, and the width one of "
                f"{heads * len(depths)}"
            )
        share = width // len(depths)
        self.cuts = nn.ModuleList(
            [nn.Conv2d(channels, share, patch * 2**i, patch * 2**i) for i in range(len(depths))]
        )
        grids = [size // patch // 2**i for i in range(len(depths))]
        widths = [share * (i + 1) for i in range(len(depths))]
        self.grids = grids
        self.places = nn.ParameterList([nn.Parameter(0.02 * torch.randn(g**2, share)) for g in grids])
        self.stages = nn.ModuleList(
            [
                nn.Sequential(*[GridBlock(w, heads, g) for _ in range(depth)])
                for w, g, depth in zip(widths, grids, depths, strict=True)
            ]
        )
        self.norm = nn.LayerNorm(width)
        self.query = nn.Parameter(torch.zeros(width))
        self.out = nn.Linear(width, 1)

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, channels, size, size) -> (N,)."""
        tokens: Tensor | None = None
        for i, stage in enumerate(self.stages):
            fresh = self.cuts[i](x).flatten(2).transpose(1, 2) + self.places[i]
            if tokens is not None:
                g = self.grids[i - 1]
                coarser = (
                    F.avg_pool2d(tokens.transpose(1, 2).unflatten(2, (g, g)), 2).flatten(2).transpose(1, 2)
                )
                fresh = torch.cat([coarser, fresh], dim=2)
            tokens = stage(fresh)
        assert tokens is not None
        h = self.norm(tokens)
        # The verdict is a mean of tokens, weighted by attention of a learnt query.
        weight = (h @ self.query.to(h.dtype) / math.sqrt(h.shape[2])).softmax(dim=1)
        return self.out((weight[:, :, None] * h).sum(dim=1))[:, 0]


def grids_of(size: int, widths: Sequence[int], depths: Sequence[int], heads: int) -> list[int]:
    """Sides of the grids, coarsest first.

    Raises:
        InvalidInput: as `TransGenerator`.
    """
    halvings = len(widths) - 1
    if len(widths) != len(depths) or halvings < 0 or size % 2**halvings or any(w % heads for w in widths):
        raise InvalidInput(
            f"can't build a transformer with widths={tuple(widths)}, depths={tuple(depths)}, heads={heads} "
            f"for {size} px: "
            "give as many depths as widths, widths that the heads divide, and a size that is a multiple of "
            f"2^{halvings}"
        )
    return [size // 2**i for i in reversed(range(halvings + 1))]
