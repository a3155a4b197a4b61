"""Pictures as a browser sends them."""

import io

import numpy as np
from PIL import Image


def encoded(pixels: np.ndarray, name: str = "PNG") -> bytes:
    """The file of a picture (H, W, 3) uint8, in a format of Pillow."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, name)
    return file.getvalue()
