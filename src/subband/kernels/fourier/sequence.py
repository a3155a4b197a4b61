"""Discrete Fourier transforms of long sequences, in order, in four steps (Bailey, J. Supercomputing 4, 1990).

A sequence of n = n₁ n₂ numbers, row by row in a plane of n₁ × n₂, is transformed down the columns, multiplied
by ωₙ^{k₁ j₂}, transposed, and transformed down the columns again; read row by row that is its transform, in
order. So all work is on whole registers, and memory is read a few times only, however long the sequence.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit

from subband.arrays.caches import within_budget
from subband.kernels.fourier.columns import columns, int64, steps
from subband.kernels.simd.lanes import count, lanes, load, store, transpose

_inner = njit(fastmath={"contract"}, error_model="numpy")


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
    rows, cols = _sides(n, lanes(dtype))
    phase = np.zeros((rows, whole(cols, lanes(dtype))))
    k, j = np.meshgrid(np.arange(rows), np.arange(cols), indexing="ij")
    phase[:, :cols] = -2 * math.pi * (k * j % n) / n
    turns = np.concatenate([np.cos(phase).ravel(), np.sin(phase).ravel()]).astype(dtype)
    return Sequence(rows, cols, *steps(rows, dtype), *steps(cols, dtype), turns)


@lru_cache(maxsize=256)
def _sides(n: int, width: int) -> tuple[int, int]:
    """n₁ and n₂: both multiples of the register if possible, else n₂ at least, and as near each other as
    can be."""

    def unfit(rows: int) -> tuple[bool, bool, float]:
        return (n // rows) % width > 0, rows % width > 0, abs(math.log(rows * rows / n))

    return min(((r, n // r) for r in range(1, n + 1) if n % r == 0), key=lambda sides: unfit(sides[0]))


def whole(n: int, width: int) -> int:
    """n, filled up to a multiple of the width."""
    return -(-n // width) * width


def scratch(n: int, dtype: str) -> int:
    """Numbers of scratch that `transform` needs."""
    width, (rows, cols) = lanes(dtype), _sides(n, lanes(dtype))
    plane = max((rows + width) * (whole(cols, width) + width), (cols + width) * (whole(rows, width) + width))
    return 4 * plane + 4 * max(rows, cols) * width


@_inner
def transform(x, x0, xg, y, y0, yg, s, work):
    """y ← the transform of x; from imaginary to real parts, with negative gaps: the inverse, times n.

    Args:
        x, x0, xg: Array, first place of the real parts, and how far behind them the imaginary parts are; y,
            y0, yg: likewise of what is written, which may be x. What follows x must be readable for a
            register.
        s: The tables of the length.
        work: Scratch.
    """
    width, rows, cols = count(x), s.rows, s.cols
    wide = (cols + width - 1) // width * width
    ap, bp = wide + width, (rows + width - 1) // width * width + width
    plane = max((rows + width) * ap, (cols + width) * bp)
    b0 = 2 * plane
    passes = work[4 * plane :]
    columns(x, x0, xg, cols, work, int64(0), plane, ap, rows, cols, s.radices1, s.twiddles1, passes)
    half = rows * wide
    for i in range(rows):
        for j in range(0, cols, width):
            at, turn = i * ap + j, i * wide + j
            ar, ai = load(work, at), load(work, at + plane)
            c, d = load(s.turns, turn), load(s.turns, half + turn)
            store(work, at, ar * c - ai * d)
            store(work, at + plane, ar * d + ai * c)
    for i in range(0, rows, width):
        for j in range(0, cols, width):
            here, there = i * ap + j, b0 + j * bp + i
            transpose(work, here, ap, work, there, bp)
            transpose(work, here + plane, ap, work, there + plane, bp)
    if rows % width == 0:
        columns(work, b0, plane, bp, y, y0, yg, rows, cols, rows, s.radices2, s.twiddles2, passes)
        return
    columns(work, b0, plane, bp, work, b0, plane, bp, cols, rows, s.radices2, s.twiddles2, passes)
    for j in range(cols):
        for i in range(rows):
            y[y0 + j * rows + i] = work[b0 + j * bp + i]
            y[y0 + yg + j * rows + i] = work[b0 + plane + j * bp + i]
