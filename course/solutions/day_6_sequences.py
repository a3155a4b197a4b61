"""Solution of day 6: see `course/day_6_sequences/exercise.py` for what each function is to do."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp


class Cell(NamedTuple):
    """Gated recurrent unit of H states and D inputs; the gates lie side by side: reset, update, candidate.

    `w` is (D, 3H), for the input; `u` is (H, 3H), for the state; `b` is (3H,).
    """

    w: jax.Array
    u: jax.Array
    b: jax.Array


class Model(NamedTuple):
    """A cell, and the linear map from its state to the predicted sample: (H,) and a scalar."""

    cell: Cell
    out: jax.Array
    bias: jax.Array


Step = Callable[[Any, Any], tuple[Any, Any]]


def gru_cell(cell: Cell, h: jax.Array, x: jax.Array) -> jax.Array:
    """Equation (1): one step of a gated recurrent unit."""
    size = h.shape[-1]
    wr, wz, wc = jnp.split(cell.w, 3, axis=1)
    ur, uz, uc = jnp.split(cell.u, 3, axis=1)
    br, bz, bc = cell.b[:size], cell.b[size : 2 * size], cell.b[2 * size :]
    r = jax.nn.sigmoid(x @ wr + h @ ur + br)
    z = jax.nn.sigmoid(x @ wz + h @ uz + bz)
    c = jnp.tanh(x @ wc + (r * h) @ uc + bc)
    return z * h + (1 - z) * c


def init(key: jax.Array, states: int) -> Model:
    """A model of one input: Gaussian weights of variance 1/H for `u` and `out`, 1 for `w`; biases 0, 1 for z."""
    keys = jax.random.split(key, 3)
    scale = 1 / math.sqrt(states)
    cell = Cell(
        jax.random.normal(keys[0], (1, 3 * states)),
        scale * jax.random.normal(keys[1], (states, 3 * states)),
        jnp.repeat(jnp.array([0.0, 1.0, 0.0]), states),
    )
    return Model(cell, scale * jax.random.normal(keys[2], (states,)), jnp.zeros(()))


def predict(model: Model, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (2): run the cell over a series from state zero; after sample n, predict sample n + 1."""

    def step(h, sample):
        h = gru_cell(model.cell, h, sample[:, None])
        return h, sample + h @ model.out + model.bias

    start = jnp.zeros((x.shape[0], model.out.shape[0]))
    last, predictions = jax.lax.scan(step, start, x.T)
    return predictions.T, last


def forecast(model: Model, x: jax.Array, count: int) -> jax.Array:
    """Equation (3): run over the series, then feed each prediction back as the next input."""
    predictions, h = predict(model, x)

    def step(state, _):
        h, sample = state
        h = gru_cell(model.cell, h, sample[:, None])
        return (h, sample + h @ model.out + model.bias), sample

    _, samples = jax.lax.scan(step, (h, predictions[:, -1]), None, length=count)
    return samples.T


def linear_recurrence(a: jax.Array, b: jax.Array) -> jax.Array:
    """Equation (4): h[n] = a[n] h[n−1] + b[n] from h[−1] = 0, one step after the other."""

    def step(h, pair):
        h = pair[0] * h + pair[1]
        return h, h

    return jax.lax.scan(step, jnp.zeros_like(a[0] * b[0]), (a, b))[1]


def parallel_recurrence(a: jax.Array, b: jax.Array) -> jax.Array:
    """Equation (5): the same states in O(log N) rounds, because the composition of affine maps is associative."""

    def joined(early, late):
        return early[0] * late[0], late[0] * early[1] + late[1]

    return jax.lax.associative_scan(joined, (a, b.astype(jnp.result_type(a, b))))[1]


def discretise(poles: jax.Array, step: float) -> tuple[jax.Array, jax.Array]:
    """Equation (6): h' = λ h + u with u constant between samples ("zero-order hold") becomes h ← ā h + b̄ u."""
    factor = jnp.exp(poles * step)
    return factor, (factor - 1) / poles


def impulse_response(poles: jax.Array, mix: jax.Array, step: float, count: int) -> jax.Array:
    """Equation (7): the output of y[n] = Re Σ c h[n] for the input 1, 0, 0, …: k[n] = Re Σ c ā^n b̄."""
    factor, gain = discretise(poles, step)
    powers = factor ** jnp.arange(count)[:, None]
    return jnp.real(powers @ (mix * gain))


def state_space(poles: jax.Array, mix: jax.Array, step: float, u: jax.Array) -> jax.Array:
    """Equation (8): the (N,) output for any (N,) input, by `parallel_recurrence`."""
    factor, gain = discretise(poles, step)
    driven = gain * u[:, None]
    states = parallel_recurrence(jnp.broadcast_to(factor, driven.shape), driven)
    return jnp.real(states @ mix)
