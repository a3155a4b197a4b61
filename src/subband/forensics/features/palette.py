"""The colours of pictures as single numbers, and how many there are."""

import numpy as np

FIRST = 4096  # pixels in which colours are counted first


def colour_codes(pixels: np.ndarray) -> np.ndarray:
    """R · 2¹⁶ + G · 2⁸ + B: (..., 3) uint8 → (...) uint32."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    codes = np.left_shift(red, 16, dtype=np.uint32)
    codes |= np.left_shift(green, 8, dtype=np.uint32)
    codes |= blue
    return codes


def distinct_colours(codes: np.ndarray, enough: int | None = None) -> int:
    """Number of different colours among `colour_codes`; counting may stop at `enough`."""
    codes = codes.reshape(-1)
    if enough is not None:
        some = len(np.unique(codes[:: max(1, len(codes) // FIRST)]))
        if some >= enough:
            return some
    return len(np.unique(codes))
