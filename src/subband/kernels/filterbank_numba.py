"""Two-channel filter banks compiled for the CPU: the fast twins of `filterbank_reference`.

Every signal is taken through all of its levels while it is in cache; one level is in `filterbank_levels`, its inner
loops in `filterbank_rows`.
"""

from functools import lru_cache
from hashlib import sha256
from math import prod
from pathlib import Path

import numpy as np
from numba import njit

from subband.kernels import filterbank_levels, filterbank_rows, filterbank_tables, lanes, pointers
from subband.kernels.filterbank_levels import merge_level, split_level
from subband.kernels.filterbank_rows import inlined, inner
from subband.kernels.filterbank_tables import Scratch, Tables, scratch, tables
from subband.kernels.plan import Plan
from subband.kernels.pointers import advance, borrow, pointer
from subband.kernels.threads import share

_outer = njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


def apply(operation: str, source: np.ndarray, plan: Plan) -> np.ndarray:
    """One of the four maps of `subband.kernels.filterbank` on a C-contiguous float32 or float64 array."""
    loop = _LOOPS[operation]
    shapes = {
        "pyramid_analysis": (plan.total,),
        "tree_analysis": plan.tree_shape,
        "pyramid_synthesis": plan.size,
        "tree_synthesis": plan.size,
    }
    batch = len(source)
    out = np.empty((batch, *shapes[operation]), source.dtype)
    t, more = tables(plan, source.dtype.name), ()
    if operation.startswith("tree"):
        more = (_places(plan),)
    block = _largest(plan, plan.rank if more else 0)
    x, y = source.reshape(batch, -1), out.reshape(batch, -1)

    # Compiled apart for each rank: a None leaves the code of the axes that are not there out.
    plane, volume = (1 if plan.rank > 1 else None), (1 if plan.rank > 2 else None)

    def kernel(start: int, stop: int) -> None:
        w = scratch(plan, source.dtype, block)
        loop(x, y, plan.rank, plane, volume, t, w, start, stop, *more)

    share(kernel, batch, source.size)
    return out


def _largest(plan: Plan, growth: int) -> int:
    """Samples of the largest level between the first and the last, whose bands grow by 2^growth a level."""
    return max(
        (2 ** (level * growth) * prod(plan.sizes[level]) for level in range(1, plan.levels)), default=0
    )


@lru_cache(maxsize=128)
def _places(plan: Plan) -> np.ndarray:
    """Where the band of each natural index stands."""
    return np.argsort(plan.band_order)


@inner
def _borrow_tables(t):
    return Tables(
        borrow(t.sizes), borrow(t.taps), borrow(t.left), borrow(t.split),
        borrow(t.merge), borrow(t.index), borrow(t.weight), borrow(t.terms),
    )  # fmt: skip


@inner
def _borrow_scratch(w):
    return Scratch(
        borrow(w.lines), borrow(w.pads), borrow(w.outside), borrow(w.slabs),
        borrow(w.row_edge), borrow(w.slab_edge), borrow(w.places), borrow(w.blocks),
    )  # fmt: skip


@inlined
def _count(t, level):
    """Samples of a block."""
    return t.sizes[level, 0] * t.sizes[level, 1] * t.sizes[level, 2]


@inlined
def _details(approx, first, count):
    """The bands of a level: the approximation, then the details that lie from `first` on."""
    return (
        approx,
        first,
        advance(first, count),
        advance(first, 2 * count),
        advance(first, 3 * count),
        advance(first, 4 * count),
        advance(first, 5 * count),
        advance(first, 6 * count),
    )


@inlined
def _child(store, node, i, rank, width, places, final, count):
    """Child i of a node of a tree, in a store of `width` nodes along each transformed axis."""
    place, parents, steps = 0, width // 2, 1
    for axis in range(rank):
        band = 2 * (node % parents) + (i >> axis) % 2
        place += steps * (places[band] if final else band)
        node, steps = node // parents, steps * width
    return advance(store, place * count)


