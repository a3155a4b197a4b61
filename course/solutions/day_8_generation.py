"""Solution of day 8: see `course/day_8_generation/exercise.py` for what each function is to do."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp

Denoiser = Callable[[jax.Array, jax.Array], jax.Array]
"""(B, D) noisy points and a scalar time → (B, D) estimates of the clean points."""


def schedule(t: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (1): the share of signal α = cos(πt/2) and of noise σ = sin(πt/2), for times in [0, 1]."""
    return jnp.cos(0.5 * jnp.pi * t), jnp.sin(0.5 * jnp.pi * t)


def add_noise(x: jax.Array, noise: jax.Array, t: jax.Array) -> jax.Array:
    """Equation (2): α x + σ ε."""
    alpha, sigma = schedule(t)
    return alpha[:, None] * x + sigma[:, None] * noise


def exact_denoiser(data: jax.Array) -> Denoiser:
    """Equation (3): E[x | y] if x is one of N points, each as likely, and y = α x + σ ε."""

    def denoise(y: jax.Array, t: jax.Array) -> jax.Array:
        alpha, sigma = schedule(t)
        distance = jnp.sum((y[:, None] - alpha * data) ** 2, axis=-1)
        return jax.nn.softmax(-distance / (2 * sigma**2), axis=1) @ data

    return denoise


def denoising_loss(denoise: Denoiser, x: jax.Array, key: jax.Array) -> jax.Array:
    """Equation (4): mean over batch and axes of (denoised − x)², with a time for each point, uniform in [0, 1]."""
    for_times, for_noise = jax.random.split(key)
    t = jax.random.uniform(for_times, x.shape[:1])
    y = add_noise(x, jax.random.normal(for_noise, x.shape), t)
    return jnp.mean((denoise(y, t) - x) ** 2)


def ddim_step(y: jax.Array, x: jax.Array, t: jax.Array, earlier: jax.Array) -> jax.Array:
    """Equation (5): from time t to an earlier one, with the same noise: α' x + σ' (y − α x)/σ."""
    (alpha, sigma), (alpha_to, sigma_to) = schedule(t), schedule(earlier)
    return alpha_to * x + sigma_to * (y - alpha * x) / sigma


def sample(denoise: Denoiser, start: jax.Array, times: jax.Array) -> jax.Array:
    """Equation (6): `ddim_step` from each time to the next."""

    def step(y, pair):
        t, earlier = pair
        y = ddim_step(y, denoise(y, t), t, earlier)
        return y, y

    _, path = jax.lax.scan(step, start, (times[:-1], times[1:]))
    return jnp.concatenate([start[None], path])


def coupling(x: jax.Array, scale: jax.Array, shift: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (7): an affine coupling: z₁ = x₁, z₂ = exp(s) x₂ + m, for points of a plane."""
    z = jnp.stack([x[:, 0], jnp.exp(scale) * x[:, 1] + shift], axis=1)
    return z, scale


def uncoupling(z: jax.Array, scale: jax.Array, shift: jax.Array) -> jax.Array:
    """Equation (8): the inverse of `coupling`; s and m are those of z₁ = x₁."""
    return jnp.stack([z[:, 0], (z[:, 1] - shift) * jnp.exp(-scale)], axis=1)


def flow_log_density(z: jax.Array, log_determinant: jax.Array) -> jax.Array:
    """Equation (9): log p(x) = log N(z; 0, 1) + log |det ∂z/∂x|."""
    gaussian = -0.5 * jnp.sum(z**2, axis=1) - 0.5 * z.shape[1] * math.log(2 * math.pi)
    return gaussian + log_determinant


def kl_to_standard(mean: jax.Array, log_variance: jax.Array) -> jax.Array:
    """Equation (10): KL(N(m, v) ‖ N(0, 1)) = ½ Σ (v + m² − 1 − log v), a sum over the last axis."""
    return 0.5 * jnp.sum(jnp.exp(log_variance) + mean**2 - 1 - log_variance, axis=-1)


def evidence_bound(
    x: jax.Array,
    encode: Callable[[jax.Array], tuple[jax.Array, jax.Array]],
    decode: Callable[[jax.Array], jax.Array],
    key: jax.Array,
    variance: float,
) -> jax.Array:
    """Equation (11): the mean over the batch of E[log N(x; decode(z), variance)] − KL, one z for each x."""
    mean, log_variance = encode(x)
    z = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
    squared = jnp.sum((x - decode(z)) ** 2, axis=-1)
    likelihood = -0.5 * squared / variance - 0.5 * x.shape[-1] * math.log(2 * math.pi * variance)
    return jnp.mean(likelihood - kl_to_standard(mean, log_variance))
