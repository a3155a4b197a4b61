"""Pictures of which no detector can say anything, told by their pixels alone.

A detector answers about everything that it is given, and is most certain where it knows least. These guards come
before it and know no net: a constant picture, one of few colours or without any noise (a screenshot, drawing or
rendering), one that is nothing but noise, and sizes that no camera and no generator delivers.
"""

import numpy as np

from subband.forensics.features.palette import colour_codes, distinct_colours

TINY = 32  # pixels a side
HUGE = 100_000_000  # pixels
# A picture is looked at in a window of at most this side, not scaled: scaling adds noise and colours.
SAMPLE = 512
COLOURS = 64  # distinct ones; grey photographs have up to 256
CONTRAST = 2.0  # standard deviation of the grey levels
FLAT = 0.45  # share of pixels that equal their right and lower neighbours exactly
CORRELATION = 0.3  # of neighbouring pixels
DETAIL = 0.75  # 99 % of the diagonal Haar details of a picture without any noise; rounding alone gives 0.5
"""The limits are those that next to no photograph reaches: of 324 whole photographs (Kodak, BSDS300) none, of
1500 that were scaled down to 64×64 pixels two or three.
"""


def unfit(pixels: np.ndarray) -> str | None:
    """Why a picture can't be judged, as the rest of the sentence "the picture …"; None if nothing is known
    against it.

    Args:
        pixels: (H, W, 3) uint8.

    Example:
        >>> unfit(np.zeros((64, 64, 3), np.uint8))
        'is of one colour'
    """
    height, width = pixels.shape[:2]
    if min(height, width) < TINY:
        return f"is too small: {width}×{height} pixels, at least {TINY}×{TINY}"
    if height * width > HUGE:
        return f"is too large: {width}×{height} pixels, at most {HUGE // 1_000_000} million"
    window = _middle(pixels)
    codes = colour_codes(window)
    colours = distinct_colours(codes, COLOURS)
    if colours == 1:
        return "is of one colour"
    if colours < COLOURS:
        return f"has {colours} colours only, as a drawing or a screenshot has"
    grey = window.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    if float(grey.std()) < CONTRAST:
        return "has next to no contrast"
    if (share := flat_share(codes)) > FLAT:
        return f"has no noise in {100 * share:.0f} % of its area, as a drawing, screenshot or rendering has"
    if fine_detail(grey) < DETAIL:
        return "has neither noise nor fine detail anywhere, as a computed picture has"
    if neighbour_correlation(grey) < CORRELATION:
        return "is nothing but noise: neighbouring pixels have next to nothing in common"
    return None


def flat_share(codes: np.ndarray) -> float:
    """Share of pixels that equal their right and their lower neighbour in all colours.

    Over-exposed and black areas of photographs count as well: there is nothing to be judged in them.

    Args:
        codes: (H, W) of `colour_codes`.
    """
    own = codes[:-1, :-1]
    return float(((own == codes[:-1, 1:]) & (own == codes[1:, :-1])).mean())


def fine_detail(grey: np.ndarray) -> float:
    """99 % quantile of the magnitudes of diagonal Haar details, in grey levels; 0 for less than 2×2 pixels."""
    height, width = (length // 2 * 2 for length in grey.shape)
    if not height or not width:
        return 0.0
    even, odd = grey[:height:2, :width], grey[1:height:2, :width]
    detail = (even[:, ::2] - even[:, 1::2] - odd[:, ::2] + odd[:, 1::2]) / 2
    return float(np.quantile(np.abs(detail), 0.99))


def neighbour_correlation(grey: np.ndarray) -> float:
    """Larger of the correlations of horizontally and vertically neighbouring pixels; 0 for a constant picture."""

    def correlation(a: np.ndarray, b: np.ndarray) -> float:
        a, b = a - a.mean(), b - b.mean()
        norm = float(np.sqrt((a**2).sum() * (b**2).sum()))
        return float((a * b).sum()) / norm if norm > 0 else 0.0

    return max(correlation(grey[:, 1:], grey[:, :-1]), correlation(grey[1:], grey[:-1]))


def _middle(pixels: np.ndarray) -> np.ndarray:
    top, left = (max(0, (length - SAMPLE) // 2) for length in pixels.shape[:2])
    return pixels[top : top + SAMPLE, left : left + SAMPLE]
