"""Solution of day 5: see `course/day_5_convolution/exercise.py` for what each function is to do."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Network(NamedTuple):
    """Two convolutions and a linear layer: kernels (out, in, 3, 3) with biases (out,), then (features, classes)."""

    first: jax.Array
    first_bias: jax.Array
    second: jax.Array
    second_bias: jax.Array
    last: jax.Array
    last_bias: jax.Array


def convolve(x: jax.Array, h: jax.Array) -> jax.Array:
    """Equation (1): (x ∗ h)[n] = Σₖ h[k] x[n − k], of length N + K − 1."""
    size = len(x) + len(h) - 1
    return sum(
        (h[k] * jnp.pad(x, (k, size - len(x) - k)) for k in range(len(h))),
        start=jnp.zeros(size),
    )


def fourier_convolve(x: jax.Array, h: jax.Array) -> jax.Array:
    """Equation (2): the same by the convolution theorem, with O(N log N) products."""
    size = len(x) + len(h) - 1
    return jnp.fft.irfft(jnp.fft.rfft(x, n=size) * jnp.fft.rfft(h, n=size), n=size)


def conv2d(x: jax.Array, kernels: jax.Array) -> jax.Array:
    """Equation (3): y[b, o, i, j] = Σ w[o, c, p, q] x[b, c, i + p − 1, j + q − 1], zero outside: "same" size."""
    return jax.lax.conv_general_dilated(x, kernels, (1, 1), "SAME")


def match_template(image: jax.Array, template: jax.Array) -> jax.Array:
    """Equation (4): normalised cross-correlation of a template with every window of an image."""
    h, w = template.shape
    centred = template - template.mean()

    def correlate(x, kernel):
        return jax.lax.conv_general_dilated(x[None, None], kernel[None, None], (1, 1), "VALID")[0, 0]

    ones = jnp.ones_like(template)
    variance = correlate(image**2, ones) - correlate(image, ones) ** 2 / (h * w)
    flat = variance < 1e-12
    norm = jnp.sqrt(jnp.where(flat, 1, variance) * jnp.sum(centred**2))
    return jnp.where(flat, 0, correlate(image, centred) / norm)


def max_pool(x: jax.Array) -> jax.Array:
    """Equation (5): the maximum of each 2 × 2 block, (B, C, H, W) to (B, C, H/2, W/2); H and W are even."""
    b, c, h, w = x.shape
    return x.reshape(b, c, h // 2, 2, w // 2, 2).max((3, 5))


def blur_pool(x: jax.Array) -> jax.Array:
    """Equation (6): (B, C, H, W) low-passed along each axis by (1, 3, 3, 1)/8, then every second sample."""
    for axis in (2, 3):
        padding = [(0, 0)] * 4
        padding[axis] = (1, 1)
        padded = jnp.pad(x, padding, mode="symmetric")
        size = x.shape[axis]
        taps = [jax.lax.slice_in_dim(padded, k, k + size - 1, 2, axis) for k in range(4)]
        x = (taps[0] + 3 * taps[1] + 3 * taps[2] + taps[3]) / 8
    return x


def init(key: jax.Array, channels: int, classes: int) -> Network:
    """Kernels for one input channel, `channels` and then 2 · `channels` outputs; He's variance."""
    keys = jax.random.split(key, 3)

    def gaussian(key, shape, variance):
        return math.sqrt(variance) * jax.random.normal(key, shape)

    return Network(
        gaussian(keys[0], (channels, 1, 3, 3), 2 / 9),
        jnp.zeros(channels),
        gaussian(keys[1], (2 * channels, channels, 3, 3), 2 / (9 * channels)),
        jnp.zeros(2 * channels),
        gaussian(keys[2], (2 * channels, classes), 1 / (2 * channels)),
        jnp.zeros(classes),
    )


def logits(network: Network, images: jax.Array, pool=max_pool) -> jax.Array:
    """Equation (7): convolution, bias, ReLU and pool, twice; the mean over positions; the linear layer."""
    x = images[:, None]
    for kernels, bias in ((network.first, network.first_bias), (network.second, network.second_bias)):
        x = pool(jax.nn.relu(conv2d(x, kernels) + bias[:, None, None]))
    return x.mean((2, 3)) @ network.last + network.last_bias
