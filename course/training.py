"""Adam over any pytree of parameters, and one loop over random batches. Given: day 1 explains what it does."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Params = Any
"""A pytree of arrays."""


def train(
    loss: Callable[..., jax.Array],
    params: Params,
    data: tuple[Any, ...],
    key: jax.Array,
    *,
    steps: int,
    batch: int,
    rate: float = 3e-3,
) -> tuple[Params, np.ndarray]:
    """Minimise the mean loss over random batches with Adam, the rate falling to zero as a half cosine.

    Args:
        loss: Function of (params, key, *batch) to a scalar; the key is for its own random numbers.
        params: Parameters to start from.
        data: Arrays with the examples along their first axis.
        key: Random key.
        steps: Number of steps.
        batch: Examples a step, drawn with replacement.
        rate: Adam's rate at the start.

    Returns:
        The parameters, and the (steps,) losses on the batches.
    """
    arrays = tuple(jnp.asarray(a) for a in data)
    tree = jax.tree_util.tree_map

    @jax.jit
    def step(state, key, k):
        params, mean, square = state
        draw, own = jax.random.split(key)
        chosen = jax.random.randint(draw, (batch,), 0, arrays[0].shape[0])
        value, gradient = jax.value_and_grad(loss)(params, own, *(a[chosen] for a in arrays))
        mean = tree(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
        square = tree(lambda v, g: 0.999 * v + 0.001 * g**2, square, gradient)
        now = rate * 0.5 * (1 + jnp.cos(jnp.pi * k / steps))
        unbiased = now * jnp.sqrt(1 - 0.999 ** (k + 1)) / (1 - 0.9 ** (k + 1))
        params = tree(lambda p, m, v: p - unbiased * m / (jnp.sqrt(v) + 1e-8), params, mean, square)
        return (params, mean, square), value

    zeros = tree(jnp.zeros_like, params)
    state, values = (params, zeros, zeros), []
    for k, one in enumerate(jax.random.split(key, steps)):
        state, value = step(state, one, jnp.asarray(float(k)))
        values.append(value)
    return state[0], np.array(values)
