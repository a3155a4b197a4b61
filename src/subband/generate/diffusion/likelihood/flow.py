"""Log-likelihood by the probability-flow ODE."""

import math

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Denoising
from subband.generate.diffusion.samplers.adaptive import integrate, scalar
from subband.generate.diffusion.samplers.solvers import velocity


def log_likelihood(
    denoiser: Denoising,
    x: Tensor,
    *,
    tolerance: float = 1e-5,
    random: torch.Generator | None = None,
    probes: int = 1,
) -> Tensor:
    """log p(x) under the probability-flow ODE, in nats.

    log p(x) = log N(x_T; 0, sigma_T^2) + the integral over t of the divergence of the velocity.

    Args:
        denoiser: the model.
        x: images, shape (N, ...), taken as x_t at t = `path.near`.
        tolerance: as for `integrate`.
        random: None for the exact trace, at one derivative per dimension; with a generator, Hutchinson's
            estimate with random signs that stay fixed along the trajectory.
        probes: number of such estimates that are averaged.

    Returns:
        Shape (N,). The estimate is unbiased, and its variance falls with the number of probes.

    Source: Song et al. 2021, equation 39; Hutchinson's estimate as in Grathwohl et al. 2019, equation 7.
    """
    if probes < 1:
        raise InvalidInput(f"can't estimate a trace with {probes} probes: take 1 or more")
    path, shape = denoiser.path, x.shape
    size = x[0].numel()
    signs = None
    if random is not None:
        signs = (torch.randint(0, 2, (probes, *shape), generator=random) * 2 - 1).to(x).flatten(2)

    def field(t: Tensor, y: Tensor) -> Tensor:
        with torch.enable_grad():
            at = y[:, :size].detach().requires_grad_()
            speed = velocity(denoiser, at.reshape(shape), t).flatten(1)
            if signs is None:
                trace = torch.stack([_derivative(speed[:, i], at)[:, i] for i in range(size)]).sum(dim=0)
            else:
                trace = torch.stack([(_derivative((speed * s), at) * s).sum(dim=1) for s in signs]).mean(
                    dim=0
                )
        return torch.cat([speed.detach(), trace.detach()[:, None]], dim=1)

    begin = torch.cat([x.flatten(1), x.new_zeros(len(x), 1)], dim=1)
    final = integrate(field, begin, path.near, path.end, tolerance=tolerance)
    noise, gained = final[:, :size], final[:, size]
    variance = float(path.coefficients(scalar(path.end))[1]) ** 2
    prior = -0.5 * (noise.square() / variance + math.log(2 * math.pi * variance)).sum(dim=1)
    return prior + gained


def bits_per_dimension(log_likelihood: Tensor, dimensions: int, *, levels: float = 127.5) -> Tensor:
    """Bits per dimension of 8-bit pixels from log densities of images in [-1, 1].

    -log_likelihood / (dimensions ln 2) + log2(levels). For images dequantised with uniform noise of one
    level's width it is an upper bound on the code length of the pixels (Theis et al. 2016, "A note on the
    evaluation of generative models", section 3.1).

    Args:
        log_likelihood: log p(x) in nats, shape (N,).
        dimensions: number of values of an image.
        levels: levels per unit of x.

    Returns:
        Shape (N,).
    """
    return -log_likelihood / (dimensions * math.log(2)) + math.log2(levels)


def _derivative(value: Tensor, at: Tensor) -> Tensor:
    return torch.autograd.grad(value.sum(), at, retain_graph=True)[0]
