"""Pictures of the numbers 00 to 99, two handwritten digits each: a hundred classes from ten."""

import numpy as np
import torch
from torch.nn import functional as F

from subband.errors import InvalidInput

SIDE = 32
NUMBERS = tuple(f"{k:02d}" for k in range(100))


def number_images(
    digits: np.ndarray, labels: np.ndarray, count: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw numbers, each of all hundred equally often up to one, of two random digits.

    Digits are narrowed from their middle 22 columns to 15, and stand side by side on 32 × 32.

    Args:
        digits: (N, 28, 28) uint8.
        labels: (N,) from 0 to 9.
        count: of pictures.
        random: generator.

    Returns:
        (count, 32, 32) uint8, and the numbers (count,) int64.

    Raises:
        InvalidInput: digits of another shape, or a digit that is not there.
    """
    if digits.ndim != 3 or digits.shape[1:] != (28, 28) or set(np.unique(labels)) != set(range(10)):
        raise InvalidInput(f"digits are (N, 28, 28) of all ten classes, not {digits.shape}")
    numbers = random.permutation(np.arange(count) % 100)
    of = [np.flatnonzero(labels == k) for k in range(10)]
    chosen = np.array([[random.choice(of[n // 10]), random.choice(of[n % 10])] for n in numbers])
    x = torch.from_numpy(digits[chosen.ravel()][:, None, :, 3:25].astype(np.float32))
    narrow = F.interpolate(x, (28, 15), mode="bilinear", antialias=True).round().clamp(0, 255)
    pairs = narrow[:, 0].to(torch.uint8).numpy().reshape(count, 2, 28, 15)
    images = np.zeros((count, SIDE, SIDE), np.uint8)
    images[:, 2:30, 1:16], images[:, 2:30, 16:31] = pairs[:, 0], pairs[:, 1]
    return images, numbers.astype(np.int64)
