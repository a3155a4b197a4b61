"""Perceptual hashes: pictures that look alike have nearly equal bits, whatever their encoding and size.

The picture is reduced to 16×16 grey values by averaging, and transformed by a full Haar transform; the bits are the
signs of the coarsest details: 3 of the scale of halves, 12 of quarters, 48 of eighths, in units of their noise.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from subband.errors import InvalidInput
from subband.transforms.wavelets import dwt

SIDE = 16
LEVEL = 4
BITS = 63
"""Signs of details at the three coarsest scales: 3 + 12 + 48."""

NEAR = 6
"""Most differing bits of two copies of a picture. Photographs of different scenes differ in 32 ± 5."""

BLOCK = 1024  # hashes that are compared with all others at once


def perceptual_hash(pixels: np.ndarray) -> np.ndarray:
    """Bits of a picture.

    Args:
        pixels: (H, W, 3) uint8.

    Returns:
        (63,) bool.

    Raises:
        InvalidInput: another shape or dtype.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise InvalidInput(f"a picture is (H, W, 3) uint8, not {pixels.shape} {pixels.dtype}")
    grey = Image.fromarray(pixels).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    c = dwt(np.asarray(grey, dtype=np.float64), "haar", level=LEVEL, axes=(-2, -1))
    details = [np.ravel(c[level][band]) for level in (4, 3, 2) for band in ("ad", "da", "dd")]
    return np.concatenate(details) > 0


def near_copies(hashes: Sequence[np.ndarray], most: int = NEAR) -> list[tuple[int, int]]:
    """Pairs (i, j), i < j, of pictures whose hashes differ in at most `most` bits.

    Raises:
        InvalidInput: hashes of different lengths.
    """
    if not len(hashes):
        return []
    if len({len(bits) for bits in hashes}) > 1:
        raise InvalidInput("hashes have different lengths: make all with perceptual_hash")
    bits = np.stack(list(hashes)).astype(np.float32)
    ones = bits.sum(1)
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(bits), BLOCK):
        block = bits[start : start + BLOCK]
        # |a ⊕ b| = |a| + |b| − 2 a·b; earlier blocks have met these columns already.
        differing = ones[start : start + BLOCK, None] + ones[start:] - 2 * (block @ bits[start:].T)
        first, second = np.nonzero(np.triu(differing <= most, 1))
        pairs += zip((first + start).tolist(), (second + start).tolist(), strict=True)
    return pairs
