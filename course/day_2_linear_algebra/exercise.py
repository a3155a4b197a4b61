"""Day 2, linear algebra: bases, singular values, and what noise does to small ones.

Write each function in place of its `raise`, in order; `pytest course/day_2_linear_algebra` says how far you are.
`jnp.linalg.svd` and `jnp.linalg.norm` are yours to use; `lstsq`, `pinv`, `cond`, `solve` and `inv` are not.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp


def haar_matrix(size: int) -> jax.Array:
    """Equation (1): the (size, size) orthogonal matrix whose product with a signal is its Haar transform.

    Rows from coarse to fine: the mean, then the details of the coarsest level, …, of the finest. Each pair (a, b)
    gives the mean (a + b)/√2 and the detail (a − b)/√2; the means are paired again.

    Args:
        size: A power of two.

    Hint: `jnp.kron`, and a call of itself for half of the size.
    """
    raise NotImplementedError("TODO 1: haar_matrix")


def vandermonde(t: jax.Array, degree: int) -> jax.Array:
    """Equation (2): the (N, degree + 1) matrix of the powers t⁰, t¹, …, of the (N,) times `t`."""
    raise NotImplementedError("TODO 2: vandermonde")


def least_squares(matrix: jax.Array, b: jax.Array) -> jax.Array:
    """Equation (3): the x of least norm among those that minimise ‖A x − b‖², by the singular value decomposition.

    Args:
        matrix: (N, M) A, of any rank.
        b: (N,).

    Returns:
        (M,) A⁺ b. A singular value below 10⁻¹² of the largest counts as zero.

    Hint: `full_matrices=False`. Dividing by zero and choosing afterwards leaves NaN in gradients; choose before.
    """
    raise NotImplementedError("TODO 3: least_squares")


def condition_number(matrix: jax.Array) -> jax.Array:
    """Equation (4): the largest over the smallest singular value, a scalar: how much relative errors can grow."""
    raise NotImplementedError("TODO 4: condition_number")


def ridge(matrix: jax.Array, b: jax.Array, weight: float) -> jax.Array:
    """Equation (5): the minimiser of ‖A x − b‖² + λ‖x‖², by filtering the singular values.

    Args:
        matrix: (N, M) A.
        b: (N,).
        weight: λ > 0.

    Returns:
        (M,): Σₖ s[k]/(s[k]² + λ) · ⟨u[k], b⟩ v[k].
    """
    raise NotImplementedError("TODO 5: ridge")


def cross_validation(matrix: jax.Array, b: jax.Array, weights: jax.Array) -> jax.Array:
    """Equation (6): generalised cross-validation of `ridge`, G(λ) = N ‖A x(λ) − b‖² / (N − Σₖ f[k])².

    Args:
        matrix: (N, M) A, N ≥ M.
        b: (N,).
        weights: (K,) candidates for λ.

    Returns:
        (K,) scores; the smallest belongs to the best λ, found without knowledge of the noise.

    Hint: f[k] = s[k]²/(s[k]² + λ). One decomposition serves all λ; `jax.vmap`.
    """
    raise NotImplementedError("TODO 6: cross_validation")


def low_rank(image: jax.Array, rank: int) -> jax.Array:
    """Equation (7): the (H, W) matrix of the given rank that is nearest to `image` (Eckart and Young)."""
    raise NotImplementedError("TODO 7: low_rank")


def operator_norm(operator: Callable[[jax.Array], jax.Array], x: jax.Array, steps: int) -> jax.Array:
    """Equation (8): the largest singular value of a linear function, without its matrix, by power iteration.

    Args:
        operator: A linear function of (N,) to an array of any shape, such as a wavelet transform.
        x: (N,) start, which isn't orthogonal to the answer.
        steps: Number of products with AᵀA.

    Returns:
        A scalar, ‖A v‖ for the unit vector v that the steps end at.

    Hint: `_, transpose = jax.vjp(operator, x)`; the gradient of a linear function is its adjoint.
    """
    raise NotImplementedError("TODO 8: operator_norm")
