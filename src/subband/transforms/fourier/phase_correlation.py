"""Sub-sample displacement between two signals by phase correlation (Kuglin & Hines 1975)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, number
from subband.arrays.axes import count_axes, plain_axes
from subband.arrays.concrete import detached
from subband.arrays.fft import for_any_batch
from subband.arrays.jit import one_program, repeat
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, device_of, library, namespace
from subband.arrays.pytree import pytree
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import (
    as_wide_signal,
    complex_dtype,
    constant,
    real_dtype,
    unit_items,
)
from subband.transforms.fourier.masked_correlation import masked_maximum
from subband.transforms.fourier.overlap import LEAST, by_missing, plain_overlap, read_masks, resolve
from subband.transforms.fourier.peak import best_sample, maximum
from subband.transforms.fourier.tapering import Name, following, plain_window, tapered

WRAPS = ("nearest", "resolve")
PASSES = 3
"""Estimates through a window, each moved by the one before; they leave a tenth of the error, or less."""

LEAST_RESOLVED = 0.05
"""Default overlap of the shifts that are equal modulo the period, as a share of all samples."""


@final
@pytree("shift", "peak")
@dataclass(frozen=True, eq=False)
class Displacement:
    """Displacement of `b` relative to `a`, returned by `phase_correlation`; a pytree of two arrays.

    Attributes:
        shift: (*batch, d) Shift in samples along each axis, with b = subband.shift(a, shift, axes); (*batch,) if
            `axes` is a single integer.
        peak: (*batch,) Correlation at that shift: 1 if `b` is a shifted `a`, about 0 for unrelated signals.

    See also: `Registration`.
    """

    shift: Array
    peak: Array


@labelled
def phase_correlation(
    a: Array,
    b: Array,
    axes: int | Sequence[int] = (-2, -1),
    *,
    floor: float = 0.1,
    window: Any = None,
    mask: Any = None,
    moving_mask: Any = None,
    overlap: float | None = None,
    wrap: str = "nearest",
) -> Displacement:
    """Sub-sample displacement of `b` relative to `a`, for each item of the batch.

    The shift s maximises r(s) = Re Σₖ w[k] A*[k] B[k] exp(2πi k·s/N), with weights w = 1 / √(|A*B|² + floor² m²),
    m² the mean of |A*B|², normalised to r ≤ 1. r is defined for real-valued s; from the best integer shift its
    maximum is found by Newton's method on ln r. Unlike closed forms (Foroosh, Zerubia & Berthod 2002) this does not
    assume signal at all frequencies, and unlike a refined grid (Guizar-Sicairos, Thurman & Fienup 2008) it is not
    limited by a step size. Gradients with respect to `a` and `b` are those of the maximum (implicit function
    theorem).

    Signals are assumed to be periodic. For others, such as crops of a larger image, give a `window`, which keeps
    their edges from being matched, and wrap="resolve" if they may have moved by more than half their size. The
    window follows the displacement: after a first estimate it covers what the two signals share, so that, unlike a
    window multiplied beforehand, it does not draw the estimate towards 0.

    Missing samples: with `mask`, `moving_mask`, or NaN in either signal, s instead maximises the correlation
    coefficient of a[n] and b[n + s] over those n for which both samples are valid (Padfield 2012), interpolated
    between integer shifts. There s is a displacement of signals that are not periodic, up to their whole size, and
    `floor` and `wrap` have no effect. It is accurate to some thousandths of a sample, or hundredths with many
    scattered gaps. For large displacements of photographs mask=True is the safest choice, missing samples or not.
    Items without NaN are not affected by items with NaN.

    Args:
        a, b: (…) real or complex arrays of the same library and shape. NaN are missing samples. Infinities are
            not: the item's results are then NaN.
        axes: The axes of the displacement, one or several; all others are the batch.
        floor: Regularisation of the weights relative to the root mean square cross-power. Small values weight all
            frequencies equally, large values give the ordinary cross-correlation.
        window: Name of a window, or (name, parameter), as in `subband.window`, along each of the axes; the mean
            under the window is subtracted before. With missing samples, fixed weights of both signals.
        mask: Booleans that broadcast to the shape of `a`, True where its samples are valid. NaN are invalid in any
            case. While a program is traced (`jax.jit`, `torch.compile`, `vmap`, JAX's `grad`), NaN are found only
            if a mask is given; mask=True is enough. Without it they make the item's results NaN there.
        moving_mask: The same for `b`; by default `mask`.
        overlap: Smallest overlap of a shift that is considered, relative to the largest of all shifts; by default
            0.3 with missing samples, and 0.05 for wrap="resolve".
        wrap: Shifts by s and by s − N are the same for periodic signals. "nearest": the shift in −N/2 … N/2.
            "resolve": of these shifts along each axis, in −N … N, the ones for which the samples that overlap
            without wrapping have the largest correlation coefficient.

    Returns:
        The displacement: `.shift` in samples, (*batch, d), or (*batch,) for an integer `axes`; `.peak` (*batch,),
        the maximum of r, or with missing samples of the correlation coefficient, 0 if nothing overlaps.

    Raises:
        InvalidInput: different shapes or libraries, empty or missing axis, floor not positive, overlap not between
            0 and 1, unknown window or wrap, or masks that are not Booleans or don't broadcast.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> a = np.random.default_rng(0).standard_normal((33, 33))
        >>> b = sb.shift(a, (1.25, -3.5), axes=(0, 1))
        >>> sb.phase_correlation(a, b).shift.round(6).tolist()
        [1.25, -3.5]
        >>> b = np.roll(a, (2, -3), axis=(0, 1))
        >>> b[10:16, 20:30] = np.nan
        >>> sb.phase_correlation(a, b).shift.round(1).tolist()
        [2.0, -3.0]

    Source: C. D. Kuglin, D. C. Hines, The phase correlation image alignment method, Proc. IEEE Int. Conf.
    Cybernetics and Society, 1975; D. Padfield, Masked object registration in the Fourier domain, IEEE Trans. Image
    Processing 21(5), 2012.

    See also: `shift`, `register_images`.
    """
    dtype = as_signal(a, "a").dtype
    a, b = as_wide_signal(a, "a"), as_wide_signal(b, "b")
    if library(a) != library(b) or tuple(a.shape) != tuple(b.shape):
        raise InvalidInput(
            f"can't compare {library(a)} of shape {tuple(a.shape)} with {library(b)} of shape {tuple(b.shape)}: "
            "give two arrays of one library and shape"
        )
    xp = namespace(a)
    common = xp.result_type(a.dtype, b.dtype)
    a, b = xp.astype(a, common, copy=False), xp.astype(b, common, copy=False)
    floor = number("floor", floor, "a positive number, e.g. 0.1", above=0)
    wrap = choice("wrap", wrap, WRAPS)
    axes = plain_axes(axes)
    counted = count_axes(axes, a.shape)
    batch = tuple(n for axis, n in enumerate(a.shape) if axis not in counted)
    size = tuple(int(a.shape[axis]) for axis in counted)
    window = plain_window(window, size)
    circular = partial(
        _maximum,
        axes=counted,
        floor=float(floor),
        window=window,
        overlap=plain_overlap(overlap, LEAST_RESOLVED) if wrap == "resolve" else None,
    )
    masked = partial(masked_maximum, axes=counted, window=window, overlap=plain_overlap(overlap, LEAST))
    if mask is None and moving_mask is None:
        s, value = by_missing(a, b, counted, circular, masked)
    else:
        s, value = masked(a, b, *read_masks(mask, moving_mask, a, b))
    real = dtype if xp.finfo(dtype).bits < 32 else real_dtype(a)
    shape = batch if isinstance(axes, int) else (*batch, len(size))
    return Displacement(xp.astype(xp.reshape(s, shape), real), xp.astype(xp.reshape(value, batch), real))


@one_program
def _maximum(
    a: Array,
    b: Array,
    *,
    axes: tuple[int, ...],
    floor: float,
    window: Name,
    overlap: float | None,
) -> tuple[Array, Array]:
    """Location of the maximal correlation, (batch, d) samples, and its value, (batch,).

    Args:
        a, b: (…) signals.
        axes: Axes of the displacement.
        floor: As in `phase_correlation`.
        window: A window's name and parameter, or None.
        overlap: The least overlap with which to resolve the period; None to leave the nearest shift.
    """
    xp, d = namespace(a), len(axes)
    a, b = (unit_items(x, axes) for x in (a, b))
    size = tuple(int(n) for n in a.shape[1:])
    inner = tuple(range(1, d + 1))

    def estimate(seen: Array | None) -> tuple[Array, Array, Array]:
        """Displacement, r, and with `overlap` the coefficient of the overlap, through windows at a displacement."""
        first, second = a, b
        if seen is not None:
            first, second = (
                tapered(x, following(window, seen, size, side), inner) for x, side in ((a, 1), (b, -1))
            )
        R = _cross_power(first, second, floor)
        samples = xp.real(for_any_batch(xp.fft.ifftn)(detached(R), axes=inner))
        s, value = maximum(R, xp.astype(best_sample(samples), samples.dtype))
        if overlap is None:
            return s, value, value
        s, rho = resolve(a, b, s, overlap)
        return s, value, rho

    def follow(found: Array) -> Array:
        s, value, *_ = estimate(found[:, :d])
        return xp.concat([s, value[:, None]], axis=-1)

    if window is None:
        s, value, _ = estimate(None)
        return s, value
    found = xp.zeros((a.shape[0], d + 1), dtype=real_dtype(a), **device_of(a))
    if overlap is not None:
        # Windows around the middles hide displacements by half the size or more; edges do so less.
        (near, _, rho), (far, _, rho_far) = estimate(found[:, :d]), estimate(None)
        found = xp.concat([xp.where((rho_far > rho)[:, None], far, near), found[:, d:]], axis=-1)
    found = repeat(follow, PASSES, found)
    return found[:, :d], found[:, d]


def _cross_power(a: Array, b: Array, floor: float) -> Array:
    """(batch, n₁, …, n_d) A* B, whitened by its regularised modulus; the sum of moduli is 1."""
    xp = namespace(a)
    inner = tuple(range(1, a.ndim))
    a, b = (xp.astype(x, complex_dtype(x)) for x in (a, b))
    A, B = (for_any_batch(xp.fft.fftn)(x, axes=inner, norm="forward") for x in (a, b))
    mask = _informative(xp.real(A), tuple(int(n) for n in a.shape[1:]))
    R = mask * (xp.conj(A) * B)
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
