"""Which arrays are images."""

from typing import Any

import numpy as np

from subband.compress.fractal.stream import LONGEST
from subband.errors import InvalidInput, UnsupportedArray


def as_pixels(image: Any) -> np.ndarray:
    """(h, w) uint8, or (h, w, 3) uint8 if it has colours.

    Raises:
        UnsupportedArray: not uint8.
        InvalidInput: another shape, nothing in it, or too long.
    """
    pixels = np.asarray(image)
    if pixels.dtype == np.uint16:
        raise UnsupportedArray(
            "the fractal codec keeps 8 bits a sample, not 16: scale first, (image >> 8).astype(numpy.uint8)"
        )
    if pixels.dtype != np.uint8:
        raise UnsupportedArray(
            f"the fractal codec takes uint8 pixels of 0 … 255, not {pixels.dtype}: convert first, "
            "e.g. image.round().clip(0, 255).astype(numpy.uint8)"
        )
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        raise InvalidInput(
            f"the fractal codec keeps no transparency: an image of shape {pixels.shape} has it; "
            "composite it first, or drop the last channel"
        )
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3)):
        raise InvalidInput(f"an image is (h, w), (h, w, 1) or (h, w, 3), not {pixels.shape}")
    if not pixels.size or max(pixels.shape[:2]) > LONGEST:
        raise InvalidInput(
            f"can't compress {pixels.shape[0]} × {pixels.shape[1]} pixels: 1 … {LONGEST} a side"
        )
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return np.ascontiguousarray(pixels[..., 0])
    return np.ascontiguousarray(pixels)
