"""Langevin dynamics with the Metropolis test, which makes it exact."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from subband.arrays.arguments import integer, number
from subband.errors import InvalidInput

Energy = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Fields (n, …) → energies (n,) and gradients (n, …)."""


class Chain(NamedTuple):
    """States (kept, n, …) of n chains, and the share of steps that were accepted."""

    states: np.ndarray
    accepted: float


def langevin(
    energy: Energy,
    start: np.ndarray,
    *,
    step: float,
    steps: int,
    burn: int = 0,
    thin: int = 1,
    seed: int = 0,
) -> Chain:
    """Sample from the density ∝ exp(−U): x′ = x − h∇U + √(2h) noise, accepted with its Metropolis probability.

    Args:
        energy: U and ∇U.
        start: (n, …) first states of n independent chains.
        step: h.
        steps: Number of steps after `burn`.
        burn: Steps that are left out.
        thin: Every how manyth state is kept.
        seed: Of the noise.

    Returns:
        The states, and the share of steps accepted (about .57 is best in high dimension).

    Raises:
        InvalidInput: energies that are not finite at the start.

    Source: G. Roberts, R. Tweedie, "Exponential convergence of Langevin distributions" (1996), §1.4.2.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import langevin
        >>> def normal(x):  # U = |x|² / 2
        ...     return (x**2).sum(1) / 2, x
        >>> chain = langevin(normal, np.zeros((500, 1)), step=0.5, steps=50, burn=50, thin=10)
        >>> chain.states.shape, round(float(chain.states.std()), 1)
        ((5, 500, 1), 1.0)
    """
    h = number("step", step, "a step above 0", above=0)
    steps, burn, thin = integer("steps", steps, 1), integer("burn", burn, 0), integer("thin", thin, 1)
    rng = np.random.default_rng(seed)
    x = np.array(start, dtype=np.float64)
    u, g = energy(x)
    if not np.isfinite(u).all():
        raise InvalidInput("the energy of the start is not finite: start from numbers near 0")
    kept, accepted = [], 0.0

    def sum_of(a: np.ndarray) -> np.ndarray:
        return np.sum(a.reshape(len(a), -1), axis=1)

    for k in range(burn + steps):
        noise = rng.standard_normal(x.shape)
        there = x - h * g + np.sqrt(2 * h) * noise
        u_there, g_there = energy(there)
        back = sum_of((x - there + h * g_there) ** 2) / (4 * h)
        forth = sum_of(noise**2) / 2
        with np.errstate(invalid="ignore"):
            taken = np.log(rng.random(len(x))) < u - u_there + forth - back
        taken &= np.isfinite(u_there)
        at = taken.reshape(-1, *(1,) * (x.ndim - 1))
        x, g, u = np.where(at, there, x), np.where(at, g_there, g), np.where(taken, u_there, u)
        if k >= burn:
            accepted += taken.mean() / steps
            if (k - burn) % thin == 0:
                kept.append(x.copy())
    return Chain(np.stack(kept), float(accepted))
