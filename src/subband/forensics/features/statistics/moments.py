"""Means and standard deviations of features over positions."""

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor

from subband.forensics.features.layers import LEAST_VARIANCE


def mean_and_deviation(z: Float[Tensor, "n features positions"]) -> Float[Tensor, "n statistics"]:
    """Means, then standard deviations, over the last axis: (N, d, M) → (N, 2 d).

    In two passes, which are as exact as the one of `torch.var_mean` and eight times as fast.
    """
    mean = z.mean(-1)
    deviation = torch.linalg.vector_norm(z - mean[..., None], dim=-1) / sqrt(max(z.shape[-1] - 1, 1))
    return torch.cat([mean, deviation.clamp_min(sqrt(LEAST_VARIANCE))], 1)
