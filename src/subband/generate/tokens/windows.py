"""Grids of tokens larger than a model's own, drawn window by window."""

import torch
from jaxtyping import Bool
from torch import Tensor
from torch.nn import functional as F

from subband.errors import InvalidInput

Corner = tuple[int, int]


def next_window(unknown: Bool[Tensor, "rows columns"], grid: tuple[int, int]) -> Corner | None:
    """Top left corner of the window to draw next; None once all is known.

    Of the windows that are at least half known it is the one with the most unknown tokens; if there is none, the
    one with the fewest. Beyond the sides of an image, windows thus advance by half their own.

    Args:
        unknown: tokens to draw.
        grid: rows and columns of a window.

    Raises:
        InvalidInput: if the grid is smaller than a window.

    Example:
        >>> import torch
        >>> next_window(torch.arange(12).expand(4, 12) >= 4, (4, 4))
        (0, 2)

    Source: Chang et al. 2022, "MaskGIT: masked generative image transformer", section 4.3, out-painting.
    """
    if unknown.ndim != 2 or any(own < side for own, side in zip(unknown.shape, grid, strict=True)):
        raise InvalidInput(
            f"can't draw a grid of {tuple(unknown.shape)} tokens in windows of {grid}: it must not be smaller"
        )
    size = grid[0] * grid[1]
    counts = (F.avg_pool2d(unknown[None, None].double(), grid, stride=1)[0, 0] * size).round().long()
    if not counts.any():
        return None
    half = (counts > 0) & (2 * counts <= size)
    worth = torch.where(half, counts, -1) if half.any() else torch.where(counts > 0, -counts, -size - 1)
    best = int(worth.flatten().argmax())
    return divmod(best, counts.shape[1])
