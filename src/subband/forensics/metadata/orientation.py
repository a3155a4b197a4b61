"""EXIF orientation: pixels as they lie in the file, where the blocks of codecs and watermarks begin."""

import numpy as np

from subband.forensics.metadata.container import Metadata

ORIENTATION = 0x0112


def as_stored(pixels: np.ndarray, metadata: Metadata) -> np.ndarray:
    """Undo the turn that `subband.data.decode` applied: (H, W, C) upright → (H', W', C), a view.

    Example:
        >>> from subband.forensics.metadata import Exif
        >>> upright = np.zeros((3, 2, 3), np.uint8)
        >>> as_stored(upright, Metadata("jpeg", exif=Exif({ORIENTATION: 6}))).shape
        (2, 3, 3)
    """
    match metadata.exif.picture.get(ORIENTATION):
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case 5:
            return pixels.swapaxes(0, 1)
        case 6:
            return pixels[:, ::-1].swapaxes(0, 1)
        case 7:
            return pixels[::-1, ::-1].swapaxes(0, 1)
        case 8:
            return pixels[::-1].swapaxes(0, 1)
    return pixels
