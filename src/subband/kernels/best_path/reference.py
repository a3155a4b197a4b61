"""The best path in NumPy: its definition."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def forward(gain: np.ndarray, price: np.ndarray, score: np.ndarray, came: np.ndarray) -> None:
    """Go on by some steps.

    Args:
        gain: (t, S) float64.
        price: (2r + 1,) what jumps by −r … r cells cost.
        score: (S + 2r,) the best worth of all paths to each cell, −∞ beyond the ends; goes along.
        came: (t, S) ← the jump from the best path's cell before to each cell, with the opposite sign.
    """
    reach = len(price) // 2
    inside = slice(reach, len(score) - reach)
    for own, jumps in zip(gain, came, strict=True):
        reached = sliding_window_view(score, len(price)) - price
        jumps[:] = reached.argmax(axis=-1) - reach
        score[inside] = reached.max(axis=-1) + own


def backward(came: np.ndarray, last: int) -> np.ndarray:
    """(N,) cells of the path that ends in the cell `last`."""
    path = np.empty(len(came), np.int64)
    path[-1] = last
    for t in range(len(came) - 1, 0, -1):
        path[t - 1] = path[t] + came[t, path[t]]
    return path
