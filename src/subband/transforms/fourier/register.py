"""Shift, angle and scale between two images: the Fourier–Mellin method (Reddy & Chatterji 1996)."""

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
from subband.transforms.fourier.resample import grid, read_between

LOWEST, HIGHEST = 0.04, 0.45
"""Cycles per sample between which spectra are compared: below, too few samples lie on a circle; above, noise."""


@final
@pytree("shift", "angle", "scale", "peak")
@dataclass(frozen=True, eq=False)
class Registration:
    """How `b` arises from `a`: enlarged about the middle, then turned, then moved. A pytree of four arrays.

    Attributes:
        shift: (*batch, 2) Samples along the rows' and the columns' axis.
        angle: (*batch,) Radians, −π … π, counter-clockwise as images are shown, as in `subband.rotate`.
        scale: (*batch,) Above 1 where `b` is larger.
        peak: (*batch,) Height of the phase correlation after angle and scale are undone, 1 at best.
    """

    shift: Array
    angle: Array
    scale: Array
    peak: Array


def register_images(a: Array, b: Array, axes: Sequence[int] = (-2, -1)) -> Registration:
    """Find the shift, angle and scale that take `a` to `b`, for each pair of the batch.

    The modulus of a spectrum does not see a shift; read in polar coordinates with a logarithmic radius, a turn and
    an enlargement are shifts of it, which phase correlation finds. The modulus is the same upside down, so both
    angles are tried. Images are seen through a Hann window; half of what is shown must be common to both.

    Args:
        a, b: (…) real arrays of one library and shape.
        axes: The two axes of the images, rows first; all others are the batch.

    Returns:
        The registration: `.shift`, `.angle`, `.scale`, `.peak`.

    Raises:
        InvalidInput: complex images, unequal shapes or libraries, empty or missing axis, or not two axes.
        UnsupportedArray: an array of another library or of a dtype that can't be transformed.
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

    shift, *others = _registered(a, b)
    values = (xp.reshape(shift, (*batch, 2)), *(xp.reshape(v, batch) for v in others))
    return Registration(*(xp.astype(v, dtype) for v in values))


@one_program
def _registered(a: Array, b: Array) -> tuple[Array, Array, Array, Array]:
    """(batch, h, w) images → (batch, 2) shifts, and (batch,) angles, scales and peaks."""
    xp, batch, size = namespace(a), a.shape[0], tuple(int(n) for n in a.shape[1:])
    turns, radii = 2 * max(size), max(size)
    polar = _log_polar(xp.concat([a, b], axis=0), turns, radii)
    found = phase_correlation(polar[:batch, ...], polar[batch:, ...], axes=(1, 2)).shift
    angle = found[:, 0] * (pi / turns)
    scale = xp.exp(-found[:, 1] * (log(HIGHEST / LOWEST) / radii))
    # Upright, then upside down.
    a, b, both_scales = (xp.concat([each, each], axis=0) for each in (a, b, scale))
    undone = _undo(b, xp.concat([angle, angle + pi], axis=0), both_scales)
    tried = phase_correlation(a * _hann(a), undone * _hann(b), axes=(1, 2))
    flipped = tried.peak[batch:] > tried.peak[:batch]
    angle = xp.where(flipped, xp.where(angle > 0, angle - pi, angle + pi), angle)
    moved = xp.where(flipped[:, None], tried.shift[batch:, :], tried.shift[:batch, :])
    rows, columns = _turn(moved[:, 0], moved[:, 1], angle)
    shift = xp.stack([scale * rows, scale * columns], axis=-1)
    return shift, angle, scale, xp.where(flipped, tried.peak[batch:], tried.peak[:batch])


def _log_polar(x: Array, turns: int, radii: int) -> Array:
    """(batch, h, w) → (batch, turns, radii): the spectrum's modulus over half a turn, and over ln radius."""
    xp = namespace(x)
    h, w = x.shape[1:]
    mean = xp.mean(x, axis=(1, 2), keepdims=True)
    seen = (x - mean) * _hann(x)
    # The logarithm below would see units and brightness otherwise.
    largest = xp.max(xp.abs(seen), axis=(1, 2), keepdims=True)
    seen = xp.astype(seen / xp.where(largest > 0, largest, xp.ones_like(largest)), complex_dtype(x))
    spectrum = xp.fft.fftshift(for_any_batch(xp.fft.fftn)(seen, axes=(1, 2)), axes=(1, 2))
    modulus = xp.log1p(xp.sqrt(xp.real(spectrum) ** 2 + xp.imag(spectrum) ** 2 + 1e-12))
    radius, sin, cos = (opaque(constant(table, x)) for table in _polar_axes(turns, radii))
    rows, columns = h // 2 - h * radius * sin, w // 2 + w * radius * cos
    polar = read_between(modulus, rows[None, ...], columns[None, ...])
    # Radii do not wrap around; what the ends do not share is faded out.
    polar = polar - xp.mean(polar, axis=(1, 2), keepdims=True)
    return polar * constant(_hann_window(radii), x)


@static
def _polar_axes(turns: int, radii: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(radii,) cycles per sample, and the (turns, 1) sine and cosine of each angle."""
    angle = np.arange(turns)[:, None] * pi / turns
    return LOWEST * (HIGHEST / LOWEST) ** (np.arange(radii) / radii), np.sin(angle), np.cos(angle)


@static
def _hann_window(n: int) -> np.ndarray:
    return np.sin(pi * (np.arange(n) + 0.5) / n) ** 2


def _undo(b: Array, angle: Array, scale: Array) -> Array:
    """Turn by −angle and shrink by scale, about the middle."""
    h, w = b.shape[1:]
    down, across = grid(b, h, w)
    rows, columns = _turn(down, across, angle[:, None, None])
    scale = scale[:, None, None]
    return read_between(b, scale * rows + (h - 1) / 2, scale * columns + (w - 1) / 2)


def _turn(rows: Array, columns: Array, angle: Array) -> tuple[Array, Array]:
    """Coordinates from the middle, turned counter-clockwise; rows point down."""
    xp = namespace(angle)
    cos, sin = xp.cos(angle), xp.sin(angle)
    return cos * rows - sin * columns, sin * rows + cos * columns


def _hann(x: Array) -> Array:
    """(h, w) A window that is zero around the image."""
    down, across = (constant(_hann_window(int(n)), x) for n in x.shape[1:])
    return down[:, None] * across
