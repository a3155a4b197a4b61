"""Downsampling and upsampling by 2 with the binomial filter [1, 2, 1]."""

import torch
from torch import Tensor
from torch.nn import functional as F


def halve(x: Tensor) -> Tensor:
    """Downsample by 2: filter with [1, 2, 1]/4 along both axes, keep every second sample.

    (N, C, H, W) -> (N, C, H/2, W/2).

    Edges are replicated, and sample 0 of the result is centred on sample 0 of x.
    """
    x = F.pad(x, (1, 0, 1, 0), mode="replicate")
    x = (x[..., :-1:2] + x[..., 2::2]) / 4 + x[..., 1::2] / 2
    return (x[..., :-1:2, :] + x[..., 2::2, :]) / 4 + x[..., 1::2, :] / 2


def double(x: Tensor) -> Tensor:
    """Upsample by 2: insert a zero after each sample and filter with [1, 2, 1]/2 along both axes.

    (N, C, H, W) -> (N, C, 2H, 2W). Even samples are x's own, odd ones linear interpolations, so there are no
    checkerboard artifacts. Edges are replicated.
    """
    n, c, height, width = x.shape
    x = F.pad(x, (0, 1, 0, 1), mode="replicate")
    right = (x[..., :, :-1] + x[..., :, 1:]) / 2
    own, below = x[..., :-1, :-1], (x[..., :-1, :-1] + x[..., 1:, :-1]) / 2
    across = (right[..., :-1, :] + right[..., 1:, :]) / 2
    phases = torch.stack([own, right[..., :-1, :], below, across], dim=2)
    return F.pixel_shuffle(phases.reshape(n, 4 * c, height, width), 2)
