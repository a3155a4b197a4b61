"""Small pictures with edges, texture and smooth parts, which compress unlike noise."""

import numpy as np


def scene(height: int, width: int, *, colour: bool = False) -> np.ndarray:
    """(height, width) or (height, width, 3) uint8."""
    y, x = np.mgrid[:height, :width].astype(float)
    smooth = 120 + 50 * np.sin(x / 31) * np.cos(y / 23)
    disc = 60.0 * ((x - 0.4 * width) ** 2 + (y - 0.5 * height) ** 2 < (0.25 * min(height, width)) ** 2)
    stripes = 25 * np.sign(np.sin(0.55 * x + 0.2 * y)) * (y > 0.6 * height)
    noise = np.random.default_rng(1).normal(0, 3, (height, width))
    grey = smooth + disc + stripes + noise
    if colour:
        grey = np.stack([grey, 0.7 * grey + 0.2 * x, 200 - 0.5 * grey], axis=-1)
    return grey.clip(0, 255).astype(np.uint8)
