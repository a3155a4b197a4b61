"""How near an image is to another one."""

import math

import numpy as np


def decibels(seen: np.ndarray, exact: np.ndarray) -> float:
    """Peak signal-to-noise ratio of 8-bit images, 10 log10(255² / mean squared difference) over all channels.

    Infinite for equal images.
    """
    error = float(np.mean((seen.astype(np.float32) - exact) ** 2))
    return 10 * math.log10(255**2 / error) if error else math.inf
