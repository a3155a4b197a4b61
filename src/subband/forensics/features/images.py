"""Images as detectors take them: (N, H, W, 3) uint8, checked, and as tensors in batches."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from subband.errors import InvalidInput, UnsupportedArray

CHUNK = 512  # images per batch of floats


def check_pixels(pixels: np.ndarray, what: str = "images") -> np.ndarray:
    """Return `pixels` if they are (N, H, W, 3) uint8 with N ≥ 1.

    Raises:
        UnsupportedArray: not a NumPy array.
        InvalidInput: another dtype (the message counts NaN and infinite values) or shape, or no images.
    """
    if not isinstance(pixels, np.ndarray):
        raise UnsupportedArray(
            f"{what} come as a NumPy array (N, H, W, 3) uint8, not {type(pixels).__name__}"
        )
    if pixels.dtype != np.uint8:
        bad = int((~np.isfinite(pixels)).sum()) if pixels.dtype.kind == "f" else 0
        holding = f" holding {bad} NaN or infinite values" if bad else ""
        raise InvalidInput(f"{what} are uint8 from 0 to 255, not {pixels.dtype}{holding}")
    if pixels.ndim != 4 or pixels.shape[3] != 3 or 0 in pixels.shape:
        raise InvalidInput(f"{what} have shape (N, H, W, 3) with at least one image, not {pixels.shape}")
    return pixels


def as_images(pixels: np.ndarray) -> Float[Tensor, "n 3 height width"]:
    """Convert (N, H, W, 3) uint8 to (N, 3, H, W) float32, unscaled: 0..255.

    Raises:
        InvalidInput, UnsupportedArray: as `check_pixels`.
    """
    return torch.from_numpy(np.ascontiguousarray(check_pixels(pixels).transpose(0, 3, 1, 2))).float()


def chunks(pixels: np.ndarray, size: int | None = None) -> Iterator[Tensor]:
    """Iterate over images in batches: float tensors (n, 3, H, W), n ≤ size, by default `CHUNK`."""
    size = size or CHUNK
    check_pixels(pixels)
    for start in range(0, len(pixels), size):
        yield as_images(pixels[start : start + size])
