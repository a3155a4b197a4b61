"""Thresholds of the traces, with the rates that were measured at them."""

import numpy as np

from subband.forensics.traces.grid_comb import MODES
from subband.forensics.traces.jpeg_header import standard_table

GRID = 8.0
GRID_IN_JPEG = 12.0
DOUBLE = 0.03
PATTERN = 3.2

AGREEING = 0.6


def earlier_quality(steps: tuple[int, ...]) -> int | None:
    """libjpeg's quality whose table has the most of these steps; None if fewer than `AGREEING` of them fit any.

    Args:
        steps: of `grid_comb.MODES`, 0 where unknown.
    """
    seen = np.asarray(steps) > 0
    if seen.sum() < 3:
        return None
    rows, columns = np.asarray(MODES).T
    fits = {q: float((standard_table(q)[rows, columns] == steps)[seen].mean()) for q in range(20, 99)}
    best = max(fits, key=lambda q: (fits[q], q))
    return best if fits[best] >= AGREEING else None
