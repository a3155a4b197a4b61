"""Maps drawn as pixels instead of figures, for pages and films."""

import numpy as np
from matplotlib import colormaps

from subband.plots.style import CHANGES, LEVELS

MOST_PIXELS = 1000  # along a side
LEAST, MOST = 2.3, 4.7  # log-odds of 90 and 99 %
LEAST_ADDED = 0.2  # for maps of what parts add to the log-odds


def tinted(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """A map in sequential colours: (h, w) → (h, w, 3) uint8.

    Args:
        values: (h, w).
        limits: Values at the two ends of the colours.

    Example:
        >>> import numpy as np
        >>> from subband.plots import tinted
        >>> pixels = tinted(np.array([[0.0, 0.5, 1.0]]), limits=(0.0, 1.0))
        >>> pixels.shape, pixels.dtype
        ((1, 3, 3), dtype('uint8'))
        >>> pixels.sum(-1).tolist()  # the colours grow brighter
        [[111, 367, 539]]
    """
    low, high = limits
    return (255 * colormaps[LEVELS]((values - low) / max(high - low, 1e-12))[..., :3]).astype(np.uint8)


def overlay(
    photo: np.ndarray, log_odds: np.ndarray, *, side: int = MOST_PIXELS, least: float = LEAST
) -> np.ndarray:
    """The heat map over a grey picture: (h, w, 3) uint8, at most `side` pixels either way.

    Args:
        photo: (H, W, 3) uint8.
        log_odds: (h, w), over the whole picture; red above 0, blue below.
        side: Pixels along the longer side of a larger picture.
        least: see `heat_limit`.

    Example:
        >>> import numpy as np
        >>> from subband.plots import overlay
        >>> pixels = overlay(np.full((40, 60, 3), 128, np.uint8), np.array([[-8.0, 8.0]]), side=30)
        >>> left, right = pixels[:, 0].mean(0), pixels[:, -1].mean(0)
        >>> pixels.shape, bool(left[2] > left[0]), bool(right[0] > right[2])  # blue, red
        ((20, 30, 3), True, True)
    """
    step = max(1, -(-max(photo.shape[:2]) // side))
    grey = 110 + 0.57 * photo[::step, ::step].astype(np.float32).mean(2)
    fine = _stretched(_stretched(log_odds, grey.shape[1]).T, grey.shape[0]).T
    limit = heat_limit(log_odds, least)
    colour = 255 * colormaps[CHANGES](0.5 + fine / (2 * limit))[..., :3]
    alpha = (0.25 + 0.45 * np.clip(np.abs(fine) / limit, 0, 1))[..., None]
    return np.clip(grey[..., None] * (1 - alpha) + colour * alpha, 0, 255).astype(np.uint8)


def heat_limit(log_odds: np.ndarray, least: float = LEAST) -> float:
    """End of the colours of a heat map: the largest log-odds, within `least` and those of 99 %."""
    return float(np.clip(np.abs(log_odds).max(), least, MOST))


def _stretched(rows: np.ndarray, width: int) -> np.ndarray:
    """Rows interpolated to another width; the cells' centres are the nodes."""
    cells = rows.shape[1]
    nodes, at = (np.arange(cells) + 0.5) / cells, (np.arange(width) + 0.5) / width
    return np.stack([np.interp(at, nodes, row) for row in rows])
