"""Activations of complex numbers. By Liouville's theorem none is both bounded and holomorphic, unless constant."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import final

import torch
from torch import Tensor, nn

from subband.arrays.arguments import nearest
from subband.errors import InvalidInput


def modrelu(z: Tensor, bias: Tensor) -> Tensor:
    """ReLU(|z| + b) z/|z|, and 0 at 0: keeps the phase, and with b < 0 takes small moduli to 0.

    Args:
        z: (…) complex.
        bias: b, real, broadcasts to `z`.

    Source: M. Arjovsky, A. Shah, Y. Bengio, Unitary Evolution Recurrent Neural Networks, 2016, eq. 8.
    """
    return torch.relu(z.abs() + bias) * torch.sgn(z)


def hirose(z: Tensor, m: Tensor) -> Tensor:
    """tanh(|z|/m²) z/|z|: keeps the phase and bounds the modulus by 1. At 0 its derivative is 1/m².

    Args:
        z: (…) complex.
        m: Real, not 0, broadcasts to `z`.

    Source: A. Hirose, S. Yoshida, Generalization Characteristics of Complex-Valued Feedforward Neural Networks,
    IEEE Trans. Neural Networks and Learning Systems 23(4), 2012.
    """
    r, rate = z.abs(), 1 / m.square()
    is_zero = r == 0
    safe = torch.where(is_zero, torch.ones_like(r), r)
    # As a factor of z, so that values and gradients are right at 0, where z/|z| has none.
    return z * torch.where(is_zero, rate, torch.tanh(safe * rate) / safe)


@final
class ModReLU(nn.Module):
    """`modrelu` with a learnt bias, one for each feature or one for all, from U(−0.01, 0.01).

    Args:
        features: Size of the last axis; None for one bias.
    """

    def __init__(self, features: int | None = None) -> None:
        super().__init__()
        self.bias = nn.Parameter(0.02 * torch.rand(features or 1) - 0.01)

    def forward(self, z: Tensor) -> Tensor:
        return modrelu(z, self.bias)


@final
class Hirose(nn.Module):
    """`hirose` with a learnt m, one for each feature or one for all, from U(0.9, 1.1).

    Args:
        features: Size of the last axis; None for one m.
    """

    def __init__(self, features: int | None = None) -> None:
        super().__init__()
        self.m = nn.Parameter(0.9 + 0.2 * torch.rand(features or 1))

    def forward(self, z: Tensor) -> Tensor:
        return hirose(z, self.m)


@final
class Pointwise(nn.Module):
    """A function of complex numbers without parameters, as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, z: Tensor) -> Tensor:
        return self.function(z)


def split(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """f(Re z) + i f(Im z)."""
    return lambda z: torch.complex(function(z.real), function(z.imag))


def cardioid(z: Tensor) -> Tensor:
    """½ (1 + cos arg z) z: ReLU on the real line (Virtue, Yu & Lustig 2017)."""
    return 0.5 * (1 + torch.sgn(z).real) * z


def zrelu(z: Tensor) -> Tensor:
    """z in the first quadrant, 0 elsewhere (Guberman 2016)."""
    return z * ((z.real >= 0) & (z.imag >= 0))


HOLOMORPHIC: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "tanh": torch.tanh,
        "sinh": torch.sinh,
        "asinh": torch.asinh,
        "atanh": torch.atanh,
        "sin": torch.sin,
        "asin": torch.asin,
        "acos": torch.acos,
        "tan": torch.tan,
        "atan": torch.atan,
        "identity": lambda z: z,
    }
)
"""Name → elementary transcendental function, holomorphic but for poles and branch cuts, and so unbounded.

Source: T. Kim, T. Adalı, Approximation by Fully Complex Multilayer Perceptrons, Neural Computation 15(7), 2003.
"""

ACTIVATIONS: Mapping[str, Callable[[int | None], nn.Module]] = MappingProxyType(
    {
        "modrelu": ModReLU,
        "hirose": Hirose,
        "split-relu": lambda _: Pointwise(split(torch.relu)),
        "split-tanh": lambda _: Pointwise(split(torch.tanh)),
        "split-sigmoid": lambda _: Pointwise(split(torch.sigmoid)),
        "cardioid": lambda _: Pointwise(cardioid),
        "zrelu": lambda _: Pointwise(zrelu),
    }
    | {name: (lambda _, f=f: Pointwise(f)) for name, f in HOLOMORPHIC.items()}
)
"""Name → of the number of features, a module of complex numbers."""


def activation(name: str, features: int | None = None) -> nn.Module:
    """An activation by name.

    Args:
        name: A key of `ACTIVATIONS`.
        features: Size of the last axis, for a parameter of each feature; None for one parameter.

    Raises:
        InvalidInput: an unknown name.

    Example:
        >>> import torch
        >>> from subband.nn.complex import activation
        >>> activation("split-relu")(torch.tensor([1 - 2j, -1 + 3j])).tolist()
        [(1+0j), 3j]
    """
    if name not in ACTIVATIONS:
        raise InvalidInput(
            f"activation {name!r} is unknown: give one of {', '.join(ACTIVATIONS)}{nearest(name, ACTIVATIONS)}"
        )
    return ACTIVATIONS[name](features)
