"""Sub-sample shifts and rotations by Fourier interpolation."""

from collections.abc import Sequence
from math import pi
from typing import Any

import numpy as np

from subband.arrays.arguments import number, shown
from subband.arrays.axes import count_axes, plain_axes
from subband.arrays.labelled import labelled_alike
from subband.arrays.namespace import Array, as_signal, library, namespace
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import (
    as_wide_signal,
    complex_dtype,
    constant,
    frequencies,
    is_real,
    real_dtype,
)

Amount = Any
"""Shift in samples: a number, or an array that broadcasts to the batch; d of these, or (…, d), for d axes."""


@labelled_alike
def shift(x: Array, amount: Amount, axes: int | Sequence[int] = -1) -> Array:
    """Sub-sample shift of a periodic signal: y[n] = x[n − amount] by band-limited interpolation.

    ŷ[k] = x̂[k] exp(−2πi k·amount/N) for |k| < N/2. An integer amount is a roll. For even N the frequency N/2
    aliases with −N/2; it is split equally between both, the interpolant of least energy, and so multiplied by
    cos(π·amount): real signals remain real, and the map is linear and smooth in the amount. Therefore
    shift(shift(x, s), t) = shift(x, s + t) holds for odd N, or where x̂[N/2] = 0. No other real, continuous rule
    satisfies it for even N either: s = t = ½ takes that component through zero.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        amount: Shift in samples, towards higher indices. For one axis, a number or an array that broadcasts to the
            batch (all other axes, in order). For axes=(a₁, …, a_d), a tuple of d such amounts, or one array (…, d).
            Differentiable.
        axes: The axes to shift along, one or several.

    Returns:
        The shifted array, of the shape and dtype of `x`.

    Raises:
        InvalidInput: empty or missing axis, complex amounts, or amounts that don't fit the batch or the axes.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> n = np.arange(16)
        >>> y = sb.shift(np.cos(2 * np.pi * n / 8), 0.5)
        >>> bool(np.allclose(y, np.cos(2 * np.pi * (n - 0.5) / 8)))
        True

    See also: `rotate`, `phase_correlation`.
    """
    dtype = as_signal(x).dtype
    x = as_wide_signal(x)
    axes = plain_axes(axes)
    counted = count_axes(axes, x.shape)
    amounts = (amount,) if isinstance(axes, int) else per_axis(amount, len(counted), library(x))
    for axis, samples in zip(counted, amounts, strict=True):
        x = _shift_along(x, _over_batch(x, samples, counted), axis)
    return namespace(x).astype(x, dtype)


@labelled_alike
def rotate(x: Array, angle: float | Array, axes: Sequence[int] = (-2, -1)) -> Array:
    """Rotation of periodic images about their centre, as three shears by Fourier shifts.

    R(θ) = X(−tan θ/2) Y(sin θ) X(−tan θ/2). Square images are first rotated by the nearest multiple of π/2, others
    by that of π, without interpolation, so |θ| ≤ π/4 or π/2 for the shears. Images wrap around at their edges; pad
    with zeros where this matters.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX.
        angle: Angle in radians, counter-clockwise with the first axis downwards: π/2 is `numpy.rot90`. A number,
            or an array that broadcasts to the batch. Differentiable.
        axes: The two axes of the images, rows first.

    Returns:
        The rotated array, of the shape and dtype of `x`.

    Raises:
        InvalidInput: as `shift`, or if there are not two axes.
        UnsupportedArray: as `shift`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.arange(16.0).reshape(4, 4)
        >>> bool(np.allclose(sb.rotate(x, np.pi / 2), np.rot90(x)))
        True

    Source: M. Unser, P. Thévenaz, L. Yaroslavsky, Convolution-based interpolation for fast, high-quality rotation
    of images, IEEE Trans. Image Processing 4(10), 1995, eq. 3.

    See also: `shift`, `register_images`.
    """
    return _turned(x, angle, axes, transposed=False)


def rotate_adjoint(x: Array, angle: float | Array, axes: Sequence[int]) -> Array:
    """Rᵀ x, where R is `rotate` by this angle: the opposite shears, then the opposite quarter turns."""
    return _turned(x, angle, axes, transposed=True)


def _turned(x: Array, angle: float | Array, axes: Sequence[int], *, transposed: bool) -> Array:
    dtype = as_signal(x).dtype
    x = as_wide_signal(x)
    xp = namespace(x)
    counted = count_axes(axes, x.shape)
    if len(counted) != 2:
        raise InvalidInput(f"axes={axes} are {len(counted)} axes: an image has two, e.g. axes=(-2, -1)")
    x = xp.moveaxis(x, counted, (-2, -1))
    rows, columns = x.shape[-2:]
    angle = _over_batch(x, angle, (x.ndim - 2, x.ndim - 1), "angle")
    step = 1 if rows == columns else 2
    quarters = step * xp.round(angle / (step * pi / 2))
    angle = (angle - quarters * (pi / 2))[..., 0]
    sign = -1 if transposed else 1
    if not transposed:
        x = _quarter_turns(x, quarters)
    # R(θ) = X(−tan θ/2) Y(sin θ) X(−tan θ/2), eq. (3), with the row axis downwards.
    down, across = _offsets(x, rows), _offsets(x, columns)
    slant = sign * xp.sin(angle / 2) / xp.cos(angle / 2)
    x = shift(x, slant * down, -1)
    x = shift(x, -sign * xp.sin(angle) * across, -2)
    x = shift(x, slant * down, -1)
    if transposed:
        x = _quarter_turns(x, -quarters)
    return xp.astype(xp.moveaxis(x, (-2, -1), counted), dtype)


