"""Sampling by any sampler, chosen by name."""

from inspect import signature

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Denoising
from subband.generate.diffusion.samplers.by_name import SAMPLERS, sampler
from subband.generate.diffusion.samplers.grids import time_grid


def sample(
    denoiser: Denoising,
    x: Tensor,
    name: str = "heun",
    *,
    steps: int = 20,
    reverse: bool = False,
    random: torch.Generator | None = None,
    grid: Tensor | None = None,
    **options: object,
) -> Tensor:
    """Sample images from white noise, or with `reverse` encode images as white noise.

    Args:
        denoiser: a `Denoiser`, guided or not.
        x: noise of variance 1, shape (N, ...); with `reverse`, images.
        name: name in `SAMPLERS`.
        steps: number of steps of the path's default grid.
        reverse: integrate from images to noise; deterministic samplers only.
        random: generator of the noise of stochastic samplers.
        grid: decreasing times in place of the default grid; `steps` is then unused.
        options: further options of the sampler.

    Returns:
        x's shape, computed without gradients.

    Raises:
        InvalidInput: if there is no such sampler or option, steps < 1, the grid is not decreasing, or a
            stochastic sampler is reversed or lacks `random`.
    """
    method = sampler(name)
    if grid is None:
        grid = time_grid(steps, denoiser.path)
    if grid.ndim != 1 or len(grid) < 2 or bool((grid.diff() >= 0).any()):
        raise InvalidInput("can't sample on this grid: give two or more falling times")
    if method.draws and reverse:
        able = ", ".join(key for key, value in SAMPLERS.items() if not value.draws)
        raise InvalidInput(f"can't reverse {name!r}, which draws noise on its way: choose one of {able}")
    if method.draws and random is None:
        raise InvalidInput(f"{name!r} draws noise on its way: give random=torch.Generator()")
    if random is not None:
        options["random"] = random
    taken = [
        key for key, value in signature(method.walk).parameters.items() if value.kind is value.KEYWORD_ONLY
    ]
    odd = sorted(set(options) - set(taken))
    if odd:
        raise InvalidInput(f"{name!r} takes no {', '.join(odd)}: it takes {', '.join(taken) or 'no options'}")
    grid = grid.double()
    deviation = float(denoiser.path.coefficients(grid[0])[1])
    with torch.no_grad():
        if reverse:
            return method.walk(denoiser, x, grid.flip(0), **options) / deviation
        return method.walk(denoiser, x * deviation, grid, **options)
