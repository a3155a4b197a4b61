"""Image registration by shift, rotation and scale: the Fourier–Mellin method (Reddy & Chatterji 1996)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, pi, prod
from typing import final

import numpy as np

from subband.arrays.axes import count_axes
from subband.arrays.compilers import static
from subband.arrays.fft import for_any_batch
from subband.arrays.jit import one_program, opaque
from subband.arrays.namespace import Array, as_signal, library, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import as_wide_signal, complex_dtype, constant
from subband.transforms.fourier.phase_correlation import phase_correlation
from subband.transforms.fourier.resample import grid, interpolate

LOWEST, HIGHEST = 0.04, 0.45
"""Range of radii, in cycles per sample, of the log-polar spectra; fewer bins below, mostly noise above."""


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


def register_images(a: Array, b: Array, axes: Sequence[int] = (-2, -1)) -> Registration:
    """Shift, rotation angle and scale from `a` to `b`, for each pair of the batch.

    The modulus of the spectrum is invariant to shifts; in log-polar coordinates, rotation and scale are shifts of
    it, found by phase correlation. The modulus is invariant to a rotation by π, so both angles are tested and the
    one with the larger peak is returned. Images are multiplied by a Hann window, and should overlap by one half.

    Args:
        a, b: (…) real arrays of the same library and shape.
        axes: The two axes of the images, rows first; all others are the batch.

    Returns:
        The registration: `.shift` (*batch, 2) in samples, `.angle` (*batch,) in radians, `.scale` (*batch,) and
        `.peak` (*batch,).

    Raises:
        InvalidInput: complex images, different shapes or libraries, empty or missing axis, or not two axes.
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
    dtype = as_signal(a).dtype
    a, b = as_wide_signal(a), as_wide_signal(b)
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
    a, b = (xp.reshape(xp.moveaxis(x, counted, (-2, -1)), (prod(batch), *size)) for x in (a, b))

    shift, *others = _register(a, b)
    values = (xp.reshape(shift, (*batch, 2)), *(xp.reshape(v, batch) for v in others))
    return Registration(*(xp.astype(v, dtype) for v in values))


@one_program
def _register(a: Array, b: Array) -> tuple[Array, Array, Array, Array]:
    """(batch, h, w) images → (batch, 2) shifts, and (batch,) angles, scales and peaks."""
    xp, batch, size = namespace(a), a.shape[0], tuple(int(n) for n in a.shape[1:])
    angles, radii = 2 * max(size), max(size)
    polar = _log_polar(xp.concat([a, b], axis=0), angles, radii)
    found = phase_correlation(polar[:batch, ...], polar[batch:, ...], axes=(1, 2)).shift
    angle = found[:, 0] * (pi / angles)
    scale = xp.exp(-found[:, 1] * (log(HIGHEST / LOWEST) / radii))
    # Both candidates: the angle, and the angle + π.
    a, b, both_scales = (xp.concat([each, each], axis=0) for each in (a, b, scale))
    aligned = _invert(b, xp.concat([angle, angle + pi], axis=0), both_scales)
    candidates = phase_correlation(a * _hann(a), aligned * _hann(b), axes=(1, 2))
    flipped = candidates.peak[batch:] > candidates.peak[:batch]
    angle = xp.where(flipped, xp.where(angle > 0, angle - pi, angle + pi), angle)
    moved = xp.where(flipped[:, None], candidates.shift[batch:, :], candidates.shift[:batch, :])
    rows, columns = _rotate(moved[:, 0], moved[:, 1], angle)
    shift = xp.stack([scale * rows, scale * columns], axis=-1)
    return shift, angle, scale, xp.where(flipped, candidates.peak[batch:], candidates.peak[:batch])


def _log_polar(x: Array, angles: int, radii: int) -> Array:
    """(batch, h, w) → (batch, angles, radii): log modulus of the spectrum over angles 0 … π and over ln radius."""
    xp = namespace(x)
    h, w = x.shape[1:]
    mean = xp.mean(x, axis=(1, 2), keepdims=True)
    windowed = (x - mean) * _hann(x)
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


def _invert(b: Array, angle: Array, scale: Array) -> Array:
    """Rotation by −angle and scaling by 1 / scale, about the centre."""
    h, w = b.shape[1:]
    down, across = grid(b, h, w)
    rows, columns = _rotate(down, across, angle[:, None, None])
    scale = scale[:, None, None]
    return interpolate(b, scale * rows + (h - 1) / 2, scale * columns + (w - 1) / 2)


def _rotate(rows: Array, columns: Array, angle: Array) -> tuple[Array, Array]:
    """Counter-clockwise rotation of coordinates about the centre, with the row axis downwards."""
    xp = namespace(angle)
    cos, sin = xp.cos(angle), xp.sin(angle)
    return cos * rows - sin * columns, sin * rows + cos * columns


def _hann(x: Array) -> Array:
    """(h, w) separable Hann window."""
    down, across = (constant(_hann_window(int(n)), x) for n in x.shape[1:])
    return down[:, None] * across