def _shift_along(x: Array, amount: Array, axis: int) -> Array:
    """Multiply the spectrum along one axis by exp(−2πi k s / N), which is cos(π s) at k = N/2."""
    xp = namespace(x)
    n = x.shape[axis]
    if 0 in x.shape:
        return x  # some FFTs reject an empty batch
    k = frequencies(int(n), is_real(x))
    along = [1] * x.ndim
    along[axis] = -1
    frequency = xp.reshape(constant(k, x), tuple(along))
    paired = xp.reshape(constant(2 * abs(k) != n, x), tuple(along))
    # Reduced modulo the period in units of samples and cycles, so that integer amounts are exact.
    near = amount - n * xp.round(amount / n)
    angle = xp.remainder(frequency * near, n) * (2 * pi / n)
    complex_ = complex_dtype(x)
    factor = xp.astype(xp.cos(angle), complex_) - 1j * xp.astype(paired * xp.sin(angle), complex_)
    if is_real(x):
        return xp.fft.irfft(xp.fft.rfft(x, axis=axis) * factor, n=n, axis=axis)
    return xp.fft.ifft(xp.fft.fft(x, axis=axis) * factor, axis=axis)


def _quarter_turns(x: Array, quarters: Array) -> Array:
    """Rotation of each image by its number of quarter turns."""
    xp = namespace(x)
    rotated = x
    for quarter in (1, 2, 3):
        if x.shape[-1] == x.shape[-2]:
            x = xp.flip(xp.matrix_transpose(x), axis=-2)
        elif quarter == 2:
            x = xp.flip(x, axis=(-2, -1))
        rotated = xp.where(xp.remainder(quarters, 4) == quarter, x, rotated)
    return rotated


def _offsets(x: Array, n: int) -> Array:
    """(n,) Coordinates of the samples relative to the centre."""
    return constant(np.arange(n) - (n - 1) / 2, x)


def per_axis(amount: Amount, count: int, of: str) -> Sequence[Amount]:
    """One amount per axis."""
    if isinstance(amount, list | tuple):
        amounts = amount
    else:
        amount = amount if hasattr(amount, "dtype") else np.asarray(number("amount", amount))
        last = amount.shape[-1] if amount.ndim else 0
        amounts = [amount[..., i] for i in range(last)] if last == count else ()
    if len(amounts) != count:
        given = f"{len(amount)}" if isinstance(amount, list | tuple) else f"shape {tuple(amount.shape)}"
        raise InvalidInput(
            f"amounts of {given} can't move {of} arrays along {count} axes: give {count} amounts, or an array "
            f"(…, {count})"
        )
    return amounts


def _over_batch(x: Array, amount: Amount, axes: tuple[int, ...], name: str = "amount") -> Array:
    """An amount as an array that broadcasts against `x`, with `axes` of length 1."""
    if isinstance(amount, list | tuple):
        amount = as_signal(amount, name)
    if not hasattr(amount, "dtype"):
        amount = constant(number(name, amount, "a finite number, or an array of these"), x)
    if isinstance(amount, np.generic):
        amount = np.asarray(amount)
    if not namespace(amount).isdtype(amount.dtype, ("real floating", "integral")):
        raise InvalidInput(f"{name}={shown(amount)} has dtype {amount.dtype}: give real numbers")
    if library(amount) == "numpy":
        amount = constant(amount, x)
    if library(amount) != library(x):
        raise InvalidInput(
            f"{name} of {library(amount)} can't move an array of {library(x)}: give numbers, a NumPy array, or "
            f"an array of {library(x)}"
        )
    batch = tuple(n for axis, n in enumerate(x.shape) if axis not in axes)
    shape = tuple(amount.shape)
    fits = len(shape) <= len(batch) and all(
        m in (1, n) for m, n in zip(reversed(shape), reversed(batch), strict=False)
    )
    if not fits:
        raise InvalidInput(
            f"{name} of shape {shape} don't broadcast to the batch {batch}: give one number, or one for each "
            "item, with axes of length 1 where they are shared"
        )
    lengths = iter((1,) * (len(batch) - len(shape)) + shape)
    amount = namespace(x).astype(amount, real_dtype(x))
    return namespace(x).reshape(amount, tuple(1 if axis in axes else next(lengths) for axis in range(x.ndim)))
