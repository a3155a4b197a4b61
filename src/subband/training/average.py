"""Averages of a model's weights along its training."""

import copy

import numpy as np
import torch
from torch import nn

from subband.errors import InvalidInput


class PowerAverage:
    """Average of a module's parameters over training steps, with weights proportional to k^gamma.

    A power function forgets the start of a run of any length in the same proportion, which a fixed
    exponential decay does not: `width` is the standard deviation of the weights as a fraction of the run so
    far. Buffers are copied, not averaged: they are counters, tables and statistics, not points on the way of
    an optimizer.

    Attributes:
        module: a copy of the module with averaged parameters, in evaluation mode, without gradients.

    Source: Karras et al. 2024, "Analyzing and improving the training dynamics of diffusion models", section
    3.1.
    """

    def __init__(self, module: nn.Module, *, width: float = 0.1):
        self.gamma = power(width)
        self.source = module
        self.module = copy.deepcopy(module).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, k: int) -> None:
        """Take in the source's weights after step k (k = 0, 1, ...), beta_k = (1 - 1/(k+1))^(gamma+1)."""
        beta = (1 - 1 / (k + 1)) ** (self.gamma + 1)
        for kept, weight in zip(self.module.parameters(), self.source.parameters(), strict=True):
            kept.lerp_(weight, 1 - beta)
        for kept, buffer in zip(self.module.buffers(), self.source.buffers(), strict=True):
            kept.copy_(buffer)


def power(width: float) -> float:
    """The exponent gamma whose weights k^gamma have relative standard deviation `width`.

    width = sqrt(gamma + 1) / ((gamma + 2) sqrt(gamma + 3)), Karras et al. 2024, equation 123, solved for
    gamma.

    Raises:
        InvalidInput: if width is not between 0 and 0.288 (the uniform average, gamma = 0).
    """
    if not 0 < width < 12**-0.5:
        raise InvalidInput(f"can't average with width={width}: it must be above 0 and below {12**-0.5:.3f}")
    precision = width**-2
    return float(np.roots([1, 7, 16 - precision, 12 - precision]).real.max())
