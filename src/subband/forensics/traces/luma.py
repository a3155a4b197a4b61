"""The luminance that the traces look at: Y of JFIF, a bounded part of the picture on its 8×8 grid."""

import numpy as np

GRID = 8


def luma_part(pixels: np.ndarray, most: int, *, smallest: int = 64) -> np.ndarray | None:
    """Y = .299 R + .587 G + .114 B of a centred part whose first row and column are multiples of 8.

    Args:
        pixels: (H, W, 3) uint8 as stored.
        most: pixels of the part.
        smallest: None is returned for pictures that are smaller in either direction.

    Returns:
        (h, w) float32, h and w multiples of 8 unless the whole picture is taken.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < smallest:
        return None
    rows, columns = sides(height, width, most)
    top, left = ((whole - part) // 2 // GRID * GRID for whole, part in ((height, rows), (width, columns)))
    part = pixels[top : top + rows, left : left + columns]
    return part @ np.asarray([0.299, 0.587, 0.114], np.float32)


def sides(height: int, width: int, most: int) -> tuple[int, int]:
    """Height and width of a part of at most `most` pixels, as square as the picture allows."""
    if height * width <= most:
        return height, width
    side = int(most**0.5) // GRID * GRID
    rows = min(height, max(side, most // width // GRID * GRID))
    return rows, min(width, most // rows // GRID * GRID)
