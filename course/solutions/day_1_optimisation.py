"""Solution of day 1: see `course/day_1_optimisation/exercise.py` for what each function is to do."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

import subband as sb

Gradient = Callable[[jax.Array], jax.Array]


def energy(x: jax.Array, y: jax.Array, weight: float) -> jax.Array:
    """Equation (1): E(x) = ½ Σ (x[n] − y[n])² + λ/2 Σ (x[n+1] − x[n])², a scalar."""
    return 0.5 * jnp.sum((x - y) ** 2) + 0.5 * weight * jnp.sum((jnp.roll(x, -1) - x) ** 2)


def gradient(x: jax.Array, y: jax.Array, weight: float) -> jax.Array:
    """Equation (2): the (N,) gradient of `energy` with respect to x, by hand and without `jax.grad`."""
    return x - y + weight * (2 * x - jnp.roll(x, 1) - jnp.roll(x, -1))


def gradient_descent(gradient: Gradient, x: jax.Array, rate: float, steps: int) -> jax.Array:
    """Equation (3): x ← x − η ∇E(x), `steps` times."""

    def step(x, _):
        x = x - rate * gradient(x)
        return x, x

    _, path = jax.lax.scan(step, x, None, length=steps)
    return jnp.concatenate([x[None], path])


def best_rate(weight: float) -> float:
    """Equation (4): the rate η = 2/(μ + L) at which gradient descent on `energy` is fastest."""
    smallest, largest = 1.0, 1.0 + 4.0 * weight
    return 2 / (smallest + largest)


def heavy_ball(gradient: Gradient, x: jax.Array, rate: float, inertia: float, steps: int) -> jax.Array:
    """Equation (5): x[k+1] = x[k] − η ∇E(x[k]) + β (x[k] − x[k−1]), with x[−1] = x[0]."""

    def step(state, _):
        before, now = state
        after = now - rate * gradient(now) + inertia * (now - before)
        return (now, after), after

    _, path = jax.lax.scan(step, (x, x), None, length=steps)
    return jnp.concatenate([x[None], path])


def adam(gradient: Gradient, x: jax.Array, rate: float, steps: int) -> jax.Array:
    """Equation (6): Adam, with β₁ = 0.9, β₂ = 0.999 and ε = 10⁻⁸, which is added outside of the root."""

    def step(state, k):
        x, mean, square = state
        g = gradient(x)
        mean = 0.9 * mean + 0.1 * g
        square = 0.999 * square + 0.001 * g**2
        x = x - rate * (mean / (1 - 0.9**k)) / (jnp.sqrt(square / (1 - 0.999**k)) + 1e-8)
        return (x, mean, square), x

    start = (x, jnp.zeros_like(x), jnp.zeros_like(x))
    _, path = jax.lax.scan(step, start, jnp.arange(1.0, steps + 1))
    return jnp.concatenate([x[None], path])


def soft(v: jax.Array, threshold: float) -> jax.Array:
    """Equation (8): soft threshold, sign(v) max(|v| − t, 0): the minimiser of ½(u − v)² + t|u| over u."""
    return jnp.sign(v) * jnp.maximum(jnp.abs(v) - threshold, 0)


def sparse_deconvolution(y: jax.Array, response: jax.Array, threshold: float, steps: int) -> jax.Array:
    """Equation (9): minimise ½‖h ∗ x − y‖² + t ‖details of W x‖₁ by proximal gradient steps (ISTA), from x = 0."""

    def blur(x, spectrum):
        return jnp.fft.irfft(spectrum * jnp.fft.rfft(x), n=len(x))

    def step(_, x):
        x = x - blur(blur(x, response) - y, jnp.conj(response))
        c = sb.dwt(x, "sym4", level=5, mode="periodization")
        return sb.idwt(c.map(lambda band: soft(band, threshold), approx=False))

    return jax.lax.fori_loop(0, steps, step, jnp.zeros_like(y))
