"""Priors of codes: the standard normal, and the VampPrior, a mixture of the posteriors of learnt pseudo-inputs."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.training import normal_like

Codes = Float[Tensor, "*n d"]


class Gaussian(NamedTuple):
    """A Gaussian with diagonal covariance: mean and log-variance, each (..., d)."""

    mean: Codes
    log_variance: Codes

    def sample(self, random: torch.Generator, count: int | None = None) -> Codes:
        """mean + deviation * noise: (..., d), or (count, ..., d), with gradients to both."""
        shape = self.mean if count is None else self.mean.expand(count, *self.mean.shape)
        return self.mean + (self.log_variance / 2).exp() * normal_like(shape, random)

    def narrowed(self, temperature: float) -> "Gaussian":
        """The same with deviations times a number above 0."""
        return Gaussian(self.mean, self.log_variance + 2 * math.log(temperature))

    def log_prob(self, z: Codes) -> Float[Tensor, "*n"]:
        """log N(z) in nats: (..., d) -> (...)."""
        away = (z - self.mean).square() * (-self.log_variance).exp()
        return -0.5 * (away + self.log_variance + math.log(2 * math.pi)).sum(dim=-1)


def standard_normal(z: Codes) -> Float[Tensor, "*n"]:
    """log N(z; 0, 1) in nats: (..., d) -> (...)."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).sum(dim=-1)


def mixture_log_prob(z: Codes, components: Gaussian) -> Float[Tensor, "*n"]:
    """log of the mean of K Gaussian densities at z, in nats: (..., d), components (K, d) -> (...).

    Distances are expanded into matrix products, in double precision as they cancel.
    """
    mean, log_variance = components.mean.double(), components.log_variance.double()
    wide, precision = z.double(), (-log_variance).exp()
    squares = (
        wide.square() @ precision.T - 2 * wide @ (mean * precision).T + (mean.square() * precision).sum(dim=1)
    )
    constant = log_variance.sum(dim=1) + z.shape[-1] * math.log(2 * math.pi)
    logs = -0.5 * (squares + constant)
    return (logs.logsumexp(dim=-1) - math.log(len(mean))).to(z.dtype)


class PseudoInputs(nn.Module):
    """Learnt images u_1 ... u_K, whose posteriors are mixed into the VampPrior p(z) = 1/K sum_k q(z|u_k).

    With one pseudo-input it is one Gaussian, of learnt mean and variance; if all posteriors are N(0, 1), it is the
    standard prior.

    Args:
        count: number K of pseudo-inputs.
        values: values of an image, each from 0 to 1.

    Raises:
        InvalidInput: if there is none.

    Source: Tomczak and Welling 2018, "VAE with a VampPrior", equation 9.
    """

    def __init__(self, count: int, values: int):
        super().__init__()
        if count < 1:
            raise InvalidInput(f"can't mix the posteriors of {count} pseudo-inputs: take 1 or more")
        self.inputs = nn.Parameter(0.05 + 0.01 * torch.randn(count, values))

    @torch.no_grad()
    def start(self, images: Float[Tensor, "n values"]) -> None:
        """Begin at training images, each value from 0 to 1, evenly spread over those given."""
        count = len(self.inputs)
        rows = torch.arange(count, device=images.device) * len(images) // count
        self.inputs.copy_(images[rows] + 0.01 * torch.randn_like(self.inputs))

    def forward(self) -> Float[Tensor, "count values"]:
        """The pseudo-inputs, clipped to 0..1: (K, values)."""
        return self.inputs.clamp(0, 1)
