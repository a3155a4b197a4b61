"""Normalisation of complex features: real and imaginary part are centred and made uncorrelated with variance ½."""

from typing import final

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput


def whitened(z: Tensor, mean: Tensor, covariance: Tensor, eps: float) -> Tensor:
    """V^(−½) (z − mean)/√2 with the 2 × 2 covariance V of real and imaginary part.

    V^(−½) in closed form: with s = √det V and t = √(tr V + 2s), V^(½) = (V + s 1)/t, and its inverse is
    [[V_ii + s, −V_ri], [−V_ri, V_rr + s]]/(s t).

    Args:
        z: (…, n) complex.
        mean: Complex, broadcasts to `z`.
        covariance: (3, …) V_rr, V_ii, V_ri, each broadcasting to `z`.
        eps: Added to V_rr and V_ii.

    Source: C. Trabelsi et al., Deep Complex Networks, 2018, §3.5.
    """
    rr, ii, ri = covariance[0] + eps, covariance[1] + eps, covariance[2]
    s = (rr * ii - ri.square()).clamp_min(eps**2).sqrt()
    scale = 1 / (s * (rr + ii + 2 * s).sqrt() * 2**0.5)
    centred = z - mean
    x, y = centred.real, centred.imag
    return torch.complex((ii + s) * scale * x - ri * scale * y, (rr + s) * scale * y - ri * scale * x)


def covariance(z: Tensor, mean: Tensor, dims: tuple[int, ...]) -> Tensor:
    """(3, …) V_rr, V_ii, V_ri over `dims`, which are kept with length 1."""
    centred = z - mean
    x, y = centred.real, centred.imag
    return torch.stack([(product).mean(dims, keepdim=True) for product in (x * x, y * y, x * y)])


class _Affine(nn.Module):
    """γ z + β with a real symmetric 2 × 2 matrix γ, from 1, and a complex β, from 0."""

    def __init__(self, features: int) -> None:
        super().__init__()
        if features < 1:
            raise InvalidInput(f"features={features}: give 1 or more")
        self.gamma = nn.Parameter(torch.tensor([1.0, 1.0, 0.0])[:, None].repeat(1, features))
        self.beta = nn.Parameter(torch.complex(torch.zeros(features), torch.zeros(features)))

    def scaled(self, z: Tensor) -> Tensor:
        rr, ii, ri = self.gamma
        return torch.complex(rr * z.real + ri * z.imag, ri * z.real + ii * z.imag) + self.beta


@final
class ComplexLayerNorm(_Affine):
    """Whitening over the features of each item.

    Args:
        features: Size of the last axis.
        eps: Added to the variances.

    Raises:
        InvalidInput: features below 1.
    """

    def __init__(self, features: int, eps: float = 1e-5) -> None:
        super().__init__(features)
        self.eps = eps

    def forward(self, z: Tensor) -> Tensor:
        """(…, features) complex → (…, features)."""
        mean = z.mean(-1, keepdim=True)
        return self.scaled(whitened(z, mean, covariance(z, mean, (-1,)), self.eps))


@final
class ComplexBatchNorm(_Affine):
    """Whitening over all items of a batch; while evaluating, with running averages.

    Args:
        features: Size of the last axis.
        eps: Added to the variances.
        momentum: Weight of a batch in the running averages.

    Raises:
        InvalidInput: features below 1; while training, a batch of one item.
    """

    running_mean: Tensor
    running_covariance: Tensor

    def __init__(self, features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(features)
        self.eps, self.momentum = eps, momentum
        self.register_buffer("running_mean", torch.complex(torch.zeros(features), torch.zeros(features)))
        self.register_buffer("running_covariance", torch.tensor([0.5, 0.5, 0.0])[:, None].repeat(1, features))

    def forward(self, z: Tensor) -> Tensor:
        """(…, features) complex → (…, features)."""
        if not self.training:
            return self.scaled(whitened(z, self.running_mean, self.running_covariance, self.eps))
        if z.numel() <= z.shape[-1]:
            raise InvalidInput(f"can't normalise a batch of shape {tuple(z.shape)}: give two items or more")
        dims = tuple(range(z.ndim - 1))
        mean = z.mean(dims, keepdim=True)
        spread = covariance(z, mean, dims)
        with torch.no_grad():
            items = z.numel() / z.shape[-1]
            self.running_mean.lerp_(mean.reshape(-1), self.momentum)
            self.running_covariance.lerp_(spread.reshape(3, -1) * items / (items - 1), self.momentum)
        return self.scaled(whitened(z, mean, spread, self.eps))
