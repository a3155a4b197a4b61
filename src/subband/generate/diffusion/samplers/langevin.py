"""Samplers with Langevin dynamics, which use the score and fresh noise at every step."""

import torch
from torch import Tensor

from subband.generate.diffusion.denoiser import Denoising
from subband.generate.diffusion.samplers.solvers import ancestral, ask
from subband.training import normal_like


def annealed_langevin(
    denoiser: Denoising,
    x: Tensor,
    grid: Tensor,
    *,
    random: torch.Generator,
    updates: int = 10,
    size: float = 0.2,
) -> Tensor:
    """Annealed Langevin dynamics: x + (h/2) score + sqrt(h) z at each time, h = size sigma^2; x0 at time 0.

    Between times x is rescaled by the ratio of the path's alphas, which for exploding paths is 1.

    Args:
        denoiser, x, grid: as for `samplers.euler`; the updates take place at each time of the grid, and at
            time 0 the result is the predicted x0.
        random: generator of the noise.
        updates: updates at each time (100 in the source; fewer suffice where noise levels are close).
        size: step size; 0.2 is the source's 2e-5 at sigma = 0.01. For data of variance v at one level, the
            stationary variance is v / (1 - size sigma^2 / (4 v)).

    Returns:
        x's shape.

    Source: Song and Ermon 2019, "Generative modeling by estimating gradients of the data distribution",
    algorithm 1; the last step from Jolicoeur-Martineau et al. 2021, section 3.1.
    """
    path = denoiser.path
    times = grid.clamp(max=path.far)
    now = times[0]
    for time in times:
        if time == 0:
            return ask(denoiser, x, now).x0
        alpha, sigma = (float(c) for c in path.coefficients(time))
        x = x * (alpha / float(path.coefficients(now)[0]))
        h = size * sigma**2
        for _ in range(updates):
            x = x + h / 2 * ask(denoiser, x, time).score + h**0.5 * normal_like(x, random)
        now = time
    return x


def predictor_corrector(
    denoiser: Denoising,
    x: Tensor,
    grid: Tensor,
    *,
    random: torch.Generator,
    corrections: int = 1,
    ratio: float = 0.16,
) -> Tensor:
    """Predictor-corrector sampling: an ancestral step, then Langevin corrections at the new time.

    Args:
        denoiser, x, grid: as for `samplers.euler`.
        random: generator of the noise.
        corrections: Langevin steps after each ancestral step.
        ratio: signal-to-noise ratio r of the Langevin steps, whose size is h = 2 (r |z| / |score|)^2.

    Returns:
        x's shape.

    Source: Song et al. 2021, algorithms 2 to 5.
    """
    for i, then in enumerate(grid[1:], start=1):
        x = ancestral(denoiser, x, grid[i - 1 : i + 1], random=random)
        for _ in range(corrections if then > 0 else 0):
            score, z = ask(denoiser, x, then).score, normal_like(x, random)
            h = 2 * (ratio * _length(z) / _length(score)) ** 2
            x = x + h * score + (2 * h).sqrt() * z
    return x


def _length(x: Tensor) -> Tensor:
    """Mean over the batch of the Euclidean norms, a scalar."""
    return x.flatten(1).norm(dim=1).mean()
