"""Gates of complex recurrent networks: complex numbers to reals in (0, 1)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import final

import torch
from torch import Tensor, nn

from subband.arrays.arguments import nearest
from subband.errors import InvalidInput


class Gate(nn.Module, ABC):
    """(…) complex → (…) real in (0, 1)."""

    @abstractmethod
    def forward(self, z: Tensor) -> Tensor: ...

    def weights(self) -> tuple[Tensor, Tensor] | None:
        """(α, β) if the gate is σ(α Re z + β Im z), so that a linear map before it can be made a real one."""
        return None


@final
class WeightedGate(Gate):
    """σ(α Re z + β Im z).

    Args:
        kind: How the weights are learnt. "mean": α = σ(a), β = 1 − α; "beta": α and β each a sigmoid; "gamma": both
            free; "sum": both 1.

    Source: M. Wolter, A. Yao, Complex Gated Recurrent Neural Networks, 2018, eq. 11, and its ablations.
    """

    def __init__(self, kind: str = "mean") -> None:
        super().__init__()
        self.kind = kind
        count = {"mean": 1, "beta": 2, "gamma": 2, "sum": 0}[kind]
        self.free = nn.Parameter(torch.full((count,), 1.0 if kind == "gamma" else 0.0))

    def weights(self) -> tuple[Tensor, Tensor]:
        match self.kind:
            case "mean":
                alpha = torch.sigmoid(self.free[0])
                return alpha, 1 - alpha
            case "beta":
                alpha, beta = torch.sigmoid(self.free)
                return alpha, beta
            case "gamma":
                return self.free[0], self.free[1]
        one = self.free.new_ones(())
        return one, one

    def forward(self, z: Tensor) -> Tensor:
        alpha, beta = self.weights()
        return torch.sigmoid(alpha * z.real + beta * z.imag)


@final
class ProductGate(Gate):
    """σ(Re z) σ(Im z)."""

    def forward(self, z: Tensor) -> Tensor:
        return torch.sigmoid(z.real) * torch.sigmoid(z.imag)


@final
class PhaseGate(Gate):
    """tanh(|z|/m²) σ(a arg z + b), with m, a, b learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.m = nn.Parameter(torch.ones(()))
        self.slope = nn.Parameter(torch.ones(()))
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, z: Tensor) -> Tensor:
        # The phase of 0 has no gradient, and doesn't matter there: the modulus is 0.
        phase = torch.angle(torch.where(z == 0, torch.ones_like(z), z))
        return torch.tanh(z.abs() / self.m.square()) * torch.sigmoid(self.slope * phase + self.offset)


GATES: Mapping[str, Callable[[], Gate]] = MappingProxyType(
    {kind: (lambda kind=kind: WeightedGate(kind)) for kind in ("mean", "beta", "gamma", "sum")}
    | {"product": ProductGate, "phase": PhaseGate}
)
"""Name → a new gate."""


def gate(name: str) -> Gate:
    """A gate by name.

    Args:
        name: "mean", the weighted mean of real and imaginary part of the source; "beta", "gamma", "sum", "product"
            or "phase".

    Raises:
        InvalidInput: an unknown name.
    """
    if name not in GATES:
        raise InvalidInput(f"gate {name!r} is unknown: give one of {', '.join(GATES)}{nearest(name, GATES)}")
    return GATES[name]()
