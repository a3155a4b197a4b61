"""Sampling by any sampler, chosen by name."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Denoising
from subband.generate.diffusion.samplers import steps as samplers
from subband.generate.diffusion.samplers.adaptive import adaptive
from subband.generate.diffusion.samplers.grids import time_grid
from subband.generate.diffusion.samplers.langevin import annealed_langevin, predictor_corrector


@dataclass(frozen=True)
class Sampler:
    """A sampler, from noise to images.

    Attributes:
        walk: (denoiser, x, grid, **options) -> x at the last time of the grid.
        draws: whether it is stochastic, with a generator as its option `random`; if not, it is reversible.
    """

    walk: Callable[..., Tensor]
    draws: bool = False


SAMPLERS: dict[str, Sampler] = {
    "euler": Sampler(samplers.euler),
    "heun": Sampler(samplers.heun),
    "ddim": Sampler(samplers.ddim),
    "dpm-solver": Sampler(samplers.dpm_solver),
    "adaptive": Sampler(adaptive),
    "ancestral": Sampler(samplers.ancestral, draws=True),
    "heun-churn": Sampler(samplers.heun_churn, draws=True),
    "dpm-solver-sde": Sampler(samplers.dpm_solver_sde, draws=True),
    "langevin": Sampler(annealed_langevin, draws=True),
    "predictor-corrector": Sampler(predictor_corrector, draws=True),
    "consistency": Sampler(samplers.consistency, draws=True),
}


def sampler(name: str) -> Sampler:
    """The sampler `SAMPLERS[name]`.

    Raises:
        InvalidInput: if there is none.
    """
    if name not in SAMPLERS:
        raise InvalidInput(f"can't sample by {name!r}: choose one of {', '.join(sorted(SAMPLERS))}")
    return SAMPLERS[name]


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
