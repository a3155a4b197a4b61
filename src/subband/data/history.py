"""One compression for the pictures of all classes, so that no class is told by how its files were saved.

Real photographs come as JPEG and many generated pictures as PNG. Cropping both alike does not take the blocks
and the quantisation of the JPEG out of the pixels, and a detector that finds them has found a file format:
"Fake or JPEG?", arXiv:2403.17608. A picture that is saved once more with its own quantisation on its own grid
hardly changes; one that was never compressed gets the traces that the others have.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from subband.data.decode import FileFacts
from subband.errors import InvalidInput

# Luminance table of ITU-T T.81, annex K.1: quality 50 of the IJG's library, in row-major order.
STANDARD = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip

USUAL = 75
"""Quality where no file is a JPEG: that of most copies on the web."""

WORST, BEST = 30, 90
SCALE = 0.75
"""Factor of the scaling after the common compression: the grids of earlier compressions are lost with it."""

CLIPPED = 255  # the largest step of a baseline JPEG
RARE = 0.05  # share of the files that may have been compressed more


def jpeg_quality(table: tuple[int, ...]) -> float:
    """Quality, 1..100, at which the IJG's library would write a luminance table.

    Args:
        table: (64,) quantisation steps, row-major.

    Raises:
        InvalidInput: not 64 positive steps.

    Example:
        >>> jpeg_quality(STANDARD)
        50.0
    """
    if len(table) != 64 or min(table) < 1:
        raise InvalidInput(f"a quantisation table has 64 positive steps, not {len(table)}")
    pairs = [(step, standard) for step, standard in zip(table, STANDARD, strict=True) if step < CLIPPED]
    steps, standard = np.sum(pairs, axis=0) if pairs else (CLIPPED, 16)
    percent = 100 * float(steps) / float(standard)
    quality = 5000 / percent if percent > 100 else (200 - percent) / 2
    return round(min(max(quality, 1.0), 100.0), 1)


@dataclass(frozen=True)
class CommonHistory:
    """JPEG of one quality on the grid of the file, then scaling, for every picture of every class.

    Attributes:
        quality: Of the JPEG, 4:2:0.
        scale: Factor of both sides, at most 1.
    """

    quality: int
    scale: float = SCALE

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Save and scale one whole picture, (H, W, 3) uint8."""
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=self.quality, subsampling="4:2:0")
        file.seek(0)
        image = Image.open(file).convert("RGB")
        height, width = pixels.shape[:2]
        shape = (max(round(self.scale * width), 1), max(round(self.scale * height), 1))
        return np.asarray(image.resize(shape, Image.Resampling.LANCZOS))

    def describe(self) -> str:
        """One-line description for reports."""
        return f"JPEG quality {self.quality}, then scaled to {100 * self.scale:.0f} %"


def common_history(facts: Iterable[FileFacts]) -> CommonHistory:
    """The history that leaves least of what the files differ in: the quality of the most compressed JPEG.

    One file in twenty may be compressed more; the quality is at least 30 and at most 90.
    """
    qualities = sorted(jpeg_quality(found.quantisation) for found in facts if found.quantisation)
    lowest = qualities[int(RARE * len(qualities))] if qualities else USUAL
    return CommonHistory(int(min(max(lowest, WORST), BEST)))
