"""Representations as the features of a network."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.forensics.features.statistics.registry import representation


class Statistics(nn.Module):
    """Several representations side by side: (N, 3, H, W) in 0..255 → (N, d) float.

    Args:
        options: name of a representation → its options.
    """

    def __init__(self, options: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__()
        self.options = {name: dict(chosen) for name, chosen in options.items()}

    def forward(self, x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n features"]:
        found = [representation(name)(x, **chosen) for name, chosen in self.options.items()]
        return torch.cat(found, 1).to(x.dtype)
