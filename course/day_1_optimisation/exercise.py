"""Day 1, optimisation: denoise and deblur an electrocardiogram by going downhill.

Write each function in place of its `raise`, in order; `pytest course/day_1_optimisation` says how far you are.
Arrays are JAX arrays of float64. The README has the equations, by number.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

import subband as sb

Gradient = Callable[[jax.Array], jax.Array]


def energy(x: jax.Array, y: jax.Array, weight: float) -> jax.Array:
    """Equation (1): E(x) = ½ Σ (x[n] − y[n])² + λ/2 Σ (x[n+1] − x[n])², a scalar.

    The signal is periodic: after its last sample comes its first.

    Args:
        x: (N,) candidate.
        y: (N,) measured signal.
        weight: λ ≥ 0.

    Hint: `jnp.roll`.
    """
    raise NotImplementedError("TODO 1: energy")


def gradient(x: jax.Array, y: jax.Array, weight: float) -> jax.Array:
    """Equation (2): the (N,) gradient of `energy` with respect to x, by hand and without `jax.grad`.

    Hint: each x[n] stands in two of the squared differences.
    """
    raise NotImplementedError("TODO 2: gradient")


def gradient_descent(gradient: Gradient, x: jax.Array, rate: float, steps: int) -> jax.Array:
    """Equation (3): x ← x − η ∇E(x), `steps` times.

    Args:
        gradient: ∇E, from (N,) to (N,).
        x: (N,) start.
        rate: η.
        steps: Number of steps.

    Returns:
        (steps + 1, N): the start, then x after each step.

    Hint: `jax.lax.scan` collects what its function returns second.
    """
    raise NotImplementedError("TODO 3: gradient_descent")


def best_rate(weight: float) -> float:
    """Equation (4): the rate η = 2/(μ + L) at which gradient descent on `energy` is fastest.

    μ and L are the smallest and the largest eigenvalue of its Hessian, for even N.

    Hint: the Hessian is a circular convolution, so its eigenvalues are its values at the frequencies.
    """
    raise NotImplementedError("TODO 4: best_rate")


def heavy_ball(gradient: Gradient, x: jax.Array, rate: float, inertia: float, steps: int) -> jax.Array:
    """Equation (5): x[k+1] = x[k] − η ∇E(x[k]) + β (x[k] − x[k−1]), with x[−1] = x[0].

    Args:
        gradient: ∇E, from (N,) to (N,).
        x: (N,) start.
        rate: η.
        inertia: β, in [0, 1).
        steps: Number of steps.

    Returns:
        (steps + 1, N), as of `gradient_descent`.
    """
    raise NotImplementedError("TODO 5: heavy_ball")


def adam(gradient: Gradient, x: jax.Array, rate: float, steps: int) -> jax.Array:
    """Equation (6): Adam, with β₁ = 0.9, β₂ = 0.999 and ε = 10⁻⁸, which is added outside of the root.

    Returns:
        (steps + 1, N), as of `gradient_descent`.

    Hint: scan over k = 1, 2, …, which the corrections 1 − βᵏ need.
    """
    raise NotImplementedError("TODO 6: adam")


def soft(v: jax.Array, threshold: float) -> jax.Array:
    """Equation (8): soft threshold, sign(v) max(|v| − t, 0): the minimiser of ½(u − v)² + t|u| over u."""
    raise NotImplementedError("TODO 7: soft")


def sparse_deconvolution(y: jax.Array, response: jax.Array, threshold: float, steps: int) -> jax.Array:
    """Equation (9): minimise ½‖h ∗ x − y‖² + t ‖details of W x‖₁ by proximal gradient steps (ISTA), from x = 0.

    Each step goes downhill on the first term with rate 1, then thresholds the wavelet details: `sym4`, five levels,
    mode "periodization", in which W is orthogonal; the approximation stays as it is.

    Args:
        y: (N,) blurred, noisy signal; N is a multiple of 32.
        response: (N/2 + 1,) transfer function of the blur, ĥ of `jnp.fft.rfft`, |ĥ| ≤ 1; it may be complex.
        threshold: t.
        steps: Number of steps.

    Returns:
        (N,) estimate.

    Hint: `sb.dwt(...)`, `.map(f, approx=False)`, `sb.idwt`. A convolution's adjoint has the conjugate response.
    """
    raise NotImplementedError("TODO 8: sparse_deconvolution")
