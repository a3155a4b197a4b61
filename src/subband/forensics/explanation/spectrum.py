"""Radial spectrum of a picture, and where it departs from the power law that photographs follow."""

from dataclasses import dataclass

import numpy as np

from subband.errors import InvalidInput
from subband.forensics.explanation.subject import check_picture

BLOCK = 128  # pixels a side
MOST_BLOCKS = 256
FITTED = (
    0.03,
    0.25,
)  # cycles per pixel: above the block's window, below what a camera's demosaicking touches
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
LEAST = 16


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Power spectral density of a picture's luma.

    Attributes:
        frequency: (n,), cycles per pixel, ascending to ½.
        density: (n,), mean density at that distance from zero frequency, in grey levels² per (cycle per pixel)².
        law: (n,), the power law A f^−α fitted between 0.03 and 0.25 cycles per pixel.
        exponent: α. Photographs have about 2 (Field 1987); a blurred picture more.
        plane: (B, B) density over the frequency plane, zero in the middle. A regular grid of bright dots in it
            is a trace of enlargement.
    """

    frequency: np.ndarray
    density: np.ndarray
    law: np.ndarray
    exponent: float
    plane: np.ndarray

    @property
    def excess(self) -> np.ndarray:
        """(n,) density above the law, in decibels."""
        return 10 * np.log10(self.density / self.law)


def spectrum(pixels: np.ndarray, *, block: int = BLOCK) -> Spectrum:
    """Spectrum of a picture of any size: the mean periodogram of windowed blocks (Welch 1967), in both directions.

    For block samples x and a window w, P(k) = |F(w (x − x̄))|² / Σ w², so that the sum of P over the plane,
    divided by the number of its bins, is the variance of white noise.

    Args:
        pixels: (H, W, 3) uint8, at least 16 pixels either way.
        block: Side of the blocks; smaller pictures have smaller ones. At most 256 blocks, half overlapping where
            so many fit, are looked at.

    Raises:
        UnsupportedArray, InvalidInput: not a picture, or too small.
    """
    check_picture(pixels)
    height, width = pixels.shape[:2]
    if min(height, width, block) < LEAST:
        raise InvalidInput(f"a spectrum needs at least {LEAST}×{LEAST} pixels, not {width}×{height}")
    side = min(block, height, width)
    window = np.outer(*(2 * [np.hanning(side + 1)[:-1]]))
    plane, corners = np.zeros((side, side)), _corners(height, width, side)
    for y, x in corners:
        luma = pixels[y : y + side, x : x + side].astype(np.float64) @ LUMA
        plane += np.abs(np.fft.fft2(window * (luma - luma.mean()))) ** 2
    plane = np.fft.fftshift(plane) / (len(corners) * (window**2).sum()) + np.finfo(np.float64).tiny

    axis = np.fft.fftshift(np.fft.fftfreq(side))
    distance = np.hypot(axis[:, None], axis[None])
    ring = np.rint(distance * side).astype(int)
    inside = (ring >= 1) & (ring <= side // 2)
    count = np.bincount(ring[inside])[1:]
    density = np.bincount(ring[inside], plane[inside])[1:] / count
    frequency = np.bincount(ring[inside], distance[inside])[1:] / count

    fitted = (frequency >= min(FITTED[0], 2 / side)) & (frequency <= FITTED[1])
    slope, offset = np.polyfit(np.log(frequency[fitted]), np.log(density[fitted]), 1)
    law = np.exp(offset + slope * np.log(frequency))
    return Spectrum(frequency, density, law, float(-slope), plane)


def _corners(height: int, width: int, side: int) -> list[tuple[int, int]]:
    """Blocks half a side apart, or further where there would be too many."""
    spacing = side // 2
    while True:
        counts = [1 + (length - side) // spacing for length in (height, width)]
        if counts[0] * counts[1] <= MOST_BLOCKS:
            break
        spacing += side // 4
    rows, columns = (
        np.linspace(0, length - side, count).round().astype(int)
        for length, count in zip((height, width), counts, strict=True)
    )
    return [(int(y), int(x)) for y in rows for x in columns]
