"""Layers with an equalised learning rate: weights N(0, 1), scaled by 1/√inputs when they are used.

Source: Karras et al. 2018, "Progressive growing of GANs", section 4.1.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE, GAIN = 0.2, math.sqrt(2)


def activated(x: Tensor) -> Tensor:
    """√2 times a leaky ReLU, which keeps the variance."""
    return F.leaky_relu(x, SLOPE) * GAIN


class EqualisedLinear(nn.Module):
    """x W^T / sqrt(inputs) + b.

    Args:
        inputs, outputs: lengths.
        bias: initial value of b.
        rate: factor of the learning rate of weights and bias.
    """

    def __init__(self, inputs: int, outputs: int, *, bias: float = 0.0, rate: float = 1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self.gain, self.rate = rate / math.sqrt(inputs), rate

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) -> (N, outputs)."""
        return F.linear(x, self.weight * self.gain, self.bias * self.rate)


class EqualisedConv(nn.Module):
    """Convolution with zeros around the image. Parameters: inputs * outputs * kernel^2.

    Args:
        inputs, outputs: channels.
        kernel: side of the kernel, odd.
        bias: whether there is one.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, *, bias: bool = True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.gain, self.padding = 1 / math.sqrt(inputs * kernel**2), kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W)."""
        return F.conv2d(x, self.weight * self.gain, self.bias, padding=self.padding)
