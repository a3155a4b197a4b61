"""Two small networks to explain: one reads digits, one tells photographs from resampled ones. Given."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from course.digits import digits
from course.signals import photograph
from course.training import train

Classifier = Callable[[jax.Array], jax.Array]
"""One image → logits."""


def _convolutions(params, images: jax.Array) -> jax.Array:
    """Two convolutions of stride two with ReLU, the mean over positions, a linear layer: (B, H, W) to logits."""
    x = images[:, None]
    for kernels, bias in params[:2]:
        x = jax.nn.relu(jax.lax.conv_general_dilated(x, kernels, (2, 2), "SAME") + bias[:, None, None])
    w, b = params[2]
    return x.reshape(len(x), x.shape[1], -1).mean(-1) @ w + b


def _perceptron(params, images: jax.Array) -> jax.Array:
    (w, b), (v, c) = params
    return jax.nn.softplus(images.reshape(len(images), -1) @ w + b) @ v + c


def _fitted(net, params, images, labels, steps: int, rate: float):
    def loss(params, key, images, labels):
        scores = jax.nn.log_softmax(net(params, images))
        return -jnp.mean(jnp.take_along_axis(scores, labels[:, None], 1))

    return train(loss, params, (images, labels), jax.random.key(1), steps=steps, batch=50, rate=rate)[0]


def reader_of_digits() -> Classifier:
    """Perceptron of 64 smooth units, trained on digits with noise; (16, 16) → (10,) logits."""
    images, labels = digits(2000, seed=1)
    images = images + 0.2 * np.random.default_rng(0).standard_normal(images.shape)
    keys = jax.random.split(jax.random.key(0))
    start = [
        (0.06 * jax.random.normal(keys[0], (256, 64)), jnp.zeros(64)),
        (0.12 * jax.random.normal(keys[1], (64, 10)), jnp.zeros(10)),
    ]
    params = _fitted(_perceptron, start, images, labels, 500, 3e-3)
    return lambda image: _perceptron(params, image[None])[0]


def pieces(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, 32, 32) pieces of a photograph; every second was enlarged from half of its size, as generators do.

    Returns:
        Pieces with their means taken off, and labels: 1 where enlarged by transposed convolution, whose uneven
        overlap leaves a faint pattern of period two.
    """
    rng = np.random.default_rng(seed)
    image = photograph(512)
    found = []
    for k in range(count):
        i, j = rng.integers(0, 512 - 32, 2)
        piece = image[i : i + 32, j : j + 32]
        if k % 2:
            small = piece.reshape(16, 2, 16, 2).mean((1, 3))
            large = np.zeros((33, 33))
            for di in range(3):
                for dj in range(3):
                    weight = (0.5, 1.0, 0.55)[di] * (0.5, 1.0, 0.55)[dj]
                    large[di : di + 32 : 2, dj : dj + 32 : 2] += weight * small
            piece = large[:32, :32] + 0.02 * rng.standard_normal((32, 32))
        found.append(piece - piece.mean())
    return np.stack(found), np.arange(count) % 2


def judge_of_pieces() -> Classifier:
    """Convolutional network trained on `pieces`; (32, 32) → (2,) logits."""
    images, labels = pieces(800, seed=0)
    keys = jax.random.split(jax.random.key(0), 3)
    start = [
        (0.47 * jax.random.normal(keys[0], (8, 1, 3, 3)), jnp.zeros(8)),
        (0.17 * jax.random.normal(keys[1], (16, 8, 3, 3)), jnp.zeros(16)),
        (0.25 * jax.random.normal(keys[2], (16, 2)), jnp.zeros(2)),
    ]
    params = _fitted(_convolutions, start, images, labels, 250, 1e-2)
    return lambda image: _convolutions(params, image[None])[0]
