"""Equivariance of generators: does the picture move and turn as its plane does? EQ-T, EQ-T_frac and EQ-R.

Each compares a moved picture with the picture of the moved plane, in dB: 10 log₁₀(I² / mean squared error),
over the pixels where both are known. Where texture sticks to the pixels the two differ.

Source: Karras et al. 2021, "Alias-free generative adversarial networks", equation 3 and appendix E.
"""

from math import pi, tan
from typing import NamedTuple

import numpy as np

from subband.errors import InvalidInput
from subband.transforms.resample import lanczos_shift

LANCZOS = 3
"""Half-width in pixels of the windows of all interpolating filters."""


class Equivariance(NamedTuple):
    """A peak signal-to-noise ratio in dB and its 95 % interval over the pictures.

    Attributes:
        value: 10 log10(peak^2 / mean squared error), the mean over pixels of all pictures.
        low, high: the interval, from the standard error of the logarithm of the mean squared error.
    """

    value: float
    low: float
    high: float


def equivariance_ratio(squares: np.ndarray, known: np.ndarray, *, peak: float = 2.0) -> Equivariance:
    """EQ of sums of squared errors.

    Args:
        squares: (N,) sum of squared errors of each picture, over its known samples.
        known: (N,) how many samples these are.
        peak: I, the range of the pictures: 2 for [-1, 1].

    Raises:
        InvalidInput: other shapes, or no known samples.
    """
    squares, known = np.asarray(squares, float), np.asarray(known, float)
    if squares.ndim != 1 or squares.shape != known.shape or known.sum() <= 0:
        raise InvalidInput(
            f"can't compare sums of shape {squares.shape} over {known.sum():g} samples: give (N,) sums, and "
            "known samples"
        )
    mean = squares.sum() / known.sum()
    error = np.sqrt(((squares - mean * known) ** 2).sum()) / known.sum() if len(squares) > 1 else 0.0

    value = float(10 * np.log10(peak**2 / max(mean, 1e-30)))
    # In dB the error of a mean is that of its logarithm; of few pictures, mean - 1.96 error may be below 0.
    reach = float(1.96 * 10 / np.log(10) * error / max(mean, 1e-30))
    return Equivariance(value, value - reach, value + reach)


def moved_whole(image: np.ndarray, down: int, right: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture (..., H, W) moved by whole pixels, and where it is known: bool (H, W)."""
    height, width = image.shape[-2:]
    moved, known = np.roll(image, (down, right), axis=(-2, -1)), np.ones((height, width), bool)
    known[: max(down, 0)] = known[height + min(down, 0) :] = False
    known[:, : max(right, 0)] = known[:, width + min(right, 0) :] = False
    return moved, known


def moved_between(image: np.ndarray, down: float, right: float) -> tuple[np.ndarray, np.ndarray]:
    """A picture (..., H, W) moved by parts of pixels, by Lanczos' kernel, and where that sees pixels only."""
    height, width = image.shape[-2:]
    rows, columns = np.arange(height) - down, np.arange(width) - right
    known = _inside(rows, height)[:, None] & _inside(columns, width)
    return lanczos_shift(image, (down, right), axes=(-2, -1), a=LANCZOS), known


def turned(image: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """A picture (..., H, W) turned about its centre, limited to what both grids hold, and where it is known.

    The angle turns x (to the right) towards y (down). The filter is the inverse Fourier transform of the
    octagon that is the intersection of both grids' bands, in the frame of the picture, within a window of three
    pixels.
    """
    return _filtered(image, angle, turn=True)


def limited(image: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """A picture (..., H, W) that is left where it is, with the band limit of `turned` seen from the turned grid."""
    return _filtered(image, angle, turn=False)


def _filtered(image: np.ndarray, angle: float, *, turn: bool) -> tuple[np.ndarray, np.ndarray]:
    height, width = image.shape[-2:]
    y, x = np.meshgrid(
        np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij"
    )
    c, s = (np.cos(angle), np.sin(angle)) if turn else (1.0, 0.0)
    # Where a pixel of the result stands in the picture: turned back.
    across, down = c * x + s * y + (width - 1) / 2, c * y - s * x + (height - 1) / 2
    known = _inside(down, height) & _inside(across, width)
    # The other grid's axes, seen from the picture: of the result, turned back; of the picture, turned.
    other = -angle if turn else angle
    flat = image.reshape(-1, height * width)
    total, result = np.zeros(height * width), np.zeros(flat.shape)
    row, column = np.rint(down).astype(int), np.rint(across).astype(int)
    for i in range(-LANCZOS, LANCZOS + 1):
        for j in range(-LANCZOS, LANCZOS + 1):
            weight = _octagon(across - column - j, down - row - i, other).ravel()
            index = ((row + i).clip(0, height - 1) * width + (column + j).clip(0, width - 1)).ravel()
            result += weight * flat[:, index]
            total += weight
    return (result / total).reshape(image.shape), known


def _inside(place: np.ndarray, n: int) -> np.ndarray:
    """Whether a window of three pixels around a place lies inside n pixels."""
    return (place >= LANCZOS) & (place <= n - 1 - LANCZOS)


def _octagon(x: np.ndarray, y: np.ndarray, angle: float) -> np.ndarray:
    """Inverse Fourier transform of what the square |f_x|, |f_y| <= 1/2 and the same turned share, windowed.

    By the divergence theorem it is a sum over the edges, of which opposite ones are added here. All edges are
    at the distance 1/2 from 0, at the directions m pi/2 and m pi/2 + angle.
    """
    first = angle % (pi / 2)
    gaps = (first, pi / 2 - first)
    length = (tan(gaps[0] / 2) + tan(gaps[1] / 2)) / 2
    u, v = 2 * pi * x, 2 * pi * y
    square = u**2 + v**2
    total = np.zeros_like(x)
    for k in range(4):
        direction = k // 2 * pi / 2 + (first if k % 2 else 0.0)
        after, before = (gaps[1], gaps[0]) if k % 2 else (gaps[0], gaps[1])
        normal, tangent = (np.cos(direction), np.sin(direction)), (-np.sin(direction), np.cos(direction))
        middle = (tan(after / 2) - tan(before / 2)) / 4
        outwards, along = u * normal[0] + v * normal[1], u * tangent[0] + v * tangent[1]
        total += outwards * np.sin(outwards / 2 + along * middle) * np.sinc(length * along / (2 * pi))
    near = square < 1e-6
    h = np.where(near, 2 * length, 2 * length * total / np.where(near, 1.0, square))
    radius = np.hypot(x, y)
    return h * np.where(radius < LANCZOS, np.sinc(radius / LANCZOS), 0.0)