@inlined
def _children(store, f, rank, width, places, final, count):
    return (
        _child(store, f, 0, rank, width, places, final, count),
        _child(store, f, 1, rank, width, places, final, count),
        _child(store, f, 2, rank, width, places, final, count),
        _child(store, f, 3, rank, width, places, final, count),
        _child(store, f, 4, rank, width, places, final, count),
        _child(store, f, 5, rank, width, places, final, count),
        _child(store, f, 6, rank, width, places, final, count),
        _child(store, f, 7, rank, width, places, final, count),
    )


def _compiled(sources: str) -> dict:
    """The four maps, of the signals start … stop − 1.

    numba's cache on disk knows a function by its file's time stamp, its own code and what it closes over, so what
    it calls from other files has to be among the latter.
    """

    @_outer
    def pyramid_analysis(x, c, rank, plane, volume, t, w, start, stop):
        sources  # noqa: B018
        levels = len(t.sizes) - 1
        x, c, t, w = borrow(x), borrow(c), _borrow_tables(t), _borrow_scratch(w)
        for item in range(start, stop):
            block, out = pointer(x[item]), pointer(c[item])
            details = advance(out, c.shape[1])
            for level in range(levels):
                count = _count(t, level + 1)
                details = advance(details, -(2**rank - 1) * count)
                approx = out if level == levels - 1 else pointer(w.blocks[level % 2])
                split_level(block, _details(approx, details, count), plane, volume, t, level, w)
                block = approx

    @_outer
    def pyramid_synthesis(c, x, rank, plane, volume, t, w, start, stop):
        sources  # noqa: B018
        levels = len(t.sizes) - 1
        x, c, t, w = borrow(x), borrow(c), _borrow_tables(t), _borrow_scratch(w)
        for item in range(start, stop):
            approx = pointer(c[item])
            details = advance(approx, _count(t, levels))
            for level in range(levels - 1, -1, -1):
                count = _count(t, level + 1)
                block = pointer(w.blocks[level % 2]) if level else pointer(x[item])
                merge_level(_details(approx, details, count), block, plane, volume, t, level, w)
                details = advance(details, (2**rank - 1) * count)
                approx = block

    @_outer
    def tree_analysis(x, c, rank, plane, volume, t, w, start, stop, places):
        sources  # noqa: B018
        levels = len(t.sizes) - 1
        x, c, t, w = borrow(x), borrow(c), _borrow_tables(t), _borrow_scratch(w)
        for item in range(start, stop):
            parents = pointer(x[item])
            for level in range(levels):
                final, width, count = level == levels - 1, 2 ** (level + 1), _count(t, level + 1)
                store = pointer(c[item]) if final else pointer(w.blocks[level % 2])
                for node in range(2 ** (level * rank)):
                    block = advance(parents, node * _count(t, level))
                    bands = _children(store, node, rank, width, places, final, count)
                    split_level(block, bands, plane, volume, t, level, w)
                parents = store

    @_outer
    def tree_synthesis(c, x, rank, plane, volume, t, w, start, stop, places):
        sources  # noqa: B018
        levels = len(t.sizes) - 1
        x, c, t, w = borrow(x), borrow(c), _borrow_tables(t), _borrow_scratch(w)
        for item in range(start, stop):
            store = pointer(c[item])
            for level in range(levels - 1, -1, -1):
                final, width, count = level == levels - 1, 2 ** (level + 1), _count(t, level + 1)
                parents = pointer(w.blocks[level % 2]) if level else pointer(x[item])
                for node in range(2 ** (level * rank)):
                    bands = _children(store, node, rank, width, places, final, count)
                    merge_level(bands, advance(parents, node * _count(t, level)), plane, volume, t, level, w)
                store = parents

    return {
        "pyramid_analysis": pyramid_analysis,
        "pyramid_synthesis": pyramid_synthesis,
        "tree_analysis": tree_analysis,
        "tree_synthesis": tree_synthesis,
    }


def _digest() -> str:
    rooms = (filterbank_levels, filterbank_rows, filterbank_tables, lanes, pointers)
    return sha256(b"".join(Path(str(room.__file__)).read_bytes() for room in rooms)).hexdigest()


_LOOPS = _compiled(_digest())
