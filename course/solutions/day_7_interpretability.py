"""Solution of day 7: see `course/day_7_interpretability/exercise.py` for what each function is to do."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

import subband as sb

Score = Callable[[jax.Array], jax.Array]


def saliency(score: Score, x: jax.Array) -> jax.Array:
    """Equation (1): |∂f/∂x| at each sample of x (Simonyan et al. 2014); the shape of `x`."""
    return jnp.abs(jax.grad(score)(x))


def smooth_saliency(score: Score, x: jax.Array, key: jax.Array, sigma: float, count: int) -> jax.Array:
    """Equation (2): |mean of ∂f/∂x over `count` noisy copies x + σ ε| (after Smilkov et al. 2017)."""
    copies = x + sigma * jax.random.normal(key, (count, *x.shape))
    return jnp.abs(jax.vmap(jax.grad(score))(copies).mean(0))


def integrated_gradients(score: Score, x: jax.Array, baseline: jax.Array, steps: int) -> jax.Array:
    """Equation (3): (x − x₀) · mean of ∂f/∂x on the line from x₀ to x (Sundararajan et al. 2017)."""
    along = (jnp.arange(steps) + 0.5) / steps
    gradients = jax.vmap(lambda part: jax.grad(score)(baseline + part * (x - baseline)))(along)
    return (x - baseline) * gradients.mean(0)


def occlusion(score: Score, image: jax.Array, size: int, fill: float) -> jax.Array:
    """Equation (4): f(x) − f(x with one block filled), for each block of size × size of a grid."""
    rows, columns = image.shape[0] // size, image.shape[1] // size
    blocks = jnp.eye(rows * columns).reshape(-1, rows, columns)
    masks = jax.vmap(lambda block: jnp.kron(block, jnp.ones((size, size))))(blocks)
    without = jax.vmap(score)(image * (1 - masks) + fill * masks)
    return (score(image) - without).reshape(rows, columns)


def maximise_input(score: Score, x: jax.Array, radius: float, rate: float, steps: int) -> jax.Array:
    """Equation (5): projected gradient ascent: the input within `radius` of x that raises f most."""

    def step(_, moved):
        g = jax.grad(score)(x + moved)
        moved = moved + rate * g / jnp.maximum(jnp.linalg.norm(g), 1e-12)
        return moved * jnp.minimum(1, radius / jnp.maximum(jnp.linalg.norm(moved), 1e-12))

    return x + jax.lax.fori_loop(0, steps, step, jnp.zeros_like(x))


def band_attributions(
    score: Score, image: jax.Array, baseline: jax.Array, level: int, steps: int
) -> jax.Array:
    """Equation (6): integrated gradients with respect to the wavelet packets, summed over each band."""

    def transform(x):
        return sb.packets(x, "haar", level=level, mode="periodization", axes=(0, 1))

    p = transform(image)

    def score_of_packets(array):
        return score(sb.ipackets(p.replace(array)))

    parts = integrated_gradients(score_of_packets, p.array, transform(baseline).array, steps)
    return parts.sum((2, 3))
