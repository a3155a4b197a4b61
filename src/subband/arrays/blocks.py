"""Long arrays a block at a time, so that what is computed on the way stays small."""

from collections.abc import Callable, Iterator
from math import prod

import numpy as np

from subband.arrays.compilers import compiling
from subband.arrays.namespace import Array, library

NUMBERS = 1 << 20
"""Numbers of one block: more than the overhead of calls is worth, and little beside an array that is large."""


def time_blocks(shape: tuple[int, ...], around: int = 0) -> Iterator[tuple[slice, slice, slice]]:
    """Blocks along the last axis of an array.

    Args:
        shape: Of the array.
        around: Samples that a block sees of each neighbour.

    Yields:
        Which samples a block stands for; the same with what is around them; and where the former are in the latter.
    """
    *others, length = shape
    step = max(1, 2 * around, NUMBERS // max(1, prod(others)))
    for start in range(0, length, step):
        stop = min(start + step, length)
        first = max(0, start - around)
        yield (
            slice(start, stop),
            slice(first, min(stop + around, length)),
            slice(start - first, stop - first),
        )


def in_blocks(act: Callable[[Array, slice], Array], x: Array, *, around: int = 0) -> Array:
    """Apply `act` to blocks along the last axis, each with some samples around it, and join what it gives.

    JAX and compiled programs of PyTorch get all of it at once: their compilers choose what is kept in memory.

    Args:
        act: Of (…, t) and a slice of t, to an array with the length of the slice.
        x: (…, N).
        around: Samples that a block sees of each neighbour.
    """
    length = x.shape[-1]
    if library(x) not in ("numpy", "torch") or compiling():
        return act(x, slice(0, length))
    out = None
    for here, seen, inside in time_blocks(tuple(x.shape), around):
        part = act(x[..., seen], inside)
        if part.shape[-1] == length:
            return part
        if out is None:
            out = _like(part, length)
        out[..., here] = part
    return out


def _like(part: Array, length: int) -> Array:
    """An array like a block, of the whole length."""
    shape = (*part.shape[:-1], length)
    # Made from the block, it is one of those that `torch.func.vmap` maps.
    return part.new_empty(shape) if library(part) == "torch" else np.empty(shape, part.dtype)
