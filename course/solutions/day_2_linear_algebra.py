"""Solution of day 2: see `course/day_2_linear_algebra/exercise.py` for what each function is to do."""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def haar_matrix(size: int) -> jax.Array:
    """Equation (1): the (size, size) orthogonal matrix whose product with a signal is its Haar transform."""
    if size == 1:
        return jnp.ones((1, 1))
    means = jnp.kron(haar_matrix(size // 2), jnp.array([[1.0, 1.0]]))
    details = jnp.kron(jnp.eye(size // 2), jnp.array([[1.0, -1.0]]))
    return jnp.concatenate([means, details]) / jnp.sqrt(2.0)


def vandermonde(t: jax.Array, degree: int) -> jax.Array:
    """Equation (2): the (N, degree + 1) matrix of the powers t⁰, t¹, …, of the (N,) times `t`."""
    return t[:, None] ** jnp.arange(degree + 1)


def least_squares(matrix: jax.Array, b: jax.Array) -> jax.Array:
    """Equation (3): the x of least norm among those that minimise ‖A x − b‖², by singular values."""
    u, s, vt = jnp.linalg.svd(matrix, full_matrices=False)
    kept = s > 1e-12 * s[0]
    return vt.T @ (jnp.where(kept, 1 / jnp.where(kept, s, 1), 0) * (u.T @ b))


def condition_number(matrix: jax.Array) -> jax.Array:
    """Equation (4): the largest over the smallest singular value, a scalar: how much relative errors can grow."""
    s = jnp.linalg.svd(matrix, compute_uv=False)
    return s[0] / s[-1]


def ridge(matrix: jax.Array, b: jax.Array, weight: float) -> jax.Array:
    """Equation (5): the minimiser of ‖A x − b‖² + λ‖x‖², by filtering the singular values."""
    u, s, vt = jnp.linalg.svd(matrix, full_matrices=False)
    return vt.T @ (s / (s**2 + weight) * (u.T @ b))


def cross_validation(matrix: jax.Array, b: jax.Array, weights: jax.Array) -> jax.Array:
    """Equation (6): generalised cross-validation of `ridge`, G(λ) = N ‖A x(λ) − b‖² / (N − Σₖ f[k])²."""
    u, s, _ = jnp.linalg.svd(matrix, full_matrices=False)
    projected = u.T @ b
    outside = jnp.sum(b**2) - jnp.sum(projected**2)  # what no x can reach

    def score(weight):
        kept = s**2 / (s**2 + weight)
        residual = outside + jnp.sum(((1 - kept) * projected) ** 2)
        return len(b) * residual / (len(b) - jnp.sum(kept)) ** 2

    return jax.vmap(score)(weights)


def low_rank(image: jax.Array, rank: int) -> jax.Array:
    """Equation (7): the (H, W) matrix of the given rank that is nearest to `image` (Eckart and Young)."""
    u, s, vt = jnp.linalg.svd(image, full_matrices=False)
    return (u[:, :rank] * s[:rank]) @ vt[:rank]


def operator_norm(operator: Callable[[jax.Array], jax.Array], x: jax.Array, steps: int) -> jax.Array:
    """Equation (8): the largest singular value of a linear function, without its matrix, by power iteration."""
    _, transpose = jax.vjp(operator, x)

    def step(_, v):
        (v,) = transpose(operator(v))
        return v / jnp.linalg.norm(v)

    v = jax.lax.fori_loop(0, steps, step, x / jnp.linalg.norm(x))
    return jnp.sqrt(jnp.sum(operator(v) ** 2))
