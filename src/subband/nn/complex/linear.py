"""Linear layers with complex weights, and complex matrices as real ones."""

from typing import final

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput


def glorot(*shape: int) -> Tensor:
    """Complex weights, real and imaginary parts each from U(±√(6/(fan in + fan out)))."""
    parts = [nn.init.xavier_uniform_(torch.empty(*shape)) for _ in range(2)]
    return torch.complex(*parts)


def as_real_matrix(W: Tensor, real_inputs: bool = False) -> Tensor:
    """(n, m) complex → (2n, 2m) real, which maps [Re x₁, Im x₁, …] to [Re y₁, Im y₁, …]; (2n, m) for real x."""
    if real_inputs:
        return torch.stack([W.real, W.imag], dim=1).flatten(0, 1)
    rows = torch.stack([torch.stack([W.real, -W.imag], -1), torch.stack([W.imag, W.real], -1)], dim=1)
    return rows.flatten(2).flatten(0, 1)


def real_features(z: Tensor) -> Tensor:
    """(…, n) complex → (…, 2n) real: [Re z; Im z]."""
    return torch.cat([z.real, z.imag], dim=-1)


@final
class ComplexLinear(nn.Module):
    """y = W x + b with complex weights; real inputs count as complex ones.

    Args:
        inputs, outputs: Numbers of features.
        bias: Whether there is a bias.

    Raises:
        InvalidInput: sizes below 1.
    """

    def __init__(self, inputs: int, outputs: int, bias: bool = True) -> None:
        super().__init__()
        if min(inputs, outputs) < 1:
            raise InvalidInput(f"can't map {inputs} features to {outputs}: give 1 or more")
        self.weight = nn.Parameter(glorot(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs, dtype=self.weight.dtype)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        y = x.to(self.weight.dtype) @ self.weight.mT
        return y if self.bias is None else y + self.bias
