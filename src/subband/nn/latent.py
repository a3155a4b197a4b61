"""A multilayer perceptron with skip connections, the backbone of diffusion models of vectors."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.nn.blocks import time_features, zeroed


class LatentNet(nn.Module):
    """Map (x, t) to x's shape by fully connected layers, each with a skip connection from the input.

    Each layer is silu(norm((1 + scale(t)) * linear([h, x]))).

    Args:
        channels: length of x.
        width: width of the hidden layers.
        depth: number of hidden layers.

    Raises:
        InvalidInput: if an argument is not a positive whole number, or the width is odd.

    Source: Preechakul et al. 2022, "Diffusion autoencoders", the latent DDIM of the appendix.
    """

    def __init__(self, channels: int, *, width: int = 256, depth: int = 4):
        super().__init__()
        if min(channels, width, depth) < 1 or width % 2:
            raise InvalidInput(
                f"can't build a network of vectors with channels={channels}, width={width}, depth={depth}: "
                "each must be 1 or more, and the width even"
            )
        self.channels, self.width = channels, width
        self.embed = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        inputs = [channels] + [width + channels] * (depth - 1)
        self.layers = nn.ModuleList([nn.Linear(n, width) for n in inputs])
        self.scales = nn.ModuleList([zeroed(nn.Linear(width, width)) for _ in inputs])
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in inputs])
        self.head = zeroed(nn.Linear(width + channels, channels))

    def forward(self, x: Float[Tensor, "n channels"], t: Float[Tensor, " n"]) -> Float[Tensor, "n channels"]:
        """x (N, channels) at times t (N,), of order one -> (N, channels)."""
        e = self.embed(time_features(t, self.width))
        h = x
        for i, (layer, scale, norm) in enumerate(zip(self.layers, self.scales, self.norms, strict=True)):
            h = layer(h if i == 0 else torch.cat([h, x], dim=1))
            h = F.silu(norm(h * (1 + scale(e))))
        return self.head(torch.cat([h, x], dim=1))
