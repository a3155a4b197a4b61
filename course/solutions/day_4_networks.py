"""Solution of day 4: see `course/day_4_networks/exercise.py` for what each function is to do."""

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
    """Equation (1): len(widths) − 1 layers, weights Gaussian of variance 2/inputs (He), biases zero."""
    keys = jax.random.split(key, len(widths) - 1)
    return [
        Layer(math.sqrt(2 / m) * jax.random.normal(one, (m, n)), jnp.zeros(n))
        for one, m, n in zip(keys, widths[:-1], widths[1:], strict=True)
    ]


def forward(network: Network, x: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
    """Equation (2): h[0] = x, h[l+1] = max(0, h[l] W[l] + b[l]); the last layer has no maximum."""
    inputs = [x]
    for layer in network[:-1]:
        inputs.append(jnp.maximum(0, inputs[-1] @ layer.w + layer.b))
    return inputs[-1] @ network[-1].w + network[-1].b, inputs


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Equation (3): the mean over the batch of log Σ exp(z) − z[label], in nats; finite for any finite z."""
    chosen = jnp.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(logits, axis=1) - chosen)


def output_error(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Equation (4): (B, C) gradient of `cross_entropy` with respect to the logits, (softmax(z) − one-hot)/B."""
    count, classes = logits.shape
    return (jax.nn.softmax(logits, axis=1) - jax.nn.one_hot(labels, classes)) / count


def backward(network: Network, inputs: list[jax.Array], error: jax.Array) -> Network:
    """Equations (5) and (6): gradients of all weights and biases, from the last layer to the first."""
    gradients: Network = []
    for layer, h in zip(reversed(network), reversed(inputs), strict=True):
        gradients.append(Layer(h.T @ error, error.sum(0)))
        error = (error @ layer.w.T) * (h > 0)  # for the input itself it is not used
    return gradients[::-1]


def momentum_step(
    network: Network, velocity: Network, gradients: Network, rate: float, inertia: float
) -> tuple[Network, Network]:
    """Equation (7): v ← β v − η g, then θ ← θ + v, for each weight and bias."""
    tree = jax.tree_util.tree_map
    velocity = tree(lambda v, g: inertia * v - rate * g, velocity, gradients)
    return tree(jnp.add, network, velocity), velocity


def train(
    network: Network, x: jax.Array, labels: jax.Array, key: jax.Array, steps: int, batch: int
) -> tuple[Network, jax.Array]:
    """Minimise the cross-entropy by `momentum_step` on random batches, with η = 0.05 and β = 0.9."""

    def step(state, one):
        network, velocity = state
        chosen = jax.random.randint(one, (batch,), 0, len(x))
        logits, inputs = forward(network, x[chosen])
        gradients = backward(network, inputs, output_error(logits, labels[chosen]))
        return momentum_step(network, velocity, gradients, 0.05, 0.9), cross_entropy(logits, labels[chosen])

    still = jax.tree_util.tree_map(jnp.zeros_like, network)
    (network, _), losses = jax.lax.scan(step, (network, still), jax.random.split(key, steps))
    return network, losses


def fourier_features(t: jax.Array, octaves: int) -> jax.Array:
    """Equation (8): sin(2ᵏ π t) and cos(2ᵏ π t) for k = 0 … octaves − 1, which let a network see fine detail."""
    angles = 2.0 ** jnp.arange(octaves) * jnp.pi * t[:, None]
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=1)
