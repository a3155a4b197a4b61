"""Gated fully connected layers, of autoencoders that take an image as one vector."""

from collections.abc import Sequence
from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput


class GatedLinear(nn.Module):
    """(A x + a) * sigmoid(B x + b).

    Args:
        inputs: length of x.
        outputs: length of the result.

    Example:
        >>> import torch
        >>> GatedLinear(3, 5)(torch.zeros(2, 3)).shape
        torch.Size([2, 5])

    Source: Dauphin et al. 2017, "Language modeling with gated convolutional networks", equation 1.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.both = nn.Linear(inputs, 2 * outputs)

    def forward(self, x: Float[Tensor, "*n inputs"]) -> Float[Tensor, "*n outputs"]:
        """(..., inputs) -> (..., outputs)."""
        return F.glu(self.both(x), dim=-1)


def gated_layers(inputs: int, widths: Sequence[int]) -> nn.Sequential:
    """Gated layers of these widths, one after the other.

    Raises:
        InvalidInput: if there is no layer, or one without width.

    Example:
        >>> len(gated_layers(784, (300, 300)))
        2
    """
    if not widths or min(widths) < 1:
        raise InvalidInput(f"can't build layers of widths {tuple(widths)}: give one or more above 0")
    return nn.Sequential(*(GatedLinear(a, b) for a, b in pairwise((inputs, *widths))))
