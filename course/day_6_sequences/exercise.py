"""Day 6, sequences: recurrences with gates, and recurrences that are linear and therefore parallel.

Write each function in place of its `raise`, in order; `pytest course/day_6_sequences` says how far you are.
"""

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
    """Equation (1): one step of a gated recurrent unit.

    r = σ(x Wr + h Ur + br), z = σ(x Wz + h Uz + bz), c = tanh(x Wc + (r h) Uc + bc), h ← z h + (1 − z) c.

    Args:
        cell: Parameters.
        h: (…, H) state.
        x: (…, D) input.

    Returns:
        (…, H) next state.
    """
    raise NotImplementedError("TODO 1: gru_cell")


def init(key: jax.Array, states: int) -> Model:
    """A model of one input: Gaussian weights of variance 1/H for `u` and `out`, 1 for `w`; biases 0, but 1 for z.

    A bias of 1 on the update gate lets a new cell remember; why?
    """
    raise NotImplementedError("TODO 2: init")


def predict(model: Model, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (2): run the cell over a series from state zero; after sample n, predict sample n + 1.

    Args:
        model: Parameters.
        x: (B, N) series, one sample per step.

    Returns:
        (B, N) predictions x[n] + h[n+1] · out + bias, the last sample plus what the state adds, and the (B, H) last
        state.

    Hint: `jax.lax.scan` runs along the first axis, so give it the transpose.
    """
    raise NotImplementedError("TODO 3: predict")


def forecast(model: Model, x: jax.Array, count: int) -> jax.Array:
    """Equation (3): run over the series, then feed each prediction back as the next input.

    Args:
        model: Parameters.
        x: (B, N) known samples.
        count: Number of samples to predict.

    Returns:
        (B, count) predictions of x[N], x[N+1], ….
    """
    raise NotImplementedError("TODO 4: forecast")


def linear_recurrence(a: jax.Array, b: jax.Array) -> jax.Array:
    """Equation (4): h[n] = a[n] h[n−1] + b[n] from h[−1] = 0, one step after the other.

    Args:
        a: (N, S) complex or real factors.
        b: (N, S) inputs.

    Returns:
        (N, S) all states.
    """
    raise NotImplementedError("TODO 5: linear_recurrence")


def parallel_recurrence(a: jax.Array, b: jax.Array) -> jax.Array:
    """Equation (5): the same states in O(log N) rounds, because the composition of affine maps is associative.

    Hint: `jax.lax.associative_scan` over the pairs (a, b), with a function that joins an earlier and a later pair.
    Real `b` must become complex first if `a` is.
    """
    raise NotImplementedError("TODO 6: parallel_recurrence")


def discretise(poles: jax.Array, step: float) -> tuple[jax.Array, jax.Array]:
    """Equation (6): h' = λ h + u with u constant between samples ("zero-order hold") becomes h ← ā h + b̄ u.

    Args:
        poles: (S,) complex λ, none of them zero.
        step: Δ, the time between samples.

    Returns:
        ā = exp(λ Δ) and b̄ = (ā − 1)/λ, (S,) each.
    """
    raise NotImplementedError("TODO 7: discretise")


def impulse_response(poles: jax.Array, mix: jax.Array, step: float, count: int) -> jax.Array:
    """Equation (7): the output of y[n] = Re Σ c h[n] for the input 1, 0, 0, …: k[n] = Re Σ c ā^n b̄.

    Args:
        poles: (S,) complex λ.
        mix: (S,) complex c.
        step: Δ.
        count: Number of samples.

    Returns:
        (count,) real.
    """
    raise NotImplementedError("TODO 8: impulse_response")


def state_space(poles: jax.Array, mix: jax.Array, step: float, u: jax.Array) -> jax.Array:
    """Equation (8): the (N,) output for any (N,) input, by `parallel_recurrence`.

    It equals the convolution of the input with the impulse response: day 5, with memory.
    """
    raise NotImplementedError("TODO 9: state_space")
