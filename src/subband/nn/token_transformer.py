"""A bidirectional transformer on a grid of tokens, for models of discrete images."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.nn.blocks import time_features, zeroed
from subband.nn.transformer import TransformerBlock, positions


class TokenTransformer(nn.Module):
    """Map a grid of tokens to logits of the tokens that were there before they were corrupted.

    Every position attends to all others. Positions on the grid are sines and cosines plus a learnt table of the
    training's grid; the share of corrupted tokens and the condition modulate the layer norms (adaLN-Zero).

    Args:
        codes: number of tokens that are predicted.
        inputs: number of tokens of the input, `codes` or more: one more with a mask token.
        grid: (rows, columns) of the training.
        width: length of the vector of a token.
        depth: number of blocks.
        heads: number of attention heads; they divide the width.

    Raises:
        InvalidInput: if an argument is not a positive whole number, the heads do not divide the width, or the
            width is not a multiple of 4.

    Example:
        >>> import torch
        >>> net = TokenTransformer(10, 11, (4, 4), width=16, depth=1, heads=2)
        >>> net(torch.full((2, 4, 4), 10), torch.ones(2)).shape
        torch.Size([2, 4, 4, 10])

    Source: Chang et al. 2022, "MaskGIT: masked generative image transformer", section 3.2; modulation of
    Peebles and Xie 2023, "Scalable diffusion models with transformers".
    """

    def __init__(
        self,
        codes: int,
        inputs: int,
        grid: tuple[int, int],
        *,
        width: int = 128,
        depth: int = 6,
        heads: int = 4,
    ):
        super().__init__()
        if min(codes, width, depth, heads, *grid) < 1 or inputs < codes or width % heads or width % 4:
            raise InvalidInput(
                f"can't build a transformer of tokens with codes={codes}, inputs={inputs}, grid={grid}, "
                f"width={width}, depth={depth}, heads={heads}: each must be 1 or more, inputs as many as codes or "
                "more, and the width a multiple of the heads and of 4"
            )
        self.codes, self.inputs, self.grid, self.embedding = codes, inputs, grid, width
        self.of_token = nn.Embedding(inputs, width)
        self.of_place = nn.Parameter(torch.zeros(grid[0] * grid[1], width))
        self.embed = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.blocks = nn.ModuleList([TransformerBlock(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = zeroed(nn.Linear(width, 2 * width))
        self.head = zeroed(nn.Linear(width, codes))

    def forward(
        self,
        ids: Int64[Tensor, "n rows columns"],
        t: Float[Tensor, " n"],
        embedding: Float[Tensor, "n embedding"] | None = None,
    ) -> Float[Tensor, "n rows columns codes"]:
        """Predict the tokens.

        Args:
            ids: tokens, (N, rows, columns), from 0 to `inputs` - 1, on the grid of the training.
            t: share of corrupted tokens, (N,).
            embedding: embedded conditions, (N, width).

        Raises:
            InvalidInput: if the grid is another, or an id is out of range.
        """
        if ids.ndim != 3 or tuple(ids.shape[1:]) != self.grid:
            raise InvalidInput(
                f"can't run this transformer on tokens of shape {tuple(ids.shape)}: it takes (N, {self.grid[0]}, "
                f"{self.grid[1]})"
            )
        check_ids(ids, self.inputs)
        e = self.embed(time_features(t, self.embedding))
        e = F.silu(e if embedding is None else e + embedding.to(e.dtype))
        h = self.of_token(ids.flatten(1))
        h = h + self.of_place + positions(*self.grid, self.embedding).to(h)
        for block in self.blocks:
            h = block(h, e)
        shift, scale = self.modulation(e)[:, None].chunk(2, dim=2)
        return self.head(torch.addcmul(shift, self.norm(h), 1 + scale)).unflatten(1, self.grid)


def check_ids(ids: Tensor, codes: int) -> None:
    """Raise InvalidInput unless ids are whole numbers from 0 to codes - 1.

    Example:
        >>> import torch
        >>> check_ids(torch.tensor([0, 9]), 10)
    """
    if ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool:
        raise InvalidInput(f"can't use {ids.dtype} as tokens: give whole numbers from 0 to {codes - 1}")
    if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < codes:
        raise InvalidInput(
            f"can't use tokens {int(ids.min())} to {int(ids.max())}: they go from 0 to {codes - 1}"
        )
