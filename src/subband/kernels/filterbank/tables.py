"""A plan as the arrays that the compiled filter banks read."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from subband.kernels.filterbank.plan import Plan

AXES = 3
"""Transformed axes that the compiled loops are written for; signals of fewer get axes of length 1 in front."""


class Tables(NamedTuple):
    """A plan in the arrays that the compiled loops read; A axes, J levels, padded to the longest.

    Attributes:
        sizes: (J + 1, A) samples along each axis after each level.
        taps: (A,) filter lengths.
        left: (A,) extended samples before each axis.
        split: (A, 2, L) weights of the lanes in the low and in the high band.
        merge: (A, 2, L) weights of the lanes in the even and in the odd samples.
        index, weight: (J, A, B, T) the extension of each axis at each level.
        terms: (J, A) how many columns of these count.
    """

    sizes: np.ndarray
    taps: np.ndarray
    left: np.ndarray
    split: np.ndarray
    merge: np.ndarray
    index: np.ndarray
    weight: np.ndarray
    terms: np.ndarray


@lru_cache(maxsize=512)
def tables(plan: Plan, dtype: str) -> Tables:
    """The tables of a plan for float32 or float64 samples."""
    skip = AXES - plan.rank
    longest = max(bank.taps for bank in plan.banks)
    steps = [
        [bank.extension(n) for bank, n in zip(plan.banks, size, strict=True)] for size in plan.sizes[:-1]
    ]
    rows = max(len(step.index) for level in steps for step in level)
    width = max(step.index.shape[1] for level in steps for step in level)
    sizes = np.ones((plan.levels + 1, AXES), np.int64)
    sizes[:, skip:] = plan.sizes
    taps, left = np.full(AXES, 2, np.int64), np.zeros(AXES, np.int64)
    split, merge = (np.zeros((AXES, 2, longest), dtype) for _ in range(2))
    index = np.zeros((plan.levels, AXES, rows, width), np.int64)
    weight = np.zeros((plan.levels, AXES, rows, width), dtype)
    terms = np.zeros((plan.levels, AXES), np.int64)
    for axis, bank in enumerate(plan.banks, start=skip):
        taps[axis], left[axis] = bank.taps, steps[0][axis - skip].left
        pair = np.array([bank.lo[::-1], bank.hi[::-1]])
        split[axis, :, : bank.taps] = pair
        # Lanes a[q], d[q], a[q − 1], d[q − 1], … make the even samples with taps 0, 2, … and the odd with 1, 3, …
        merge[axis, :, : bank.taps] = pair.reshape(2, -1, 2).transpose(2, 1, 0).reshape(2, -1)
        for level, step in enumerate(steps):
            table = step[axis - skip]
            outside, columns = table.index.shape
            index[level, axis, :outside, :columns] = table.index
            weight[level, axis, :outside, :columns] = table.weight
            terms[level, axis] = columns
    return Tables(sizes, taps, left, split, merge, index, weight, terms)
