"""Solution of day 3: see `course/day_3_statistics/exercise.py` for what each function is to do."""

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
    """Equation (1): r[k] = c[k]/c[0] with c[k] = (1/N) Σ (x[n] − m)(x[n+k] − m), m the mean."""
    centred = x - jnp.mean(x)
    spectrum = jnp.fft.rfft(centred, n=2 * len(x))
    covariance = jnp.fft.irfft(jnp.abs(spectrum) ** 2, n=2 * len(x))[: lags + 1]
    return covariance / covariance[0]


def periodogram(x: jax.Array) -> jax.Array:
    """Equation (2): P[k] = |Σ (x[n] − m) exp(−2πikn/N)|²/N at the frequencies k/N, k = 0 … ⌊N/2⌋."""
    return jnp.abs(jnp.fft.rfft(x - jnp.mean(x))) ** 2 / len(x)


def fit_ar1(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (3): a and σ² of x[n] − m = a (x[n−1] − m) + σ ε[n], by Yule–Walker."""
    a = autocorrelation(x, 1)[1]
    return a, (1 - a**2) * jnp.var(x)


def ar1_spectrum(a: jax.Array, variance: jax.Array, frequencies: jax.Array) -> jax.Array:
    """Equation (4): expected power σ²/|1 − a exp(−2πif)|² of such a series at frequencies f in cycles a sample."""
    return variance / jnp.abs(1 - a * jnp.exp(-2j * jnp.pi * frequencies)) ** 2


def bootstrap(
    x: jax.Array, statistic: Callable[[jax.Array], jax.Array], key: jax.Array, count: int
) -> jax.Array:
    """Equation (5): `statistic` of `count` samples of N, each drawn from `x` with replacement."""
    keys = jax.random.split(key, count)
    return jax.vmap(lambda one: statistic(jax.random.choice(one, x, x.shape)))(keys)


def log_joint(x: jax.Array, mixture: Mixture) -> jax.Array:
    """Equation (6): (N, K) log of w[k] · N(x[n]; m[k], v[k]), computed without a density that could underflow."""
    w, m, v = mixture
    return jnp.log(w) - 0.5 * (jnp.log(2 * jnp.pi * v) + (x[:, None] - m) ** 2 / v)


def log_likelihood(x: jax.Array, mixture: Mixture) -> jax.Array:
    """Equation (7): Σₙ log Σₖ w[k] N(x[n]; m[k], v[k]), a scalar."""
    return jnp.sum(jax.nn.logsumexp(log_joint(x, mixture), axis=1))


def responsibilities(x: jax.Array, mixture: Mixture) -> jax.Array:
    """Equation (8), the E step: (N, K) probability that x[n] came from component k; rows sum to one."""
    return jax.nn.softmax(log_joint(x, mixture), axis=1)


def em_step(x: jax.Array, mixture: Mixture) -> Mixture:
    """Equation (9): an E step, then the M step: weights, means and variances weighted by the responsibilities."""
    r = responsibilities(x, mixture)
    total = r.sum(0)
    means = (r * x[:, None]).sum(0) / total
    variances = (r * (x[:, None] - means) ** 2).sum(0) / total
    return Mixture(total / len(x), means, variances)


def posterior_mean(y: jax.Array, mixture: Mixture, noise: float) -> jax.Array:
    """Equation (10): E[x | y] where x is of `mixture` and y = x + Gaussian noise of variance `noise`."""
    _, m, v = mixture
    r = responsibilities(y, mixture._replace(variances=v + noise))
    return jnp.sum(r * (m + v / (v + noise) * (y[:, None] - m)), axis=1)
