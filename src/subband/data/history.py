"""One history of compression for the pictures of all classes, so that none is told by how its files were saved.

Real photographs come as JPEG and many generated pictures as PNG. Cropping both alike does not take the blocks and
the quantisation of the JPEG out of the pixels, and a detector that finds them has found a file format: "Fake or
JPEG?", arXiv:2403.17608.

A picture that was never compressed gets the JPEG that the others have had, with a quality drawn from theirs, on
the grid of the file; the others stay as they are. A second JPEG for all would not do: it leaves traces of the
first one, in which the classes differ. Only where both classes are compressed, in different ways, all pictures
take a common one. Scaling then takes the blocks off their grid, and with them what other encoders' tables leave.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import scipy
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

SCALE = 0.75
CLIPPED = 255  # the largest step of a baseline JPEG
LOSSLESS = ("PNG", "BMP", "TIFF", "GIF", "PPM", "array")
RARE = 0.05  # share of the files of a class that may be compressed otherwise
DIFFERENT = 0.01  # p-value below which two sets of qualities differ


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
    """What every picture of every class takes before it is cropped.

    Attributes:
        pool: Qualities of JPEG, 4:2:0, from which a picture without a lossy past draws one.
        common: Quality of one more JPEG for all pictures; None for none.
        scale: Factor of both sides, at most 1.
    """

    pool: tuple[int, ...]
    common: int | None = None
    scale: float = SCALE

    def __call__(self, pixels: np.ndarray, facts: FileFacts) -> np.ndarray:
        """The picture with the common history.

        Args:
            pixels: (H, W, 3) uint8, the whole picture.
            facts: Of its file.
        """
        if facts.container in LOSSLESS:  # the draw depends on the picture only
            pixels = _jpeg(pixels, self.pool[crc32(pixels.tobytes()) % len(self.pool)])
        if self.common is not None:
            pixels = _jpeg(pixels, self.common)
        height, width = pixels.shape[:2]
        shape = (max(round(self.scale * width), 1), max(round(self.scale * height), 1))
        return np.asarray(Image.fromarray(pixels).resize(shape, Image.Resampling.LANCZOS))

    def describe(self) -> str:
        """One-line description for reports."""
        low, high = min(self.pool), max(self.pool)
        words = [f"JPEG quality {low if low == high else f'{low} to {high}'} for files without loss"]
        words += [] if self.common is None else [f"JPEG quality {self.common} for all"]
        words += [] if self.scale == 1 else [f"scaled to {100 * self.scale:.0f} %"]
        return ", then ".join(words)


def common_history(real: Sequence[FileFacts], generated: Sequence[FileFacts]) -> CommonHistory:
    """The history that leaves least of what the files of two classes differ in."""
    first, second = _qualities(real), _qualities(generated)
    pool = tuple(sorted(round(quality) for quality in first + second)) or (USUAL,)
    unlike = bool(first and second) and float(scipy.stats.ks_2samp(first, second).pvalue) < DIFFERENT  # pyright: ignore[reportAttributeAccessIssue]
    others = [_others(real) > RARE, _others(generated) > RARE]
    if unlike or any(others):
        return CommonHistory(pool, common=pool[int(RARE * len(pool))])
    return CommonHistory(pool)


def _qualities(facts: Sequence[FileFacts]) -> list[float]:
    """Qualities of the JPEG files; none if they are rare."""
    found = [jpeg_quality(item.quantisation) for item in facts if item.quantisation]
    return found if len(found) > RARE * len(facts) else []


def _others(facts: Sequence[FileFacts]) -> float:
    """Share of the files with another lossy past than JPEG, or one that may be: WebP, AVIF, HEIC."""
    return sum(not item.quantisation and item.container not in LOSSLESS for item in facts) / len(facts)


def _jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    file.seek(0)
    return np.asarray(Image.open(file).convert("RGB"))
