"""What families that learn from more than pictures get where there are only pictures, as in the lab.

pictures  as they are, for most families
by_tone   classes by brightness, for families that need classes
coarse    a second set, the pictures at a quarter of their resolution, for families of two sets
"""

import numpy as np

from subband.data import Examples
from subband.transforms.resample import downsample, upsample

TONES = ("dark", "darker", "lighter", "light")
COARSER = 4


def pictures(pixels: np.ndarray) -> tuple[Examples, Examples | None]:
    """The pictures, uint8 (N, size, size, channels), without classes."""
    return Examples(pixels), None


def by_tone(pixels: np.ndarray) -> tuple[Examples, Examples | None]:
    """The pictures in four classes of equal size, by their mean brightness.

    Example:
        >>> import numpy as np
        >>> tones = np.full((8, 8, 8, 3), np.arange(8)[:, None, None, None], np.uint8)
        >>> by_tone(tones)[0].labels.tolist()
        [0, 0, 1, 1, 2, 2, 3, 3]
    """
    rank = np.argsort(np.argsort(pixels.mean(axis=(1, 2, 3)), kind="stable"))
    return Examples(pixels, rank.astype(np.int64) * len(TONES) // len(pixels), TONES), None


def coarse(pixels: np.ndarray) -> np.ndarray:
    """Pictures at a quarter of their resolution: low-passed, down-sampled and interpolated again.

    Args:
        pixels: uint8 (N, size, size, channels).

    Returns:
        uint8, the same shape.

    Example:
        >>> import numpy as np
        >>> stripes = np.zeros((1, 32, 32, 1), np.uint8)
        >>> stripes[:, ::2] = 200
        >>> inside = (slice(None), slice(8, 24))  # edges are mirrored, which makes stripes twice as broad there
        >>> int(np.ptp(stripes[inside])), bool(np.ptp(coarse(stripes)[inside]) < 10)
        (200, True)
    """
    few = downsample(pixels.astype(np.float32), COARSER, axes=(1, 2), mode="symmetric")
    smooth = upsample(few, COARSER, axes=(1, 2), mode="symmetric")
    return np.rint(smooth.clip(0, 255)).astype(np.uint8)


def from_coarse(pixels: np.ndarray) -> tuple[Examples, Examples | None]:
    """The pictures made `coarse`, and the pictures: a map to full resolution, learnt without pairs."""
    return Examples(coarse(pixels)), Examples(pixels)
