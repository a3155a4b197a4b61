"""Two-channel filter banks compiled for the CPU (`native/filterbank`).

Every signal is taken through all of its levels while it is in cache. Here is what surrounds the loops: which levels
are computed at once, and how signals, and parts of them, are shared between threads.
"""

from functools import lru_cache
from math import prod

import numpy as np

from subband import _native
from subband.kernels.filterbank.operations import OPERATIONS, Operation
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.tables import AXES, tables
from subband.kernels.threads import CHUNKS, WORTH_SHARING, share, threads

CODES = {name: code for code, name in enumerate(OPERATIONS)}
"""The number of each map in the extension."""

_BANKS = {np.dtype(np.float32): _native.FilterBank32, np.dtype(np.float64): _native.FilterBank64}


def apply(operation: Operation, source: np.ndarray, plan: Plan) -> np.ndarray:
    """One of the four maps of `subband.kernels.filterbank` on a C-contiguous float32 or float64 array."""
    dtype = source.dtype
    return _apply(operation, source.astype(precision(plan, dtype), copy=False), plan).astype(
        dtype, copy=False
    )


def precision(plan: Plan, dtype: np.dtype) -> np.dtype:
    """The type of numbers that float32 or float64 samples are computed in.

    It is float64 for signals shorter than the filters along every axis: most of what their filters read is
    extension, whose weights in mode "smooth" grow with the distance, to the filter's length, and cancel.
    """
    short = all(n < bank.taps for n, bank in zip(plan.size, plan.banks, strict=True))
    return np.dtype(np.float64) if short else dtype


def _apply(operation: Operation, source: np.ndarray, plan: Plan) -> np.ndarray:
    batch, dtype = len(source), source.dtype
    out = np.empty((batch, *plan.shape_after(tree=operation.tree, analysis=operation.analysis)), dtype)
    bank, code = bank_of(plan, dtype), CODES[operation.name]
    steps = schedule(operation, plan, batch)
    if len(steps) > 1:  # every signal's blocks between two levels, as threads share signals
        between = np.empty((batch, 2, _largest(plan, plan.rank if operation.tree else 0)), dtype)
    else:
        between = None
    for (first, last), parts in steps:

        def kernel(start: int, stop: int, first=first, last=last, parts=parts) -> None:
            bank.apply(code, source, out, between, first, last, parts, start, stop)

        share(kernel, batch * parts, source.size)
    return out


def schedule(operation: Operation, plan: Plan, batch: int) -> list[tuple[tuple[int, int], int]]:
    """(first level, last level + 1) and the parts of each signal, in the order in which they are done.

    As many signals as threads go through all levels one by one. Fewer, if they are large, are done level by level,
    each in parts, down to a level that is not worth sharing; but not where parts would be folded into one another.
    """
    alone = [((0, plan.levels), 1)]
    if batch * prod(plan.size) < WORTH_SHARING or batch >= threads():
        return alone
    if not operation.analysis and tables(plan, "float32").terms[:, AXES - plan.rank].any():
        return alone
    growth = 2**plan.rank if operation.tree else 1
    sizes = [batch * growth**level * prod(size) for level, size in enumerate(plan.sizes[:-1])]
    large = sum(size >= WORTH_SHARING for size in sizes)
    steps = [((level, level + 1), -(-CHUNKS * threads() // batch)) for level in range(large)]
    steps += [((large, plan.levels), 1)] if large < plan.levels else []
    return steps if operation.analysis else steps[::-1]


def _largest(plan: Plan, growth: int) -> int:
    """Samples of the largest level between the first and the last, whose bands grow by 2^growth a level."""
    return max(
        (2 ** (level * growth) * prod(plan.sizes[level]) for level in range(1, plan.levels)), default=0
    )


@lru_cache(maxsize=512)
def bank_of(plan: Plan, dtype: np.dtype) -> _native.FilterBank32 | _native.FilterBank64:
    """The kernel with the tables of a plan."""
    return _BANKS[dtype](plan.rank, *tables(plan, dtype.name), np.argsort(plan.band_order))
