"""Samplers that walk by Langevin's equation: they need the score alone, and noise at every step."""

import torch
from torch import Tensor

from subband.generate.diffusion.denoiser import Denoising
from subband.generate.diffusion.samplers.steps import ancestral, ask
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
    """At each noise level, some steps x + (h/2) score + sqrt(h) z with h = size sigma^2; last, the image alone.

    From level to level x is scaled with the path's alpha, which for exploding paths is 1.

    Args:
        denoiser, x, grid: as for `samplers.euler`; the walk is at grid[0], grid[1], ..., and at 0 it answers
            with x0.
        random: what noise is drawn from.
        updates: steps at each level (100 in the source; fewer do where levels are near to each other).
        size: of the steps; 0.2 is the source's 2e-5 at sigma = 0.01. Of data of variance v at one level, the
            walk's variance is v / (1 - size sigma^2 / (4 v)).

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
    """An ancestral step down, then Langevin steps at the new level to come nearer to its law.

    Args:
        denoiser, x, grid: as for `samplers.euler`.
        random: what noise is drawn from.
        corrections: Langevin steps after each step down.
        ratio: of the noise's length to the score's, which sets the Langevin steps' size.

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
    """Mean over the batch of the images' Euclidean norms, a scalar."""
    return x.flatten(1).norm(dim=1).mean()
