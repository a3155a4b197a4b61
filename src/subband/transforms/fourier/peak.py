"""Maximum of a correlation between its samples, by Newton's method on a trigonometric polynomial."""

from collections.abc import Sequence
from math import pi, prod

import numpy as np

from subband.arrays.concrete import detached
from subband.arrays.jit import repeat
from subband.arrays.namespace import Array, namespace
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
    d = start.shape[-1]
    inverse = constant(np.zeros(d) if widths is None else np.asarray(widths) ** -2.0, start)
    fixed = detached(R)
    s = repeat(lambda s: s + _newton_step(fixed, s, inverse), STEPS - DIFFERENTIATED, start)
    s = repeat(lambda s: s + _newton_step(R, s, inverse), DIFFERENTIATED, s)
    value = _correlation(R, s)[0]
    if widths is not None:
        xp = namespace(s)
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


def _newton_step(R: Array, s: Array, inverse: Array) -> Array:
    """Newton step for the maximum of ln ρ, which, unlike ρ, is concave over the whole main lobe of a sinc.

    Args:
        R: (batch, n₁, …, n_d).
        s: (batch, d).
        inverse: (d,) 1/σ² of the Gaussian, 0 without one.
    """
    xp = namespace(R)
    d = s.shape[-1]
    value, slope, curvature = _correlation(R, s)
    eps = xp.finfo(value.dtype).eps
    value = xp.clip(value, min=eps)[:, None]
    g = slope / value
    identity = constant(np.eye(d), value)
    negative_hessian = g[..., :, None] * g[..., None, :] - curvature / value[..., None] - inverse * identity
    # Regularised for constant signals, whose gradient and Hessian are zero: the step is then zero.
    regularised = negative_hessian + eps * identity
    gradient = (g + s * inverse)[..., None]
    return xp.clip(xp.linalg.solve(regularised, gradient)[..., 0], min=-0.5, max=0.5)
