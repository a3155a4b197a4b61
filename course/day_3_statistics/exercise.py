"""Day 3, statistics: what a measured series says, and how sure one may be.

Write each function in place of its `raise`, in order; `pytest course/day_3_statistics` says how far you are.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Mixture(NamedTuple):
    """Mixture of K Gaussians on the line: weights that sum to one, means and variances, each (K,)."""

    weights: jax.Array
    means: jax.Array
    variances: jax.Array


def autocorrelation(x: jax.Array, lags: int) -> jax.Array:
    """Equation (1): r[k] = c[k]/c[0] with c[k] = (1/N) Σ (x[n] − m)(x[n+k] − m), m the mean.

    Args:
        x: (N,) series.
        lags: Largest lag, below N.

    Returns:
        (lags + 1,) from r[0] = 1.

    Hint: by the Fourier transform with enough zeros, or by a sum for each lag.
    """
    raise NotImplementedError("TODO 1: autocorrelation")


def periodogram(x: jax.Array) -> jax.Array:
    """Equation (2): P[k] = |Σ (x[n] − m) exp(−2πikn/N)|²/N at the frequencies k/N, k = 0 … ⌊N/2⌋.

    Over all N frequencies, negative ones included, its mean is the variance of `x`.
    """
    raise NotImplementedError("TODO 2: periodogram")


def fit_ar1(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (3): a and σ² of x[n] − m = a (x[n−1] − m) + σ ε[n], from the first autocorrelation (Yule–Walker).

    Returns:
        a = r[1], and σ² = (1 − a²) c[0]; scalars.
    """
    raise NotImplementedError("TODO 3: fit_ar1")


def ar1_spectrum(a: jax.Array, variance: jax.Array, frequencies: jax.Array) -> jax.Array:
    """Equation (4): expected power σ²/|1 − a exp(−2πif)|² of such a series at frequencies f in cycles a sample."""
    raise NotImplementedError("TODO 4: ar1_spectrum")


def bootstrap(
    x: jax.Array, statistic: Callable[[jax.Array], jax.Array], key: jax.Array, count: int
) -> jax.Array:
    """Equation (5): `statistic` of `count` samples of N, each drawn from `x` with replacement.

    Args:
        x: (N,) independent observations.
        statistic: From (N,) to a scalar.
        key: Random key.
        count: Number of samples.

    Returns:
        (count,) values; their quantiles at 2.5 % and 97.5 % are an interval.

    Hint: `jax.random.choice`, `jax.random.split`, `jax.vmap`.
    """
    raise NotImplementedError("TODO 5: bootstrap")


def log_joint(x: jax.Array, mixture: Mixture) -> jax.Array:
    """Equation (6): (N, K) log of w[k] · N(x[n]; m[k], v[k]), computed without a density that could underflow."""
    raise NotImplementedError("TODO 6: log_joint")


def log_likelihood(x: jax.Array, mixture: Mixture) -> jax.Array:
    """Equation (7): Σₙ log Σₖ w[k] N(x[n]; m[k], v[k]), a scalar.

    Hint: `jax.nn.logsumexp`.
    """
    raise NotImplementedError("TODO 7: log_likelihood")


def responsibilities(x: jax.Array, mixture: Mixture) -> jax.Array:
    """Equation (8), the E step: (N, K) probability that x[n] came from component k; rows sum to one."""
    raise NotImplementedError("TODO 8: responsibilities")


def em_step(x: jax.Array, mixture: Mixture) -> Mixture:
    """Equation (9): an E step, then the M step: weights, means and variances weighted by the responsibilities.

    No step lowers `log_likelihood`.
    """
    raise NotImplementedError("TODO 9: em_step")


def posterior_mean(y: jax.Array, mixture: Mixture, noise: float) -> jax.Array:
    """Equation (10): E[x | y] where x is of `mixture` and y = x + Gaussian noise of variance `noise`.

    Args:
        y: (N,) noisy values.
        mixture: Distribution of the clean values.
        noise: Variance of the noise.

    Returns:
        (N,): for each component the Wiener estimate m + v/(v + noise)(y − m), weighted by its responsibility for y.

    Hint: y is of a mixture too; what are its variances?
    """
    raise NotImplementedError("TODO 10: posterior_mean")
