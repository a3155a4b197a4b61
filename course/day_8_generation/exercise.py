"""Day 8, generation: new samples from a diffusion, a flow and an autoencoder, in a plane where all can be seen.

Write each function in place of its `raise`, in order; `pytest course/day_8_generation` says how far you are.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp

Denoiser = Callable[[jax.Array, jax.Array], jax.Array]
"""(B, D) noisy points and a scalar time → (B, D) estimates of the clean points."""


def schedule(t: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (1): the share of signal α = cos(πt/2) and of noise σ = sin(πt/2), for times in [0, 1]."""
    raise NotImplementedError("TODO 1: schedule")


def add_noise(x: jax.Array, noise: jax.Array, t: jax.Array) -> jax.Array:
    """Equation (2): α x + σ ε.

    Args:
        x: (B, D) clean points.
        noise: (B, D) standard Gaussian ε.
        t: (B,) a time for each point.
    """
    raise NotImplementedError("TODO 2: add_noise")


def exact_denoiser(data: jax.Array) -> Denoiser:
    """Equation (3): E[x | y] if x is one of N points, each as likely, and y = α x + σ ε.

    Args:
        data: (N, D) points.

    Returns:
        A denoiser: the mean of the points with weights softmax over n of −‖y − α x[n]‖²/(2σ²).

    Hint: σ is 0 at t = 0; no time below 10⁻³ is asked for.
    """
    raise NotImplementedError("TODO 3: exact_denoiser")


def denoising_loss(denoise: Denoiser, x: jax.Array, key: jax.Array) -> jax.Array:
    """Equation (4): mean over batch and axes of (denoised − x)², with a time for each point, uniform in [0, 1].

    Args:
        denoise: Here its time is (B,), one for each point.
        x: (B, D) clean points.
        key: Random key; split it for the times and the noise.
    """
    raise NotImplementedError("TODO 4: denoising_loss")


def ddim_step(y: jax.Array, x: jax.Array, t: jax.Array, earlier: jax.Array) -> jax.Array:
    """Equation (5): from time t to an earlier one, with the same noise: α' x + σ' (y − α x)/σ.

    Args:
        y: (B, D) noisy points at time t > 0.
        x: (B, D) estimates of the clean points.
        t: Scalar time of y.
        earlier: Scalar time to go to.
    """
    raise NotImplementedError("TODO 5: ddim_step")


def sample(denoise: Denoiser, start: jax.Array, times: jax.Array) -> jax.Array:
    """Equation (6): `ddim_step` from each time to the next.

    Args:
        denoise: Denoiser; its time is a scalar.
        start: (B, D) points at times[0].
        times: (T + 1,) falling; the last may be 0.

    Returns:
        (T + 1, B, D): the points at all times.
    """
    raise NotImplementedError("TODO 6: sample")


def coupling(x: jax.Array, scale: jax.Array, shift: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (7): an affine coupling: z₁ = x₁, z₂ = exp(s) x₂ + m, for points of a plane.

    Args:
        x: (B, 2).
        scale: (B,) s, computed from x₁ alone.
        shift: (B,) m, computed from x₁ alone.

    Returns:
        (B, 2) z, and the (B,) log of |det ∂z/∂x|.
    """
    raise NotImplementedError("TODO 7: coupling")


def uncoupling(z: jax.Array, scale: jax.Array, shift: jax.Array) -> jax.Array:
    """Equation (8): the inverse of `coupling`; s and m are those of z₁ = x₁."""
    raise NotImplementedError("TODO 8: uncoupling")


def flow_log_density(z: jax.Array, log_determinant: jax.Array) -> jax.Array:
    """Equation (9): log p(x) = log N(z; 0, 1) + log |det ∂z/∂x|.

    Args:
        z: (B, D) images of the points under the flow.
        log_determinant: (B,), the sum over its layers.

    Returns:
        (B,), in nats.
    """
    raise NotImplementedError("TODO 9: flow_log_density")


def kl_to_standard(mean: jax.Array, log_variance: jax.Array) -> jax.Array:
    """Equation (10): KL(N(m, v) ‖ N(0, 1)) = ½ Σ (v + m² − 1 − log v), a sum over the last axis: (B, D) to (B,)."""
    raise NotImplementedError("TODO 10: kl_to_standard")


def evidence_bound(
    x: jax.Array,
    encode: Callable[[jax.Array], tuple[jax.Array, jax.Array]],
    decode: Callable[[jax.Array], jax.Array],
    key: jax.Array,
    variance: float,
) -> jax.Array:
    """Equation (11): the mean over the batch of E[log N(x; decode(z), variance)] − KL, one z for each x.

    Args:
        x: (B, D) data.
        encode: x → mean and log-variance of z, (B, Z) each.
        decode: z → (B, D).
        key: Random key for z = mean + √v ε.
        variance: Of the decoder's Gaussian.

    Returns:
        A scalar, in nats: never above the mean of log p(x), in expectation.
    """
    raise NotImplementedError("TODO 11: evidence_bound")
