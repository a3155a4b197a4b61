"""Image registration by shift, rotation and scale: the Fourier–Mellin method (Reddy & Chatterji 1996)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import log, pi
from typing import Any, final

import numpy as np

from subband.arrays.axes import count_axes
from subband.arrays.compilers import static
from subband.arrays.fft import for_any_batch
from subband.arrays.jit import one_program, opaque
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, library, namespace
from subband.arrays.pytree import pytree
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import as_wide_signal, complex_dtype, constant, items
from subband.transforms.fourier.overlap import LEAST, by_missing, plain_overlap, read_masks
from subband.transforms.fourier.phase_correlation import phase_correlation
from subband.transforms.fourier.resample import grid, interpolate
from subband.transforms.fourier.tapering import Name, plain_window, tapered, weights

LOWEST, HIGHEST = 0.04, 0.45
"""Range of radii, in cycles per sample, of the log-polar spectra; fewer bins below, mostly noise above."""

WHOLLY = 0.99
"""Least interpolated validity, of 1 for valid samples and 0 for others, of a sample that counts as valid."""


@final
@pytree("shift", "angle", "scale", "peak")
@dataclass(frozen=True, eq=False)
class Registration:
    """Similarity transform from `a` to `b`: scale about the centre, then rotation, then shift.

    Returned by `register_images`. A pytree of four arrays.

    Attributes:
        shift: (*batch, 2) Shift in samples along the row and the column axis.
        angle: (*batch,) Angle in radians, −π … π, counter-clockwise with the row axis downwards, as in `rotate`.
        scale: (*batch,) Scale factor, above 1 if `b` is magnified.
        peak: (*batch,) Phase correlation at the shift after inverting rotation and scale, at most 1.

    See also: `Displacement`.
    """

    shift: Array
    angle: Array
    scale: Array
    peak: Array


@labelled
def register_images(
    a: Array,
    b: Array,
    axes: Sequence[int] = (-2, -1),
    *,
    window: Any = "hann",
    mask: Any = None,
    moving_mask: Any = None,
    overlap: float | None = None,
) -> Registration:
    """Shift, rotation angle and scale from `a` to `b`, for each pair of the batch.

    The modulus of the spectrum is invariant to shifts; in log-polar coordinates, rotation and scale are shifts of
    it, found by phase correlation. The modulus is invariant to a rotation by π, so both angles are tested and the
    one with the larger peak is returned. Images should overlap by one half.

    With missing samples, the shift and the peak are those of a masked correlation, as in `phase_correlation`. The
    spectra are those of images with the mean in place of missing samples, so holes should be few or small.

    Args:
        a, b: (…) real arrays of the same library and shape. NaN are missing samples.
        axes: The two axes of the images, rows first; all others are the batch.
        window: Name of a window, or (name, parameter), as in `subband.window`, along both axes; None for
            periodic images.
        mask, moving_mask, overlap: As in `phase_correlation`, for `a` and for `b`.

    Returns:
        The registration: `.shift` (*batch, 2) in samples, `.angle` (*batch,) in radians, `.scale` (*batch,) and
        `.peak` (*batch,).

    Raises:
        InvalidInput: complex images, different shapes or libraries, empty or missing axis, or not two axes;
            otherwise as `phase_correlation`.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> a = np.random.default_rng(0).standard_normal((64, 64))
        >>> found = sb.register_images(a, np.roll(a, (3, -2), axis=(0, 1)))
        >>> found.shift.round(1).tolist()
        [3.0, -2.0]

    Source: B. S. Reddy, B. N. Chatterji, An FFT-based technique for translation, rotation, and scale-invariant
    image registration, IEEE Trans. Image Processing 5(8), 1996.

    See also: `phase_correlation`, `rotate`, `shift`.
    """
    dtype = as_signal(a, "a").dtype
    a, b = as_wide_signal(a, "a"), as_wide_signal(b, "b")
    xp = namespace(a)
    if library(a) != library(b) or tuple(a.shape) != tuple(b.shape):
        raise InvalidInput(
            f"can't register {library(a)} of shape {tuple(a.shape)} with {library(b)} of shape {tuple(b.shape)}: "
            "give two arrays of one library and shape"
        )
    if not xp.isdtype(a.dtype, "real floating") or not xp.isdtype(b.dtype, "real floating"):
        raise InvalidInput("can't register complex images: give real ones, e.g. their modulus")
    counted = count_axes(axes, a.shape)
    if len(counted) != 2:
        raise InvalidInput(f"axes={axes} are {len(counted)} axes: an image has two, e.g. axes=(-2, -1)")
    batch = tuple(n for axis, n in enumerate(a.shape) if axis not in counted)
    size = tuple(a.shape[axis] for axis in counted)
    find = partial(_register, window=plain_window(window, size), overlap=plain_overlap(overlap, LEAST))
    if mask is None and moving_mask is None:
        a, b = (items(x, counted) for x in (a, b))
        found = by_missing(a, b, (1, 2), find, find)
    else:
        found = find(*(items(x, counted) for x in (a, b, *read_masks(mask, moving_mask, a, b))))
    shift, *others = found
    values = (xp.reshape(shift, (*batch, 2)), *(xp.reshape(v, batch) for v in others))
    return Registration(*(xp.astype(v, dtype) for v in values))


@one_program
def _register(a: Array, b: Array, *valid: Array, window: Name, overlap: float) -> tuple[Array, ...]:
    """(batch, h, w) images, with their masks or without → (batch, 2) shifts, (batch,) angles, scales and peaks."""
    xp, batch, size = namespace(a), a.shape[0], tuple(int(n) for n in a.shape[1:])
    valid = tuple(known & ~xp.isnan(x) for known, x in zip(valid, (a, b), strict=False))
    if valid:
        a, b = (_filled(x, known) for x, known in zip((a, b), valid, strict=True))
    angles, radii = 2 * max(size), max(size)
    polar = _log_polar(xp.concat([a, b], axis=0), angles, radii, window)
    found = phase_correlation(polar[:batch, ...], polar[batch:, ...], axes=(1, 2)).shift
    angle = found[:, 0] * (pi / angles)
    scale = xp.exp(-found[:, 1] * (log(HIGHEST / LOWEST) / radii))
    # Both candidates: the angle, and the angle + π.
    both = xp.concat([angle, angle + pi], axis=0), xp.concat([scale, scale], axis=0)
    a, b, *seen = (xp.concat([each, each], axis=0) for each in (a, b, *valid))
    aligned = _invert(b, *both)
    if seen:
        inside = _invert(xp.astype(seen[1], b.dtype), *both, periodic=False) > WHOLLY
        candidates = phase_correlation(
            a, aligned, axes=(1, 2), mask=seen[0], moving_mask=inside, overlap=overlap
        )
    else:
        candidates = phase_correlation(a, aligned, axes=(1, 2), window=window)
    flipped = candidates.peak[batch:] > candidates.peak[:batch]
    angle = xp.where(flipped, xp.where(angle > 0, angle - pi, angle + pi), angle)
    moved = xp.where(flipped[:, None], candidates.shift[batch:, :], candidates.shift[:batch, :])
    rows, columns = _rotate(moved[:, 0], moved[:, 1], angle)
    shift = xp.stack([scale * rows, scale * columns], axis=-1)
    return shift, angle, scale, xp.where(flipped, candidates.peak[batch:], candidates.peak[:batch])


def _filled(x: Array, valid: Array) -> Array:
    """(batch, h, w) images with the mean of the valid samples in place of the others."""
    xp = namespace(x)
    x = xp.where(valid, x, xp.zeros_like(x))
    x, unit = (x / power_of_two(x, (1, 2)), power_of_two(x, (1, 2)))
    count = xp.clip(xp.sum(xp.astype(valid, x.dtype), axis=(1, 2), keepdims=True), min=1.0)
    return unit * xp.where(valid, x, xp.sum(x, axis=(1, 2), keepdims=True) / count)


def _log_polar(x: Array, angles: int, radii: int, window: Name) -> Array:
    """(batch, h, w) → (batch, angles, radii): log modulus of the spectrum over angles 0 … π and over ln radius."""
    xp = namespace(x)
    h, w = x.shape[1:]
    windowed = tapered(x, constant(weights(window, (int(h), int(w))), x)[None, ...], (1, 2))
    # Normalised, since the logarithm below is not invariant to the images' amplitude.
    largest = xp.max(xp.abs(windowed), axis=(1, 2), keepdims=True)
    windowed = xp.astype(windowed / xp.where(largest > 0, largest, xp.ones_like(largest)), complex_dtype(x))
    spectrum = xp.fft.fftshift(for_any_batch(xp.fft.fftn)(windowed, axes=(1, 2)), axes=(1, 2))
    modulus = xp.log1p(xp.sqrt(xp.real(spectrum) ** 2 + xp.imag(spectrum) ** 2 + 1e-12))
    radius, sin, cos = (opaque(constant(table, x)) for table in _polar_axes(angles, radii))
    rows, columns = h // 2 - h * radius * sin, w // 2 + w * radius * cos
    polar = interpolate(modulus, rows[None, ...], columns[None, ...])
    # The radius is not periodic, so it is tapered at both ends.
    polar = polar - xp.mean(polar, axis=(1, 2), keepdims=True)
    return polar * constant(_hann_window(radii), x)


@static
def _polar_axes(angles: int, radii: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(radii,) cycles per sample, and the (angles, 1) sine and cosine of each angle."""
    angle = np.arange(angles)[:, None] * pi / angles
    return LOWEST * (HIGHEST / LOWEST) ** (np.arange(radii) / radii), np.sin(angle), np.cos(angle)


@static
def _hann_window(n: int) -> np.ndarray:
    return np.sin(pi * (np.arange(n) + 0.5) / n) ** 2


def _invert(b: Array, angle: Array, scale: Array, *, periodic: bool = True) -> Array:
    """Rotation by −angle and scaling by 1 / scale, about the centre; 0 beyond the edges, or periodic."""
    h, w = b.shape[1:]
    down, across = grid(b, h, w)
    rows, columns = _rotate(down, across, angle[:, None, None])
    scale = scale[:, None, None]
    rows, columns = scale * rows + (h - 1) / 2, scale * columns + (w - 1) / 2
    found = interpolate(b, rows, columns)
    if periodic:
        return found
    xp = namespace(b)
    inside = (rows >= 0) & (rows <= h - 1) & (columns >= 0) & (columns <= w - 1)
    return xp.where(inside, found, xp.zeros_like(found))


def _rotate(rows: Array, columns: Array, angle: Array) -> tuple[Array, Array]:
    """Counter-clockwise rotation of coordinates about the centre, with the row axis downwards."""
    xp = namespace(angle)
    cos, sin = xp.cos(angle), xp.sin(angle)
    return cos * rows - sin * columns, sin * rows + cos * columns
