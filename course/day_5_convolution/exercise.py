"""Day 5, convolution: one product that finds, filters and learns, and what sampling does to it.

Write each function in place of its `raise`, in order; `pytest course/day_5_convolution` says how far you are.
`jnp.convolve` and `jax.scipy.signal` are not to be used; `jax.lax.conv_general_dilated` is, where said.
"""

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
    """Equation (1): (x ∗ h)[n] = Σₖ h[k] x[n − k], of length N + K − 1.

    Args:
        x: (N,) signal.
        h: (K,) filter.

    Hint: a sum of K shifted copies, or a matrix with x on its diagonals.
    """
    raise NotImplementedError("TODO 1: convolve")


def fourier_convolve(x: jax.Array, h: jax.Array) -> jax.Array:
    """Equation (2): the same by the convolution theorem, with O(N log N) products.

    Hint: a product of transforms is a circular convolution; add zeros until nothing wraps around.
    """
    raise NotImplementedError("TODO 2: fourier_convolve")


def conv2d(x: jax.Array, kernels: jax.Array) -> jax.Array:
    """Equation (3): y[b, o, i, j] = Σ w[o, c, p, q] x[b, c, i + p − 1, j + q − 1], zero outside: "same" size.

    Args:
        x: (B, C, H, W) images.
        kernels: (O, C, 3, 3) w.

    Returns:
        (B, O, H, W). What networks call a convolution is a correlation: the kernel isn't reversed.

    Hint: `jax.lax.conv_general_dilated`, or nine shifts and an `einsum`.
    """
    raise NotImplementedError("TODO 3: conv2d")


def match_template(image: jax.Array, template: jax.Array) -> jax.Array:
    """Equation (4): normalised cross-correlation of a template with every window of an image.

    Args:
        image: (H, W).
        template: (h, w), not constant.

    Returns:
        (H − h + 1, W − w + 1) values in [−1, 1]: the correlation coefficient of the template and the window whose
        upper left corner is there; 0 where a window is constant.

    Hint: with the template's mean taken off, the windows' means drop out of the numerator. Sums over windows, of x
    and of x², are correlations with ones. Let nothing below 10⁻¹² pass for a variance.
    """
    raise NotImplementedError("TODO 4: match_template")


def max_pool(x: jax.Array) -> jax.Array:
    """Equation (5): the maximum of each 2 × 2 block, (B, C, H, W) to (B, C, H/2, W/2); H and W are even."""
    raise NotImplementedError("TODO 5: max_pool")


def blur_pool(x: jax.Array) -> jax.Array:
    """Equation (6): (B, C, H, W) low-passed along each axis by (1, 3, 3, 1)/8, then every second sample.

    Sample i of the result is Σₖ g[k] x[2i − 1 + k], k = 0 … 3, with mirrored edges (x[−1] = x[0], x[H] = x[H−1]),
    so that a constant stays one: a low-pass before the sampling, against aliasing.
    """
    raise NotImplementedError("TODO 6: blur_pool")


def init(key: jax.Array, channels: int, classes: int) -> Network:
    """Kernels for one input channel, `channels` and then 2 · `channels` outputs; He's variance, 2/inputs of a unit.

    The linear layer has variance 1/inputs; biases are zero.
    """
    raise NotImplementedError("TODO 7: init")


def logits(network: Network, images: jax.Array, pool=max_pool) -> jax.Array:
    """Equation (7): convolution, bias, ReLU and pool, twice; then the mean over all positions and the linear layer.

    Args:
        network: Parameters.
        images: (B, H, W), H and W multiples of 4.
        pool: `max_pool`, or another function of the same shapes.

    Returns:
        (B, classes).
    """
    raise NotImplementedError("TODO 8: logits")
