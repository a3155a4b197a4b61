"""Discrete Fourier transforms of long sequences, in order, in four steps (Bailey, J. Supercomputing 4, 1990).

A sequence of n = n₁ n₂ numbers, row by row in a plane of n₁ × n₂, is transformed down the columns, multiplied
by ωₙ^{k₁ j₂}, transposed, and transformed down the columns again; read row by row that is its transform, in
order. So all work is on whole registers, and memory is read a few times only, however long the sequence.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from subband import _native
from subband.arrays.caches import within_budget
from subband.kernels.fourier.columns import steps
from subband.kernels.instructions import lanes

_TRANSFORMS = {np.dtype(np.float32): _native.transform32, np.dtype(np.float64): _native.transform64}


class Sequence(NamedTuple):
    """How sequences of one length are transformed.

    Attributes:
        rows, cols: n₁ and n₂.
        radices1, twiddles1, radices2, twiddles2: The steps of transforms of length n₁ and n₂.
        turns: 2 n₁ pitch: real and imaginary parts of ωₙ^{k₁ j₂}, each row filled up to whole registers.
    """

    rows: int
    cols: int
    radices1: np.ndarray
    twiddles1: np.ndarray
    radices2: np.ndarray
    twiddles2: np.ndarray
    turns: np.ndarray


@within_budget
def sequence(n: int, dtype: str) -> Sequence:
    """The tables for sequences of n numbers."""
    rows, cols = sides(n, lanes(dtype))
    phase = np.zeros((rows, whole(cols, lanes(dtype))))
    k, j = np.meshgrid(np.arange(rows), np.arange(cols), indexing="ij")
    phase[:, :cols] = -2 * math.pi * (k * j % n) / n
    turns = np.concatenate([np.cos(phase).ravel(), np.sin(phase).ravel()]).astype(dtype)
    return Sequence(rows, cols, *steps(rows, dtype), *steps(cols, dtype), turns)


@lru_cache(maxsize=256)
def sides(n: int, width: int) -> tuple[int, int]:
    """n₁ and n₂: both multiples of the register if possible, else n₂ at least, and as near each other as
    can be."""

    def unfit(rows: int) -> tuple[bool, bool, float]:
        return (n // rows) % width > 0, rows % width > 0, abs(math.log(rows * rows / n))

    return min(((r, n // r) for r in range(1, n + 1) if n % r == 0), key=lambda sides: unfit(sides[0]))


def whole(n: int, width: int) -> int:
    """n, filled up to a multiple of the width."""
    return -(-n // width) * width


def transform(x: np.ndarray, y: np.ndarray, gap: int, s: Sequence, *, inverse: bool = False) -> None:
    """y ← the transform of x, or the inverse times n.

    Args:
        x, y: Sequences with imaginary parts `gap` numbers behind the real ones, and a register behind both.
        gap: At least as many numbers as the sequence and a register have.
        s: The tables of the length.
        inverse: Which of them.
    """
    _TRANSFORMS[x.dtype](x, y, gap, inverse, s)
