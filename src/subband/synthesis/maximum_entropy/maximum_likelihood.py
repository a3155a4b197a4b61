"""θ of a canonical model by maximum likelihood, with expectations by Langevin dynamics."""

import numpy as np

from subband.arrays.arguments import integer, number
from subband.errors import InvalidInput
from subband.synthesis.maximum_entropy.canonical import Canonical


def maximum_likelihood(
    model: Canonical,
    target: np.ndarray,
    start: np.ndarray,
    *,
    rounds: int = 12,
    step: float = 0.1,
    steps: int = 200,
    burn: int = 50,
    seed: int = 0,
) -> Canonical:
    """Find θ with E_θ Φ = target, at which the likelihood of examples with these mean statistics is largest.

    In each round chains of Langevin dynamics go on where they are, and give E_θ Φ and Cov_θ Φ. Since
    ∂E_θ Φ/∂θ = −N Cov_θ Φ, Newton's step is θ ← θ + (N Cov_θ Φ)⁻¹ (E_θ Φ − target). It is shortened where it would
    change a parameter by more than half of the largest, and damped as 2/(k + 2) in later rounds, so that the
    noise of the expectations is averaged.

    Args:
        model: Statistics, and θ to start from.
        target: (K,) mean statistics of examples.
        start: (n, *field) states of n chains, two or more.
        rounds: Number of Newton steps.
        step: Step of the dynamics; adapted so that about six in ten steps are accepted.
        steps: Steps of the dynamics in a round, and `burn` that are left out before.
        burn: See `steps`.
        seed: Of the dynamics.

    Raises:
        InvalidInput: one chain; a target of another size; statistics that don't vary.

    Source: L. Younes, "Estimation and annealing for Gibbsian fields" (1988); Newton's step in place of its
    gradient's.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import Canonical, Norms, maximum_likelihood
        >>> model = Canonical(Norms((2,), axes=1), np.array([1.0]))  # p ∝ exp(−N θ ⟨x²⟩), of variance 1/2θ
        >>> start = np.random.default_rng(0).normal(size=(20, 16))
        >>> fitted = maximum_likelihood(model, np.array([1.0]), start, rounds=6, steps=50)  # of variance 1
        >>> round(float(fitted.theta[0]), 1)
        0.5
    """
    y = np.asarray(target, dtype=np.float64)
    if y.shape != model.theta.shape or not np.isfinite(y).all():
        raise InvalidInput(
            f"target of shape {y.shape}: give {len(model.theta)} finite numbers, one for each statistic"
        )
    if len(start) < 2:
        raise InvalidInput("give (n, …) states of two chains or more to start from")
    rounds, h = integer("rounds", rounds, 1), number("step", step, "a step above 0", above=0)
    x, theta, size = np.asarray(start, dtype=np.float64), model.theta.copy(), float(np.prod(start.shape[1:]))
    for k in range(rounds):
        now = Canonical(model.statistics, theta)
        chain = now.sample(x, step=h, steps=steps, burn=burn, thin=5, seed=seed + k)
        h *= 1.5 if chain.accepted > 0.75 else 0.6 if chain.accepted < 0.45 else 1.0
        x = chain.states[-1]
        phi = np.asarray(model.statistics.values(chain.states.reshape(-1, *x.shape[1:])))
        covariance = np.atleast_2d(np.cov(phi, rowvar=False))
        if not np.all(np.diag(covariance) > 0):
            raise InvalidInput(
                "a statistic doesn't vary along the chains: give a larger step, or leave it out"
            )
        move = np.linalg.lstsq(size * covariance, phi.mean(axis=0) - y, rcond=1e-10)[0]
        longest = float(np.abs(move).max()) / (0.5 * max(float(np.abs(theta).max()), 1e-12))
        theta = theta + move * min(1.0, 1 / longest) * min(1.0, 2 / (max(k - rounds // 2, 0) + 2))
    return Canonical(model.statistics, theta)
