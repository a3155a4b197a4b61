"""Luminance and colour differences, as JPEG separates them (BT.601)."""

import torch
from jaxtyping import Float
from torch import Tensor

WEIGHTS = (0.299, 0.587, 0.114)


def luminance(x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n height width"]:
    """.299 R + .587 G + .114 B."""
    return torch.einsum("nchw,c->nhw", x, x.new_tensor(WEIGHTS))


def separated(x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n 3 height width"]:
    """Luminance Y, blue difference .564 (B − Y), red difference .713 (R − Y)."""
    y = luminance(x)
    return torch.stack([y, 0.564 * (x[:, 2] - y), 0.713 * (x[:, 0] - y)], 1)
