"""Conversion between uint8 pixels and float signals in [-1, 1], and checks of training images."""

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from subband.errors import DataError, InvalidInput

STRIDE = 8  # image sizes are multiples of this
LEVEL = 1 / 127.5  # spacing of the 256 levels in a signal
LEAST = 16  # fewest training images, for the statistics of a family


def as_images(pixels: np.ndarray) -> UInt8[Tensor, "n channels size size"]:
    """Check training pixels and convert them to channels-first tensors.

    Args:
        pixels: uint8, shape (N, size, size, C), C = 1 (grey) or 3 (RGB).

    Returns:
        uint8, shape (N, C, size, size).

    Raises:
        InvalidInput: if the dtype or shape is another, or the size is not a multiple of 8.
        DataError: if there are fewer than 16 images.
    """
    pixels = np.asarray(pixels)
    if (
        pixels.dtype != np.uint8
        or pixels.ndim != 4
        or pixels.shape[3] not in (1, 3)
        or pixels.shape[1] != pixels.shape[2]
    ):
        raise InvalidInput(
            f"can't train on {pixels.dtype} of shape {pixels.shape}: give uint8 (N, size, size, 3 or 1)"
        )
    check_size(pixels.shape[1])
    if len(pixels) < LEAST:
        raise DataError(f"can't train a generator on {len(pixels)} images: give {LEAST} or more")
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))


def check_size(size: int) -> None:
    """Raise InvalidInput unless `size` is a positive multiple of 8."""
    if size < STRIDE or size % STRIDE:
        raise InvalidInput(f"can't make images of {size} x {size}: the size must be a multiple of {STRIDE}")


def to_signal(images: UInt8[Tensor, "*shape"]) -> Float32[Tensor, "*shape"]:
    """uint8 in 0..255 -> float32 in [-1, 1], x / 127.5 - 1, of the same shape."""
    return images.to(torch.float32) / 127.5 - 1


def to_pixels(signal: Float[Tensor, "n channels h w"]) -> UInt8[np.ndarray, "n h w channels"]:
    """Float (N, C, H, W), clipped to [-1, 1] -> uint8 (N, H, W, C)."""
    levels = ((signal.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return levels.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def sample_of(images: Tensor, most: int = 2048) -> Tensor:
    """Every k-th image, at most `most` of them, as a signal in [-1, 1]: a subset for statistics."""
    return to_signal(images[:: -(-len(images) // most)])
