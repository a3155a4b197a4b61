"""The best path compiled for the CPU."""

import numpy as np
from numba import njit

_outer = njit(nogil=True, cache=True, error_model="numpy")


@_outer
def forward(gain, price, score, came):
    """As `reference.forward`."""
    steps, cells = gain.shape
    reach = price.size // 2
    best, found = np.empty(cells), np.empty(cells, np.int64)
    for t in range(steps):
        for k in range(cells):
            best[k], found[k] = score[k] - price[0], 0
        for j in range(1, price.size):
            cost = price[j]
            for k in range(cells):
                worth = score[k + j] - cost
                better = worth > best[k]
                best[k] = worth if better else best[k]
                found[k] = j if better else found[k]
        for k in range(cells):
            came[t, k] = found[k] - reach
            score[k + reach] = best[k] + gain[t, k]


@_outer
def backward(came, last):
    """As `reference.backward`."""
    path = np.empty(len(came), np.int64)
    path[-1] = last
    for t in range(len(came) - 1, 0, -1):
        path[t - 1] = path[t] + came[t, path[t]]
    return path
