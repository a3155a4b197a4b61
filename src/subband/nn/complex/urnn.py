"""The unitary recurrent network."""

from typing import final

import torch
from torch import Tensor, nn

from subband.nn.complex.activations import ModReLU
from subband.nn.complex.linear import ComplexLinear
from subband.nn.complex.unitary import ArjovskyUnitary


@final
class UnitaryRNN(nn.Module):
    """hₖ = modReLU(W hₖ₋₁ + V xₖ) with a unitary W of Arjovsky's factors.

    Args:
        input_size: Features of the input, real or complex.
        hidden_size: Complex states.

    Source: M. Arjovsky, A. Shah, Y. Bengio, Unitary Evolution Recurrent Neural Networks, 2016.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.recurrent = ArjovskyUnitary(hidden_size)
        self.inputs = ComplexLinear(input_size, hidden_size, bias=False)
        self.activation = ModReLU(hidden_size)
        bound = (3 / (2 * hidden_size)) ** 0.5
        self.start = nn.Parameter(torch.complex(*(bound * (2 * torch.rand(2, hidden_size) - 1))))

    def forward(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(T, batch, input_size), first state (batch, hidden_size) → (T, batch, hidden_size), last state."""
        driven = self.inputs(x)
        state = self.start.expand(x.shape[1], -1) if h is None else h
        states = []
        for now in driven:
            state = self.activation(self.recurrent(state) + now)
            states.append(state)
        return torch.stack(states), state
