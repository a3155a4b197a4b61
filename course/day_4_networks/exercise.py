"""Day 4, networks: a multi-layer perceptron whose gradients you write yourself.

Write each function in place of its `raise`, in order; `pytest course/day_4_networks` says how far you are.
`jax.grad` is for checking only: the tests compare your gradients with it.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Layer(NamedTuple):
    """One affine map x W + b: `w` is (inputs, outputs), `b` is (outputs,)."""

    w: jax.Array
    b: jax.Array


Network = list[Layer]


def init(key: jax.Array, widths: tuple[int, ...]) -> Network:
    """Equation (1): len(widths) − 1 layers, weights Gaussian of variance 2/inputs (He), biases zero.

    Args:
        key: Random key, split so that no two layers share numbers.
        widths: Inputs, hidden widths, outputs, such as (256, 64, 10).
    """
    raise NotImplementedError("TODO 1: init")


def forward(network: Network, x: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
    """Equation (2): h[0] = x, h[l+1] = max(0, h[l] W[l] + b[l]); the last layer has no maximum.

    Args:
        network: L layers.
        x: (B, inputs) batch.

    Returns:
        (B, outputs) values of the last layer, and the inputs h[0] … h[L−1] of all layers, which `backward` needs.
    """
    raise NotImplementedError("TODO 2: forward")


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Equation (3): the mean over the batch of log Σ exp(z) − z[label], in nats; finite for any finite z.

    Args:
        logits: (B, C) z.
        labels: (B,) integers below C.
    """
    raise NotImplementedError("TODO 3: cross_entropy")


def output_error(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Equation (4): (B, C) gradient of `cross_entropy` with respect to the logits, (softmax(z) − one-hot)/B."""
    raise NotImplementedError("TODO 4: output_error")


def backward(network: Network, inputs: list[jax.Array], error: jax.Array) -> Network:
    """Equations (5) and (6): gradients of all weights and biases, from the last layer to the first.

    Args:
        network: L layers.
        inputs: What `forward` returned second.
        error: (B, outputs) gradient with respect to the output of `forward`.

    Returns:
        L layers that hold the gradients of `w` and `b`.

    Hint: a unit that the maximum set to zero passes no gradient on; its output, an input of the next layer, tells.
    """
    raise NotImplementedError("TODO 5: backward")


def momentum_step(
    network: Network, velocity: Network, gradients: Network, rate: float, inertia: float
) -> tuple[Network, Network]:
    """Equation (7): v ← β v − η g, then θ ← θ + v, for each weight and bias.

    Returns:
        The network and the velocity.

    Hint: `jax.tree_util.tree_map` walks over several lists of layers at once.
    """
    raise NotImplementedError("TODO 6: momentum_step")


def train(
    network: Network, x: jax.Array, labels: jax.Array, key: jax.Array, steps: int, batch: int
) -> tuple[Network, jax.Array]:
    """Minimise the cross-entropy by `momentum_step` on random batches, with η = 0.05 and β = 0.9.

    Args:
        network: Start.
        x: (N, inputs) examples.
        labels: (N,) integers.
        key: Random key for the choice of batches.
        steps: Number of steps.
        batch: Examples of a step, drawn with replacement.

    Returns:
        The trained network, and the (steps,) cross-entropies of the batches before each step.

    Hint: `jax.lax.scan` over `jax.random.split(key, steps)`, with (network, velocity) as the state.
    """
    raise NotImplementedError("TODO 7: train")


def fourier_features(t: jax.Array, octaves: int) -> jax.Array:
    """Equation (8): sin(2ᵏ π t) and cos(2ᵏ π t) for k = 0 … octaves − 1, which let a network see fine detail.

    Args:
        t: (N,) times in [−1, 1].
        octaves: Number of frequencies.

    Returns:
        (N, 2 · octaves): all sines, then all cosines.
    """
    raise NotImplementedError("TODO 8: fourier_features")
