"""Samplers by name."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.samplers import solvers
from subband.generate.diffusion.samplers.adaptive import adaptive
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
    "euler": Sampler(solvers.euler),
    "heun": Sampler(solvers.heun),
    "ddim": Sampler(solvers.ddim),
    "dpm-solver": Sampler(solvers.dpm_solver),
    "adaptive": Sampler(adaptive),
    "ancestral": Sampler(solvers.ancestral, draws=True),
    "heun-churn": Sampler(solvers.heun_churn, draws=True),
    "dpm-solver-sde": Sampler(solvers.dpm_solver_sde, draws=True),
    "langevin": Sampler(annealed_langevin, draws=True),
    "predictor-corrector": Sampler(predictor_corrector, draws=True),
    "consistency": Sampler(solvers.consistency, draws=True),
}


def sampler(name: str) -> Sampler:
    """The sampler `SAMPLERS[name]`.

    Raises:
        InvalidInput: if there is none.
    """
    if name not in SAMPLERS:
        raise InvalidInput(f"can't sample by {name!r}: choose one of {', '.join(sorted(SAMPLERS))}")
    return SAMPLERS[name]
