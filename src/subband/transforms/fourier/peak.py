"""Maximum of a correlation between its samples, by Newton's method on a trigonometric polynomial."""

from collections.abc import Sequence
from functools import partial
from math import pi, prod

import numpy as np

from subband.arrays.concrete import detached
from subband.arrays.jit import repeat
from subband.arrays.namespace import Array, library, namespace
from subband.transforms.fourier.inputs import constant, frequencies

STEPS, DIFFERENTIATED = 6, 2
"""Newton steps from the best integer shift, and those of them that are differentiated.

Five converge to rounding error from half a sample away. One differentiated step at the maximum has the first
derivatives of the maximum, two have those up to the third."""


def maximum(R: Array, start: Array, widths: Sequence[float] | None = None) -> tuple[Array, Array]:
    """Maximum of ρ(s) = Re Σₖ R[k] exp(2πi k·s/N) / g(s) near `start`, for each item.

    Args:
        R: (batch, n₁, …, n_d) coefficients.
        start: (batch, d) shifts within half a sample of the maximum.
        widths: Standard deviations σ of a Gaussian g(s) = exp(−Σ s²/2σ²), by which the samples of ρ were
            multiplied; None for g = 1.

    Returns:
        (batch, d) shifts and (batch,) values, differentiable in R (implicit function theorem).
    """
    xp, d = namespace(start), start.shape[-1]
    inverse = constant(np.zeros(d) if widths is None else np.asarray(widths) ** -2.0, start)

    def step(R: Array, found: Array) -> Array:
        """(batch, d + 1): s one step further, and r(s) of before, which is that at the maximum once s is."""
        s = found[:, :d]
        value, slope, curvature = _correlation(R, s)
        s = s + _newton_step(value, slope, curvature, s, inverse)
        return xp.concat([s, value[:, None]], axis=-1)

    found = xp.concat([start, xp.zeros_like(start[:, :1])], axis=-1)
    # To compile a loop takes JAX as long as a step, so there all steps are one loop, and differentiated.
    undifferentiated = 0 if library(R) == "jax" else STEPS - DIFFERENTIATED
    found = repeat(partial(step, detached(R)), undifferentiated, found)
    found = repeat(partial(step, R), STEPS - undifferentiated, found)
    s, value = found[:, :d], found[:, d]
    if widths is not None:
        value = value * xp.exp(xp.sum(s * s * inverse, axis=-1) / 2)
    return s, value


def best_sample(correlation: Array) -> Array:
    """(batch, d) integer shift of the maximal sample of each item of (batch, n₁, …, n_d), wrapped to −N/2 … N/2."""
    xp = namespace(correlation)
    size = correlation.shape[1:]
    flat_index = xp.argmax(xp.reshape(correlation, (correlation.shape[0], prod(size))), axis=-1)
    indices = []
    for n in reversed(size):
        index = xp.remainder(flat_index, n)
        flat_index = xp.floor_divide(flat_index, n)
        indices.append(xp.where(2 * index >= n, index - n, index))
    return xp.stack(indices[::-1], axis=-1)


def contract(x: Array, bases: Sequence[Array]) -> Array:
    """(batch, n₁, …, n_d) → (batch, m₁, …, m_d): products with (batch, n, m) along each axis."""
    xp = namespace(x)
    batch = x.shape[0]
    for basis in reversed(bases):
        # Contract the last axis, and prepend the new one.
        n = int(basis.shape[1])
        x = xp.matmul(xp.reshape(x, (batch, prod(x.shape[1:]) // n, n)), basis)
        x = xp.matrix_transpose(x)
    return xp.reshape(x, (batch, *(int(basis.shape[2]) for basis in bases)))


def _correlation(R: Array, s: Array) -> tuple[Array, Array, Array]:
    """r(s) = Re Σ R[k] exp(2πi k·s/N) at one s per item, with its gradient and Hessian.

    Args:
        R: (batch, n₁, …, n_d).
        s: (batch, d).

    Returns:
        (batch,), (batch, d) and (batch, d, d).
    """
    xp = namespace(R)
    size, d = R.shape[1:], s.shape[-1]
    bases = []
    for axis, n in enumerate(size):
        k = constant(2 * pi / n * frequencies(int(n), False), s)
        wave = xp.exp(1j * xp.astype(k * s[:, axis : axis + 1], R.dtype))
        ik = 1j * xp.astype(k, R.dtype)
        bases.append(xp.stack([wave, ik * wave, ik * ik * wave], axis=-1))
    moments = xp.real(contract(R, bases))

    def derivative(*axes: int) -> Array:
        return moments[(slice(None), *(axes.count(axis) for axis in range(d)))]

    slope = xp.stack([derivative(i) for i in range(d)], axis=-1)
    rows = [xp.stack([derivative(i, j) for j in range(d)], axis=-1) for i in range(d)]
    return derivative(), slope, xp.stack(rows, axis=-2)


def _newton_step(value: Array, slope: Array, curvature: Array, s: Array, inverse: Array) -> Array:
    """Newton step for the maximum of ln ρ, which, unlike ρ, is concave over the whole main lobe of a sinc.

    Args:
        value, slope, curvature: r, its gradient and its Hessian: (batch,), (batch, d) and (batch, d, d).
        s: (batch, d).
        inverse: (d,) 1/σ² of the Gaussian, 0 without one.
    """
    xp, d = namespace(value), s.shape[-1]
    eps = xp.finfo(value.dtype).eps
    value = xp.clip(value, min=eps)[:, None]
    g = slope / value
    identity = constant(np.eye(d), value)
    negative_hessian = g[..., :, None] * g[..., None, :] - curvature / value[..., None] - inverse * identity
    # Regularised for constant signals, whose gradient and Hessian are zero: the step is then zero.
    regularised = negative_hessian + eps * identity
    gradient = (g + s * inverse)[..., None]
    return xp.clip(_solved(regularised, gradient), min=-0.5, max=0.5)


def _solved(matrix: Array, vector: Array) -> Array:
    """(batch, d) solution of (batch, d, d) equations; up to d = 2 by Cramer's rule, which compiles in no time."""
    xp, d = namespace(matrix), vector.shape[-2]
    if d > 2:
        return xp.linalg.solve(matrix, vector)[..., 0]
    b = vector[..., 0]
    if d == 1:
        return b / matrix[..., 0]
    p, q, r, s = matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 1, 0], matrix[:, 1, 1]
    determinant = p * s - q * r
    return xp.stack([s * b[:, 0] - q * b[:, 1], p * b[:, 1] - r * b[:, 0]], axis=-1) / determinant[:, None]
