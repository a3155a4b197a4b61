"""A compact U-Net on patches, which keeps the computation on a small grid."""

import math
from collections.abc import Iterable, Sequence
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.nn.blocks import CrossAttention, ResidualBlock, SelfAttention, group_norm, time_features, zeroed


class UNet(nn.Module):
    """Map (x, t) to x's shape, the backbone of a diffusion model.

    A strided convolution cuts the image into `patch` x `patch` patches; each level of `multipliers` then has
    `blocks` residual blocks going down and `blocks + 1` going up, with skip connections; the grid is halved
    between levels, and the coarsest level has self-attention. On small grids, the network spends its time in
    convolutions with enough channels to fill a CPU's vector units.

    UNet(12), for one packet level of an RGB image, has 2,462,832 parameters; with width 48 and multipliers
    (1, 2, 2) it has 2,280,000 and is 1.5 times as fast.

    Args:
        channels: channels of the input.
        outputs: channels of the output; None for as many.
        width: channels of the finest level; level i has `width * multipliers[i]`.
        multipliers: width of each level, finest first.
        blocks: residual blocks on each level going down.
        patch: side of a patch.
        attention: whether the coarsest level has self-attention.
        context: width of the tokens of a condition, which the coarsest level attends to; 0 for none.
        code: length of a code that scales the features of every block; 0 for none.

    Raises:
        InvalidInput: if an argument is not a positive whole number.

    Source: Ronneberger et al. 2015; Ho et al. 2020; adaptive group norm from Dhariwal and Nichol 2021, codes from
    Preechakul et al. 2022.
    """

    def __init__(
        self,
        channels: int,
        *,
        outputs: int | None = None,
        width: int = 64,
        multipliers: Sequence[int] = (1, 2),
        blocks: int = 1,
        patch: int = 2,
        attention: bool = True,
        context: int = 0,
        code: int = 0,
    ):
        super().__init__()
        outputs = channels if outputs is None else outputs
        if min(channels, outputs, width, blocks, patch, *multipliers, len(multipliers)) < 1:
            raise InvalidInput(
                f"can't build a U-Net with channels={channels}, outputs={outputs}, width={width}, "
                f"multipliers={tuple(multipliers)}, blocks={blocks}, patch={patch}: each must be 1 or more"
            )
        widths = [width * m for m in multipliers]
        embedding = 4 * width
        self.channels, self.outputs = channels, outputs
        self.embedding, self.context, self.code = embedding, context, code
        self.stride = patch * 2 ** (len(widths) - 1)
        self.time_width = width
        self.embed = nn.Sequential(nn.Linear(width, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.patchify = nn.Conv2d(channels, width, patch, stride=patch)

        self.down = nn.ModuleList()
        self.shrink = nn.ModuleList()
        self.up = nn.ModuleList()
        self.grow = nn.ModuleList()
        skips, width_in = [width], width
        for level, w in enumerate(widths):
            if level > 0:
                self.shrink.append(nn.Conv2d(width_in, w, 2, stride=2))
                skips.append(w)
                width_in = w
            inputs = [width_in] + [w] * (blocks - 1)
            self.down.append(nn.ModuleList([ResidualBlock(i, w, embedding, code) for i in inputs]))
            skips += [w] * blocks
            width_in = w
        heads = math.gcd(width_in, max(width_in // 32, 1))
        self.middle = ResidualBlock(width_in, width_in, embedding, code)
        self.attention = SelfAttention(width_in, heads) if attention else nn.Identity()
        self.cross = CrossAttention(width_in, context, heads) if context else None
        for level, w in reversed(list(enumerate(widths))):
            stage = nn.ModuleList()
            for _ in range(blocks + 1):
                stage.append(ResidualBlock(width_in + skips.pop(), w, embedding, code))
                width_in = w
            self.up.append(stage)
            if level > 0:
                self.grow.append(nn.Conv2d(width_in, 4 * widths[level - 1], 1))
                width_in = widths[level - 1]
        self.out_norm = group_norm(width_in)
        self.unpatchify = zeroed(nn.Conv2d(width_in, outputs * patch**2, 3, padding=1))
        self.patch = patch

    def forward(
        self,
        x: Float[Tensor, "n channels height width"],
        t: Float[Tensor, " n"],
        embedding: Float[Tensor, "n embedding"] | None = None,
        context: Float[Tensor, "n tokens features"] | None = None,
        code: Float[Tensor, "n code"] | None = None,
    ) -> Float[Tensor, "n outputs height width"]:
        """Predict from x at time t.

        Args:
            x: shape (N, channels, H, W), H and W multiples of `self.stride`.
            t: shape (N,), times of order one.
            embedding: embedded conditions, added to the time embedding: shape (N, self.embedding).
            context: tokens for cross-attention, shape (N, any, self.context).
            code: code that scales the features, shape (N, self.code).

        Returns:
            Shape (N, outputs, H, W).

        Raises:
            InvalidInput: if the channels or the size do not fit, or a context or a code is missing or not
                expected.
        """
        if x.ndim != 4 or x.shape[1] != self.channels or x.shape[2] % self.stride or x.shape[3] % self.stride:
            raise InvalidInput(
                f"can't run this U-Net on shape {tuple(x.shape)}: it takes (N, {self.channels}, H, W), "
                f"H and W multiples of {self.stride}"
            )
        if (context is None) != (self.cross is None):
            raise InvalidInput(f"this U-Net was built with context={self.context}: give tokens of that width")
        if (code is None) != (not self.code):
            raise InvalidInput(f"this U-Net was built with code={self.code}: give codes of that length")
        e = self.embed(time_features(t, self.time_width))
        e = F.silu(e if embedding is None else e + embedding.to(e.dtype))
        h = self.patchify(x)
        skips = [h]
        for level, stage in enumerate(cast(Iterable[nn.ModuleList], self.down)):
            if level > 0:
                h = self.shrink[level - 1](h)
                skips.append(h)
            for block in stage:
                h = block(h, e, code)
                skips.append(h)
        h = self.attention(self.middle(h, e, code))
        if self.cross is not None and context is not None:
            h = self.cross(h.flatten(2).transpose(1, 2), context).transpose(1, 2).reshape(h.shape)
        for level, stage in enumerate(cast(Iterable[nn.ModuleList], self.up)):
            if level > 0:
                h = F.pixel_shuffle(self.grow[level - 1](h), 2)
            for block in stage:
                h = block(torch.cat([h, skips.pop()], dim=1), e, code)
        return F.pixel_shuffle(self.unpatchify(F.silu(self.out_norm(h))), self.patch)
