"""Sub-sample displacement between two signals by phase correlation (Kuglin & Hines 1975)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, prod
from typing import final

import numpy as np

from subband.arrays.arguments import number
from subband.arrays.axes import count_axes, plain_axes
from subband.arrays.concrete import detached
from subband.arrays.fft import for_any_batch
from subband.arrays.jit import one_program, repeat
from subband.arrays.namespace import Array, as_signal, library, namespace
from subband.arrays.pytree import pytree
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import as_wide_signal, complex_dtype, constant, frequencies, real_dtype

STEPS, DIFFERENTIATED = 6, 2
"""Newton steps from the best integer shift, and those of them that are differentiated.

Five converge to rounding error from half a sample away. One differentiated step at the maximum has the first
derivatives of the maximum, two have those up to the third."""


@final
@pytree("shift", "peak")
@dataclass(frozen=True, eq=False)
class Displacement:
    """Displacement of `b` relative to `a`, returned by `phase_correlation`; a pytree of two arrays.

    Attributes:
        shift: (*batch, d) Shift in samples along each axis, in −N/2 … N/2, with b = subband.shift(a, shift, axes);
            (*batch,) if `axes` is a single integer.
        peak: (*batch,) Correlation at that shift: 1 if `b` is a shifted `a`, about 0 for unrelated signals.

    See also: `Registration`.
    """

    shift: Array
    peak: Array


def phase_correlation(
    a: Array, b: Array, axes: int | Sequence[int] = (-2, -1), *, floor: float = 0.1
) -> Displacement:
    """Sub-sample displacement of `b` relative to `a`, for each item of the batch.

    The shift s maximises r(s) = Re Σₖ w[k] A*[k] B[k] exp(2πi k·s/N), with weights w = 1 / √(|A*B|² + floor² m²),
    m² the mean of |A*B|², normalised to r ≤ 1. r is defined for real-valued s; from the best integer shift its
    maximum is found by Newton's method on ln r. Unlike closed forms (Foroosh, Zerubia & Berthod 2002) this does not
    assume signal at all frequencies, and unlike a refined grid (Guizar-Sicairos, Thurman & Fienup 2008) it is not
    limited by a step size. Gradients with respect to `a` and `b` are those of the maximum (implicit function
    theorem).

    Signals are assumed to be periodic. Multiply others, e.g. crops of a larger image, by a window first.

    Args:
        a, b: (…) real or complex arrays of the same library and shape.
        axes: The axes of the displacement, one or several; all others are the batch.
        floor: Regularisation of the weights relative to the root mean square cross-power. Small values weight all
            frequencies equally, large values give the ordinary cross-correlation.

    Returns:
        The displacement: `.shift` in samples, (*batch, d), or (*batch,) for an integer `axes`; `.peak` (*batch,).

    Raises:
        InvalidInput: different shapes or libraries, empty or missing axis, or floor not positive.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> a = np.random.default_rng(0).standard_normal((33, 33))
        >>> found = sb.phase_correlation(a, sb.shift(a, (1.25, -3.5), axes=(0, 1)))
        >>> found.shift.round(6).tolist()
        [1.25, -3.5]

    Source: C. D. Kuglin, D. C. Hines, The phase correlation image alignment method, Proc. IEEE Int. Conf.
    Cybernetics and Society, 1975.

    See also: `shift`, `register_images`.
    """
    dtype = as_signal(a).dtype
    a, b = as_wide_signal(a), as_wide_signal(b)
    if library(a) != library(b) or tuple(a.shape) != tuple(b.shape):
        raise InvalidInput(
            f"can't compare {library(a)} of shape {tuple(a.shape)} with {library(b)} of shape {tuple(b.shape)}: "
            "give two arrays of one library and shape"
        )
    floor = number("floor", floor, "a positive number, e.g. 0.1", above=0)
    axes = plain_axes(axes)
    counted = count_axes(axes, a.shape)
    batch = tuple(n for axis, n in enumerate(a.shape) if axis not in counted)
    size = tuple(a.shape[axis] for axis in counted)
    s, value = _maximum(a, b, axes=counted, floor=float(floor))
    xp = namespace(s)
    real = dtype if xp.finfo(dtype).bits < 32 else real_dtype(a)
    shape = batch if isinstance(axes, int) else (*batch, len(size))
    return Displacement(xp.astype(xp.reshape(s, shape), real), xp.astype(xp.reshape(value, batch), real))


@one_program
def _maximum(a: Array, b: Array, *, axes: tuple[int, ...], floor: float) -> tuple[Array, Array]:
    """Location of the maximal correlation, (batch, d) samples, and its value, (batch,)."""
    size = tuple(a.shape[axis] for axis in axes)
    R = _cross_power(a, b, axes, size, floor)
    R0 = detached(R)
    s = repeat(lambda s: _newton_update(R0, s), STEPS - DIFFERENTIATED, _best_sample(R0))
    s = repeat(lambda s: _newton_update(R, s), DIFFERENTIATED, s)
    value, *_ = _correlation(R, s)
    return s, value


def _newton_update(R: Array, s: Array) -> Array:
    return s + _newton_step(*_correlation(R, s))


def _cross_power(a: Array, b: Array, axes: tuple[int, ...], size: tuple[int, ...], floor: float) -> Array:
    """(batch, n₁, …, n_d) A* B, whitened by its regularised modulus; the sum of moduli is 1."""
    xp = namespace(a)
    last = tuple(range(a.ndim - len(axes), a.ndim))
    a, b = (xp.astype(xp.moveaxis(x, axes, last), complex_dtype(x)) for x in (a, b))
    # Scaled to unit magnitude, as the fourth powers below would overflow or underflow otherwise.
    a, b = (x / xp.astype(power_of_two(x, last), x.dtype) for x in (a, b))
    A, B = (for_any_batch(xp.fft.fftn)(x, axes=last, norm="forward") for x in (a, b))
    mask = _informative(xp.real(A), size)
    R = mask * xp.reshape(xp.conj(A) * B, (prod(A.shape[: -len(size)]), *size))
    inner = tuple(range(1, R.ndim))
    R = R / xp.astype(power_of_two(R, inner), R.dtype)
    power = xp.real(R) ** 2 + xp.imag(R) ** 2
    mean = xp.mean(power, axis=inner, keepdims=True)
    # The largest power is at least 1, or all are 0. `tiny` makes the roots differentiable at 0, and the division
    # well-defined for zero signals.
    tiny = float(xp.finfo(power.dtype).smallest_normal)
    weight = mask / xp.sqrt(power + floor**2 * mean + tiny)
    total = xp.sum(weight * xp.sqrt(power + tiny), axis=inner, keepdims=True) + tiny
    return R * xp.astype(weight / total, R.dtype)


def _informative(like: Array, size: tuple[int, ...]) -> Array:
    """(n₁, …, n_d) mask, 0 at the mean and at N/2, where the sign of a shift is ambiguous; 1 elsewhere."""
    mask = np.ones(size)
    mask[(0,) * len(size)] = 0
    for axis, n in enumerate(size):
        if n % 2 == 0:
            mask[(slice(None),) * axis + (n // 2,)] = 0
    return constant(mask, like)


def _best_sample(R: Array) -> Array:
    """(batch, d) integer shift of the maximal correlation of each item, wrapped to −N/2 … N/2."""
    xp = namespace(R)
    size = R.shape[1:]
    correlation = xp.real(for_any_batch(xp.fft.ifftn)(R, axes=tuple(range(1, R.ndim))))
    flat_index = xp.argmax(xp.reshape(correlation, (R.shape[0], prod(size))), axis=-1)
    indices = []
    for n in reversed(size):
        index = xp.remainder(flat_index, n)
        flat_index = xp.floor_divide(flat_index, n)
        indices.append(xp.where(2 * index >= n, index - n, index))
    return xp.astype(xp.stack(indices[::-1], axis=-1), correlation.dtype)


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
    moments = R
    for axis in reversed(range(d)):
        # Contract each axis with e, e' and e'', prepending an axis of length 3.
        n = size[axis]
        k = constant(2 * pi / n * frequencies(int(n), False), s)
        wave = xp.exp(1j * xp.astype(k * s[:, axis : axis + 1], R.dtype))
        ik = 1j * xp.astype(k, R.dtype)
        waves = xp.stack([wave, ik * wave, ik * ik * wave], axis=-1)
        moments = xp.matmul(xp.reshape(moments, (R.shape[0], prod(moments.shape[1:]) // n, n)), waves)
        moments = xp.matrix_transpose(moments)
    moments = xp.real(xp.reshape(moments, (R.shape[0],) + (3,) * d))

    def derivative(*axes: int) -> Array:
        return moments[(slice(None), *(axes.count(axis) for axis in range(d)))]

    slope = xp.stack([derivative(i) for i in range(d)], axis=-1)
    rows = [xp.stack([derivative(i, j) for j in range(d)], axis=-1) for i in range(d)]
    return derivative(), slope, xp.stack(rows, axis=-2)


def _newton_step(value: Array, slope: Array, curvature: Array) -> Array:
    """Newton step for the maximum of ln r, which, unlike r, is concave over the whole main lobe of a sinc."""
    xp = namespace(value)
    d = slope.shape[-1]
    eps = xp.finfo(value.dtype).eps
    value = xp.clip(value, min=eps)[:, None]
    g = slope / value
    negative_hessian = g[..., :, None] * g[..., None, :] - curvature / value[..., None]
    # Regularised for constant signals, whose gradient and Hessian are zero: the step is then zero.
    regularised = negative_hessian + eps * constant(np.eye(d), negative_hessian)
    return xp.clip(xp.linalg.solve(regularised, g[..., None])[..., 0], min=-0.5, max=0.5)
