"""Unitary weights: W Wᴴ = 1, so that a recurrence neither loses nor amplifies what it holds."""

from collections.abc import Callable, Iterable
from math import pi
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from subband.errors import InvalidInput


def arjovsky_matrix(n: int) -> Tensor:
    """(n, n) a random unitary matrix D₃ R₂ F⁻¹ D₂ P R₁ F D₁ (Arjovsky, Shah & Bengio 2016, eq. 6).

    Args:
        n: Size, 1 or more.
    """
    with torch.no_grad():
        factors = ArjovskyUnitary(n)
        return factors(torch.eye(n, dtype=factors.reflections.dtype)).mT.contiguous()


@final
class ArjovskyUnitary(nn.Module):
    """z ↦ D₃ R₂ F⁻¹ D₂ P R₁ F D₁ z: unitary for all parameters, in O(n log n), with 7n real parameters.

    D are diagonal phases, R reflections in complex hyperplanes, F the unitary Fourier transform and P a fixed
    permutation.

    Args:
        n: Number of features.

    Raises:
        InvalidInput: n below 1.

    Source: M. Arjovsky, A. Shah, Y. Bengio, Unitary Evolution Recurrent Neural Networks, 2016, eq. 6.
    """

    permutation: Tensor

    def __init__(self, n: int) -> None:
        super().__init__()
        if n < 1:
            raise InvalidInput(f"n={n} features: give 1 or more")
        self.phases = nn.Parameter(2 * pi * torch.rand(3, n) - pi)
        self.reflections = nn.Parameter(torch.complex(*(2 * torch.rand(2, 2, n) - 1)))
        self.register_buffer("permutation", torch.randperm(n))

    def forward(self, z: Tensor) -> Tensor:
        """(…, n) complex → (…, n)."""
        D = torch.polar(torch.ones_like(self.phases), self.phases)
        z = torch.fft.fft(D[0] * z, norm="ortho")
        z = _reflected(z, self.reflections[0])[..., self.permutation]
        z = torch.fft.ifft(D[1] * z, norm="ortho")
        return D[2] * _reflected(z, self.reflections[1])


def _reflected(z: Tensor, v: Tensor) -> Tensor:
    """(1 − 2 v vᴴ/‖v‖²) z."""
    along = (z * v.conj()).sum(-1, keepdim=True) / v.abs().square().sum()
    return z - 2 * along * v


@final
class UnitaryLinear(nn.Module):
    """y = W z with a unitary W, learnt through the Cayley map of PyTorch's `parametrizations.orthogonal`.

    Args:
        n: Number of features.
        map: "cayley" or "matrix_exp"; the former took a twentieth of the time at n = 512.

    Raises:
        InvalidInput: n below 1, or an unknown map.

    Example:
        >>> import torch
        >>> from subband.nn.complex import UnitaryLinear
        >>> W = UnitaryLinear(8).weight
        >>> bool(torch.allclose(W @ W.mH, torch.eye(8, dtype=W.dtype), atol=1e-5))
        True

    Evaluating `weight` solves a linear system: read it once for a sequence, or within
    `torch.nn.utils.parametrize.cached()`.
    """

    weight: Tensor

    def __init__(self, n: int, *, map: str = "cayley") -> None:
        super().__init__()
        if n < 1:
            raise InvalidInput(f"n={n} features: give 1 or more")
        if map not in ("cayley", "matrix_exp"):
            raise InvalidInput(f"map={map!r} is unknown: give cayley or matrix_exp")
        self.weight = nn.Parameter(arjovsky_matrix(n))
        parametrizations.orthogonal(self, "weight", orthogonal_map=map)

    def forward(self, z: Tensor) -> Tensor:
        """(…, n) complex → (…, n)."""
        return z @ self.weight.mT


@final
class CayleySGD(torch.optim.Optimizer):
    """Steps along the unitary group, for plain unitary parameters, as the complex gated network's authors take
    them.

    A = G Wᴴ − W Gᴴ with the gradient G, then W ← (1 + λ/2 A)⁻¹ (1 − λ/2 A) W.

    Args:
        params: Square unitary matrices.
        lr: λ.

    Source: S. Wisdom et al., Full-Capacity Unitary Recurrent Neural Networks, 2016, eq. 8.
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Take one step; returns what `closure` returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for W in group["params"]:
                if W.grad is None:
                    continue
                A = W.grad @ W.mH - W @ W.grad.mH
                half, one = group["lr"] / 2, torch.eye(len(W), dtype=W.dtype, device=W.device)
                W.copy_(torch.linalg.solve(one + half * A, (one - half * A) @ W))
        return loss
