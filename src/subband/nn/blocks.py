"""Blocks of convolutional networks: time features, residual blocks with adaptive group norm, attention."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def time_features(t: Tensor, channels: int, *, low: float = 1.0, high: float = 1000.0) -> Tensor:
    """Sines and cosines of t at `channels / 2` frequencies, spaced geometrically from `low` to `high` rad.

    Args:
        t: times, shape (N,), of order one.
        channels: number of features, even.

    Returns:
        Shape (N, channels).

    Source: Vaswani et al. 2017, "Attention is all you need", section 3.5.
    """
    ladder = torch.linspace(
        math.log(low), math.log(high), channels // 2, device=t.device, dtype=t.dtype
    ).exp()
    angles = t[:, None] * ladder
    return torch.cat([angles.cos(), angles.sin()], dim=1)


def group_norm(channels: int, *, affine: bool = True) -> nn.GroupNorm:
    """Group norm over groups of about eight channels."""
    return nn.GroupNorm(math.gcd(channels, max(channels // 8, 1)), channels, affine=affine)


def zeroed(layer: nn.Conv2d | nn.Linear) -> nn.Conv2d | nn.Linear:
    """Zero a layer's weights and bias in place and return it: the last layer of a residual branch."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class ResidualBlock(nn.Module):
    """x + conv(silu(AdaGN(conv(silu(GN(x)))))), where the embedding gives scale and shift of the second norm.

    AdaGN(h) = (1 + scale) * GN(h) + shift: Dhariwal and Nichol 2021, "Diffusion models beat GANs", section 3.
    A code, if the block takes one, scales its output: (1 + scale of the code) * AdaGN(h), Preechakul et al.
    2022, "Diffusion autoencoders", section 3.

    Parameters: 9*in*out + 9*out^2 + 2*out*embedding + out*code, and in*out for the skip where the widths differ
    (biases and norms aside).
    """

    def __init__(self, inputs: int, outputs: int, embedding: int, code: int = 0):
        super().__init__()
        self.norm1 = group_norm(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.modulation = zeroed(nn.Linear(embedding, 2 * outputs))
        self.of_code = nn.Linear(code, outputs) if code else None
        self.norm2 = group_norm(outputs, affine=False)
        self.conv2 = zeroed(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, embedding: Tensor, code: Tensor | None = None) -> Tensor:
        """x (N, inputs, H, W), embedding (N, embedding), code (N, code) -> (N, outputs, H, W)."""
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.modulation(embedding)[:, :, None, None].chunk(2, dim=1)
        h = torch.addcmul(shift, self.norm2(h), 1 + scale)
        if self.of_code is not None and code is not None:
            h = h * (1 + self.of_code(code)[:, :, None, None])
        return self.skip(x) + self.conv2(F.silu(h))


class SelfAttention(nn.Module):
    """x + self-attention over all positions, with pre-norm. Parameters: 4*channels^2."""

    def __init__(self, channels: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm = group_norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> the same shape."""
        n, c, height, width = x.shape
        qkv = self.qkv(self.norm(x)).reshape(n, 3, self.heads, c // self.heads, height * width)
        q, k, v = qkv.transpose(3, 4).unbind(dim=1)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(mixed.transpose(2, 3).reshape(n, c, height, width))


class CrossAttention(nn.Module):
    """x + cross-attention of positions to the tokens of a condition, with pre-norm.

    Parameters: 2 * width^2 + 2 * width * context.
    """

    def __init__(self, width: int, context: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(context, 2 * width)
        self.out = zeroed(nn.Linear(width, width))

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """x (N, L, width), context (N, tokens, context) -> (N, L, width)."""
        q = self.query(self.norm(x)).unflatten(2, (self.heads, -1)).transpose(1, 2)
        k, v = self.key_value(context.to(x.dtype)).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
