"""The smooth part of a leaf: its mean and a few cosines, in integers, so that all machines draw equal pixels."""

from functools import cache

import numpy as np

from subband.kernels.fractal.plane import LEVEL, MEAN, SIZES, TERMS, WHITE

PLACES = 12  # binary places of the cosines
_FIRST_TERM = MEAN + 1


@cache
def cosines(size: int, zoom: int) -> np.ndarray:
    """(5, size · zoom) int64, of unit norm over `size`, × 2^PLACES."""
    u, i = np.mgrid[:5, : size * zoom]
    scale = np.where(u > 0, np.sqrt(2 / size), np.sqrt(1 / size)) * (1 << PLACES)
    exact = scale * np.cos(np.pi * ((2 * i + 1) * u) / (2 * size * zoom))
    return (np.sign(exact) * np.floor(np.abs(exact) + 0.5)).astype(np.int64)


def smooth_part(leaf: np.ndarray, step: int, zoom: int) -> np.ndarray:
    """(n · zoom, n · zoom) int64: mean + Σ terms · step · cosines, within black and white."""
    size = SIZES[leaf[LEVEL]]
    table = cosines(size, zoom)
    weights = np.zeros((5, 5), np.int64)
    for (u, v), value in zip(TERMS, leaf[_FIRST_TERM:], strict=True):
        if u < size and v < size:
            weights[u, v] = int(value) * step
    drawn = (table.T @ weights @ table + (1 << (2 * PLACES - 1))) >> (2 * PLACES)
    return np.clip(int(leaf[MEAN]) + drawn, 0, WHITE)
