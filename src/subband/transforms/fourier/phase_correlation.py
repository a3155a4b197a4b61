"""How far one signal is moved against another: phase correlation (Kuglin & Hines 1975) between the samples."""

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
"""Newton steps from the best whole sample: five reach the last digit from half a sample away. One step from the
maximum has the maximum's first derivatives, two have its derivatives up to the third."""


@final
@pytree("shift", "peak")
@dataclass(frozen=True, eq=False)
class Displacement:
    """Where phase correlation found `b` against `a`; a pytree of two arrays.

    Attributes:
        shift: (*batch, d) Samples along each axis, between −N/2 and N/2, such that b = subband.shift(a, shift,
            axes); (*batch,) where `axes` is one number.
        peak: (*batch,) Height of the correlation there: 1 where `b` is `a` moved, about 0 for unrelated signals.
    """

    shift: Array
    peak: Array


def phase_correlation(
    a: Array, b: Array, axes: int | Sequence[int] = (-2, -1), *, floor: float = 0.1
) -> Displacement:
    """How far `b` is moved against `a`, for each item of the batch, to a fraction of a sample.

    The cross-power spectrum, each frequency brought to about equal weight, is the Fourier series of a correlation
    that is defined between the samples too; its maximum is found by Newton's method on its logarithm, from the
    best whole sample on. Closed forms for the fraction (Foroosh, Zerubia & Berthod 2002) suppose that every
    frequency carries signal; the maximum of the series is where the signal moved to whatever the weights, and
    Newton's method finds it to the last digit where a refined grid (Guizar-Sicairos, Thurman & Fienup 2008) has
    a step. Gradients of the shift in `a` and `b` are those of the maximum (implicit function theorem).

    Signals are periodic. Where they are not, e.g. crops of a larger image, multiply both by a window first.

    Args:
        a, b: (…) real or complex arrays of one library and shape.
        axes: The axes to look along, one or several; all others are the batch.
        floor: Cross-power, as a fraction of its root mean square, below which a frequency counts less; small
            values trust weak frequencies, large ones make this a plain cross-correlation.

    Returns:
        The displacement: `.shift` and `.peak`.

    Raises:
        InvalidInput: unequal shapes or libraries, empty or missing axis, or floor not positive.
        UnsupportedArray: an array of another library or of a dtype that can't be transformed.
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
    found = batch if isinstance(axes, int) else (*batch, len(size))
    return Displacement(xp.astype(xp.reshape(s, found), real), xp.astype(xp.reshape(value, batch), real))


@one_program
def _maximum(a: Array, b: Array, *, axes: tuple[int, ...], floor: float) -> tuple[Array, Array]:
    """Where the correlation is highest, (batch, d) samples, and its height (batch,)."""
    size = tuple(a.shape[axis] for axis in axes)
    R = _cross_power(a, b, axes, size, floor)
    still = detached(R)
    s = repeat(lambda s: _nearer(still, s), STEPS - DIFFERENTIATED, _best_sample(still))
    s = repeat(lambda s: _nearer(R, s), DIFFERENTIATED, s)
    value, *_ = _correlation(R, s)
    return s, value


def _nearer(R: Array, s: Array) -> Array:
    return s + _newton_step(*_correlation(R, s))


def _cross_power(a: Array, b: Array, axes: tuple[int, ...], size: tuple[int, ...], floor: float) -> Array:
    """(batch, n₁, …, n_d) A* B, flattened by its modulus, of total weight 1."""
    xp = namespace(a)
    last = tuple(range(a.ndim - len(axes), a.ndim))
    a, b = (xp.astype(xp.moveaxis(x, axes, last), complex_dtype(x)) for x in (a, b))
    # The squares of squares below span four times the range of the signals: only shares of the largest are taken.
    a, b = (x / xp.astype(power_of_two(x, last), x.dtype) for x in (a, b))
    A, B = (for_any_batch(xp.fft.fftn)(x, axes=last, norm="forward") for x in (a, b))
    telling = _telling(xp.real(A), size)
    R = telling * xp.reshape(xp.conj(A) * B, (prod(A.shape[: -len(size)]), *size))
    inner = tuple(range(1, R.ndim))
    R = R / xp.astype(power_of_two(R, inner), R.dtype)
    power = xp.real(R) ** 2 + xp.imag(R) ** 2
    mean = xp.mean(power, axis=inner, keepdims=True)
    # The largest power is 1 or more, or all are 0. The roots stay smooth where a frequency is empty, and a signal
    # of zeros is divided by a tiny number.
    tiny = float(xp.finfo(power.dtype).smallest_normal)
    weight = telling / xp.sqrt(power + floor**2 * mean + tiny)
    total = xp.sum(weight * xp.sqrt(power + tiny), axis=inner, keepdims=True) + tiny
    return R * xp.astype(weight / total, R.dtype)


def _telling(like: Array, size: tuple[int, ...]) -> Array:
    """(n₁, …, n_d) 0 at frequencies that tell nothing: the mean, and N/2, where left and right look alike."""
    keep = np.ones(size)
    keep[(0,) * len(size)] = 0
    for axis, n in enumerate(size):
        if n % 2 == 0:
            keep[(slice(None),) * axis + (n // 2,)] = 0
    return constant(keep, like)


def _best_sample(R: Array) -> Array:
    """(batch, d) The whole samples where the correlation is highest, each item's own, wrapped to −N/2 … N/2."""
    xp = namespace(R)
    size = R.shape[1:]
    correlation = xp.real(for_any_batch(xp.fft.ifftn)(R, axes=tuple(range(1, R.ndim))))
    place = xp.argmax(xp.reshape(correlation, (R.shape[0], prod(size))), axis=-1)
    indices = []
    for n in reversed(size):
        index = xp.remainder(place, n)
        place = xp.floor_divide(place, n)
        indices.append(xp.where(2 * index >= n, index - n, index))
    return xp.astype(xp.stack(indices[::-1], axis=-1), correlation.dtype)


def _correlation(R: Array, s: Array) -> tuple[Array, Array, Array]:
    """r(s) = Re Σ R[k] exp(2πi k·s/N) at one place of each item, with its gradient and Hessian.

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
        # Each axis is summed with e, e' and e'', and leaves an axis of three in front.
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
    """A step to the maximum of ln r, which is concave over all of the main lobe of a sinc, r is not."""
    xp = namespace(value)
    d = slope.shape[-1]
    machine = xp.finfo(value.dtype).eps
    value = xp.clip(value, min=machine)[:, None]
    g = slope / value
    bend = g[..., :, None] * g[..., None, :] - curvature / value[..., None]
    # A signal without features has no curvature, and then no slope: it stays where it is.
    steadied = bend + machine * constant(np.eye(d), bend)
    return xp.clip(xp.linalg.solve(steadied, g[..., None])[..., 0], min=-0.5, max=0.5)
