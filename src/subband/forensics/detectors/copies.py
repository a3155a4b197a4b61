"""The same picture as another copy of it would be: saved again as JPEG, and scaled down.

Only the crops that a detector looks at are made, each from its surroundings, so that the cost does not grow
with the picture.
"""

import io

import numpy as np
from PIL import Image

QUALITY = 85
SCALE = 0.75
BLOCK = 16  # pixels of a JPEG block with halved chroma
MARGIN = 16  # pixels around a crop; Lanczos at 75 % reaches 4


def saved_crops(pixels: np.ndarray, places: list[tuple[int, int]], side: int) -> np.ndarray:
    """Crops of the picture saved as JPEG of quality 85 with halved chroma.

    Each crop is encoded with the JPEG blocks around it; blocks are coded one by one, so the result is that of the
    whole picture.

    Args:
        pixels: (H, W, 3) uint8.
        places: (row, column) of each crop.
        side: of a crop.

    Returns:
        (n, side, side, 3) uint8.
    """
    found = []
    for y, x in places:
        top, left = max(0, y // BLOCK * BLOCK - BLOCK), max(0, x // BLOCK * BLOCK - BLOCK)
        bottom, right = (-(-(start + side) // BLOCK) * BLOCK + BLOCK for start in (y, x))
        again = saved(pixels[top:bottom, left:right])
        found.append(again[y - top : y - top + side, x - left : x - left + side])
    return np.stack(found)


def saved(pixels: np.ndarray, quality: int = QUALITY) -> np.ndarray:
    """A picture, (H, W, 3) uint8, saved as JPEG and read again."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "jpeg", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(file).convert("RGB"))


def scaled_size(pixels: np.ndarray) -> tuple[int, int]:
    """Height and width at 75 %."""
    height, width = pixels.shape[:2]
    return round(height * SCALE), round(width * SCALE)


def scaled_crops(pixels: np.ndarray, places: list[tuple[int, int]], side: int) -> np.ndarray:
    """Crops of the picture scaled to 75 % (Lanczos).

    Args:
        pixels: (H, W, 3) uint8.
        places: (row, column) of each crop in the scaled picture, of `scaled_size`.
        side: of a crop.

    Returns:
        (n, side, side, 3) uint8.
    """
    height, width = scaled_size(pixels)
    by_row, by_column = pixels.shape[0] / height, pixels.shape[1] / width
    picture, found = Image.fromarray(pixels), []
    for y, x in places:
        top, left = max(0, y - MARGIN), max(0, x - MARGIN)
        bottom, right = min(height, y + side + MARGIN), min(width, x + side + MARGIN)
        box = (left * by_column, top * by_row, right * by_column, bottom * by_row)
        part = picture.resize((right - left, bottom - top), Image.Resampling.LANCZOS, box=box)
        found.append(np.asarray(part)[y - top : y - top + side, x - left : x - left + side])
    return np.stack(found)
