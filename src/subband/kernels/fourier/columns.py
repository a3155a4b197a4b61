"""Discrete Fourier transforms down the columns of a plane: their tables, and the compiled transforms.

The passes of the Stockham form, computed in `native/fourier/columns.h`.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from subband import _native
from subband.arrays.caches import within_budget

COST = {2: 1.35, 3: 1.6, 4: 1.5, 5: 1.9, 6: 1.8, 8: 1.75}
"""Relative time per element of a pass of each radix: one trip through the cache, and its arithmetic."""


class Steps(NamedTuple):
    """How a transform of one length is done.

    Attributes:
        radices: (passes,) the factors of the length, in order.
        twiddles: Real and imaginary parts of ωₙ^{kp}, k = 1 … r − 1 within p = 0 … m − 1, pass after pass;
            before that, for a pass of a radix with no code of its own, ω_r^k for k = 0 … r − 1.
    """

    radices: np.ndarray
    twiddles: np.ndarray


@within_budget
def steps(n: int, dtype: str) -> Steps:
    """The passes of a transform of length n and their factors ω."""
    radices = _factors(n)[1] or (1,)
    turns, length = [np.zeros(0)], n
    for r in radices:
        if r > 8 or r == 7:
            turns.append(np.arange(r) / r)
        p, k = np.meshgrid(np.arange(length // r), np.arange(1, r), indexing="ij")
        turns.append((p * k).ravel() % length / length)
        length //= r
    phase = -2 * math.pi * np.concatenate(turns)
    return Steps(
        np.array(radices, np.int64), np.stack([np.cos(phase), np.sin(phase)], 1).astype(dtype).ravel()
    )


_COLUMNS = {np.dtype(np.float32): _native.columns32, np.dtype(np.float64): _native.columns64}


def columns(x: np.ndarray, y: np.ndarray, gap: int, n: int, m: int, made: Steps) -> None:
    """y ← the transforms of length n down m columns of x.

    Args:
        x, y: Planes of n × m numbers with imaginary parts `gap` numbers behind the real ones; both may be one.
        gap: At least n m.
        n, m: Rows, and columns that fill whole registers.
        made: The steps of n.
    """
    _COLUMNS[x.dtype](x, y, gap, n, m, made)


@lru_cache(maxsize=4096)
def _factors(n: int) -> tuple[float, tuple[int, ...]]:
    """Relative time per element of the fastest passes for length n, and their radices."""
    if n == 1:
        return 0.0, ()
    other = next((r for r in range(7, n + 1) if n % r == 0 and math.gcd(r, 30) == 1), None)
    if other is None:
        cost, r = min((COST[r] + _factors(n // r)[0], r) for r in COST if n % r == 0)
        return cost, (r, *_factors(n // r)[1])
    r = other
    cost, rest = _factors(n // r)
    # Its code writes before it has read all, so it is never the last pass, which may be from x to x.
    return cost + 1 + r / 2, (r, *(rest or (1,)))
