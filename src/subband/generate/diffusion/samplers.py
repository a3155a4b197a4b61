"""Samplers: pure functions of a denoiser, a starting point and a grid of times.

Each follows the probability-flow equation dx/dt = alpha'(t) x0(x, t) + sigma'(t) eps(x, t) (Song et al. 2021,
equation 13, in the denoiser's terms) from the grid's first time to its last; from 1 to 0 it makes images of
noise, and on the reversed grid it makes the noise of images.
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Denoiser, wide

Sampler = Callable[[Denoiser, Tensor, Tensor], Tensor]


def time_grid(steps: int, *, shift: float = 1.0) -> Tensor:
    """steps + 1 falling times from 1 to 0.

    Args:
        steps: number of steps between them.
        shift: above 1, more of the steps near the noise: t = shift u / (1 + (shift - 1) u) with u uniform.

    Raises:
        InvalidInput: if steps < 1 or shift <= 0.

    Source: Esser et al. 2024, "Scaling rectified flow transformers", equation 23.
    """
    if steps < 1 or shift <= 0:
        raise InvalidInput(
            f"can't sample in {steps} steps with shift {shift}: take 1 step or more and a shift above 0"
        )
    u = torch.linspace(1, 0, steps + 1, dtype=torch.float64)
    return shift * u / (1 + (shift - 1) * u)


def euler(denoiser: Denoiser, x: Tensor, grid: Tensor) -> Tensor:
    """Euler steps: one call of the denoiser each, error of first order. On the straight path this is DDIM.

    Args:
        denoiser: answers with x0 and eps.
        x: the point at time grid[0], shape (N, ...).
        grid: times, shape (steps + 1,).

    Returns:
        The point at time grid[-1], x's shape.
    """
    for now, then in pairwise(grid):
        x = x + (then - now).to(x) * velocity(denoiser, x, now)
    return x


def heun(denoiser: Denoiser, x: Tensor, grid: Tensor) -> Tensor:
    """Heun's steps: two calls each, error of second order; the last is Euler's.

    Arguments and result as for `euler`. Source: Karras et al. 2022, algorithm 1.
    """
    for now, then in pairwise(grid[:-1]):
        step = (then - now).to(x)
        slope = velocity(denoiser, x, now)
        x = x + step / 2 * (slope + velocity(denoiser, x + step * slope, then))
    return euler(denoiser, x, grid[-2:])


def velocity(denoiser: Denoiser, x: Tensor, t: Tensor) -> Tensor:
    """dx/dt at x, shape (N, ...), and time t, a scalar."""
    times = t.to(x).expand(len(x))
    x0, eps = denoiser(x, times)
    da, ds = (wide(c, x) for c in denoiser.path.rates(times))
    return da * x0 + ds * eps


SAMPLERS: dict[str, Sampler] = {"euler": euler, "heun": heun}
