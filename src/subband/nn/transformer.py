"""A diffusion transformer (DiT): patches as tokens, adaptive layer norm from time and condition."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.nn.blocks import CrossAttention, time_features, zeroed


class DiT(nn.Module):
    """Map (x, t) to x's shape by a transformer on patches.

    Args:
        channels: channels of the input.
        outputs: channels of the output; None for as many.
        width: length of a token.
        depth: number of blocks.
        heads: number of attention heads; they divide the width.
        patch: side of the patch of a token.
        context: width of the tokens of a condition; 0 for none.

    Raises:
        InvalidInput: if an argument is not a positive whole number, the heads do not divide the width, or the
            width is not a multiple of 4.

    Source: Peebles and Xie 2023, "Scalable diffusion models with transformers", adaLN-Zero; cross-attention to
    a context as in Chen et al. 2024, "PixArt-alpha".
    """

    def __init__(
        self,
        channels: int,
        *,
        outputs: int | None = None,
        width: int = 192,
        depth: int = 6,
        heads: int = 6,
        patch: int = 2,
        context: int = 0,
    ):
        super().__init__()
        outputs = channels if outputs is None else outputs
        if min(channels, outputs, width, depth, heads, patch) < 1 or width % heads or width % 4:
            raise InvalidInput(
                f"can't build a transformer with channels={channels}, outputs={outputs}, width={width}, "
                f"depth={depth}, heads={heads}, patch={patch}: each must be 1 or more, and the width a multiple "
                "of the heads and of 4"
            )
        self.channels, self.outputs, self.patch, self.stride = channels, outputs, patch, patch
        self.width, self.embedding, self.context = width, width, context
        self.patchify = nn.Conv2d(channels, width, patch, stride=patch)
        self.embed = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.blocks = nn.ModuleList([TransformerBlock(width, heads, context) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = zeroed(nn.Linear(width, 2 * width))
        self.unpatchify = zeroed(nn.Linear(width, outputs * patch**2))

    def forward(
        self,
        x: Float[Tensor, "n channels height width"],
        t: Float[Tensor, " n"],
        embedding: Float[Tensor, "n embedding"] | None = None,
        context: Float[Tensor, "n tokens features"] | None = None,
    ) -> Float[Tensor, "n outputs height width"]:
        """Predict from x at time t.

        Args:
            x: shape (N, channels, H, W), H and W multiples of `self.stride`.
            t: shape (N,), times of order one.
            embedding: embedded conditions, added to the time embedding: shape (N, self.embedding).
            context: tokens for cross-attention, shape (N, any, self.context).

        Returns:
            Shape (N, outputs, H, W).

        Raises:
            InvalidInput: if the channels or the size do not fit, or a context is missing or not expected.
        """
        if x.ndim != 4 or x.shape[1] != self.channels or x.shape[2] % self.stride or x.shape[3] % self.stride:
            raise InvalidInput(
                f"can't run this transformer on shape {tuple(x.shape)}: it takes (N, {self.channels}, H, W), "
                f"H and W multiples of {self.stride}"
            )
        if (context is None) != (not self.context):
            raise InvalidInput(
                f"this transformer was built with context={self.context}: give tokens of that width"
            )
        e = self.embed(time_features(t, self.width))
        e = F.silu(e if embedding is None else e + embedding.to(e.dtype))
        h = self.patchify(x)
        rows, columns = h.shape[2:]
        h = h.flatten(2).transpose(1, 2) + positions(rows, columns, self.width).to(h)
        for block in self.blocks:
            h = block(h, e, context)
        shift, scale = self.modulation(e)[:, None].chunk(2, dim=2)
        h = self.unpatchify(torch.addcmul(shift, self.norm(h), 1 + scale))
        return F.pixel_shuffle(h.transpose(1, 2).unflatten(2, (rows, columns)), self.patch)


class TransformerBlock(nn.Module):
    """Self-attention and a two-layer MLP, each with pre-norm and a skip connection.

    An adaptive block takes an embedding, which gives scale, shift and gate of both; gates are zero-initialised
    (adaLN-Zero), so that it starts as the identity. With adaptive=False the block is that of a vision
    transformer: its norms have weights of their own, and it takes no embedding.

    Args:
        width: length of a token.
        heads: number of attention heads; they divide the width.
        context: width of the tokens of a condition, for cross-attention between the two; 0 for none.
        hidden: width of the MLP; None for 4 * width.
        adaptive: whether an embedding modulates the block.
        gelu: "tanh" for the approximation of GELU, "none" for the exact one.
        epsilon: that is added to the variance of a token.

    Parameters: 12 * width^2 at the default hidden width, 6 * width^2 for the modulation, and about 4 * width^2 for
    the cross-attention to a context.

    Source: Dosovitskiy et al. 2021, "An image is worth 16x16 words"; Peebles and Xie 2023 for adaptive ones.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        context: int = 0,
        *,
        hidden: int | None = None,
        adaptive: bool = True,
        gelu: str = "tanh",
        epsilon: float = 1e-5,
    ):
        super().__init__()
        self.heads, self.gelu = heads, gelu
        hidden = 4 * width if hidden is None else hidden
        self.modulation = zeroed(nn.Linear(width, 6 * width)) if adaptive else None
        self.norm1 = nn.LayerNorm(width, epsilon, elementwise_affine=not adaptive)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.cross = CrossAttention(width, context, heads) if context else None
        self.norm2 = nn.LayerNorm(width, epsilon, elementwise_affine=not adaptive)
        self.grow = nn.Linear(width, hidden)
        self.shrink = nn.Linear(hidden, width)

    def forward(self, x: Tensor, embedding: Tensor | None = None, context: Tensor | None = None) -> Tensor:
        """x (N, L, width), embedding (N, width), context (N, tokens, context) -> (N, L, width)."""
        if self.modulation is None:
            x = x + self._attended(self.norm1(x))
            if self.cross is not None and context is not None:
                x = self.cross(x, context)
            return x + self._perceptron(self.norm2(x))
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(embedding)[:, None].chunk(6, dim=2)
        x = x + gate1 * self._attended(torch.addcmul(shift1, self.norm1(x), 1 + scale1))
        if self.cross is not None and context is not None:
            x = self.cross(x, context)
        return x + gate2 * self._perceptron(torch.addcmul(shift2, self.norm2(x), 1 + scale2))

    def attention(self, x: Tensor) -> Tensor:
        """Attention weights of a block without modulation, of its input (N, L, width): (N, heads, L, L)."""
        q, k, _ = self._heads(self.norm1(x))
        return (q @ k.transpose(2, 3) / q.shape[3] ** 0.5).softmax(dim=3)

    def _heads(self, normed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, each (N, heads, L, width / heads)."""
        q, k, v = self.qkv(normed).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return q, k, v

    def _attended(self, normed: Tensor) -> Tensor:
        mixed = F.scaled_dot_product_attention(*self._heads(normed))
        return self.out(mixed.transpose(1, 2).flatten(2))

    def _perceptron(self, normed: Tensor) -> Tensor:
        return self.shrink(F.gelu(self.grow(normed), approximate=self.gelu))


def line_positions(count: int, width: int) -> Tensor:
    """Sines and cosines of the index at width / 2 frequencies from 1 to 1/10000 rad: (count, width).

    Source: Vaswani et al. 2017, "Attention is all you need", section 3.5.
    """
    ladder = torch.exp(-math.log(10_000) * torch.arange(width // 2) / (width // 2))
    angles = torch.arange(count)[:, None] * ladder
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def positions(rows: int, columns: int, width: int) -> Tensor:
    """`line_positions` of the row and of the column, each of width / 2: (rows * columns, width)."""
    y, x = line_positions(rows, width // 2), line_positions(columns, width // 2)
    both = [y[:, None].expand(-1, columns, -1), x[None].expand(rows, -1, -1)]
    return torch.cat(both, dim=2).flatten(0, 1)
