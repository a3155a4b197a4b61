"""Two-channel filter banks compiled for the CPU: the fast twins of `reference`.

Every signal is taken through all of its levels while it is in cache; one level is in `levels`, its inner
loops in `rows`.
"""

from functools import lru_cache
from math import prod

import numpy as np

from subband.kernels.filterbank import levels as filterbank_levels
from subband.kernels.filterbank import rows as filterbank_rows
from subband.kernels.filterbank import tables as filterbank_tables
from subband.kernels.filterbank.levels import merge_level, split_level
from subband.kernels.filterbank.operations import Operation
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.rows import inlined, inner
from subband.kernels.filterbank.tables import AXES, Scratch, Tables, scratch, tables
from subband.kernels.fingerprint import digest
from subband.kernels.jit import outer
from subband.kernels.simd import lanes, pointers
from subband.kernels.simd import moves as lane_moves
from subband.kernels.simd.pointers import advance, borrow, pointer
from subband.kernels.threads import CHUNKS, WORTH_SHARING, each, share, threads


def apply(operation: Operation, source: np.ndarray, plan: Plan) -> np.ndarray:
    """One of the four maps of `subband.kernels.filterbank` on a C-contiguous float32 or float64 array.

    Signals shorter than the filters along every axis are computed in double precision: most of what their filters
    read is extension, whose weights in mode "smooth" grow with the distance, to the filter's length, and cancel.
    """
    if source.dtype == np.float32 and all(
        n < bank.taps for n, bank in zip(plan.size, plan.banks, strict=True)
    ):
        return _apply(operation, source.astype(np.float64), plan).astype(np.float32)
    return _apply(operation, source, plan)


def _apply(operation: Operation, source: np.ndarray, plan: Plan) -> np.ndarray:
    tree = operation.tree
    batch, dtype = len(source), source.dtype
    out = np.empty((batch, *plan.shape_after(tree=tree, analysis=operation.analysis)), dtype)
    x, y = source.reshape(batch, -1), out.reshape(batch, -1)
    t, store = tables(plan, dtype.name), _largest(plan, plan.rank if tree else 0)
    more = (_places(plan),) if tree else ()

    # Compiled apart for each rank: a None leaves the code of the axes that are not there out.
    kind = (plan.rank, 1 if plan.rank > 1 else None, 1 if plan.rank > 2 else None)
    steps = _schedule(operation, plan, batch)
    # What lies between two levels: one signal's for each thread, or every signal's where threads share signals.
    shared = np.empty((batch, 2, store), dtype) if len(steps) > 1 else None

    @each
    def own() -> tuple[np.ndarray, Scratch]:
        return np.empty((1, 2, store), dtype) if shared is None else shared, scratch(plan, dtype)

    for levels, parts in steps:

        def kernel(start: int, stop: int, levels=levels, parts=parts) -> None:
            _LOOPS[operation.name](x, y, *kind, t, *own(), levels, parts, start, stop, *more)

        share(kernel, batch * parts, source.size)
    return out


def _schedule(operation: Operation, plan: Plan, batch: int) -> list[tuple[tuple[int, int], int]]:
    """(first level, last level + 1) and the parts of each signal, in the order in which they are done.

    As many signals as threads go through all levels one by one. Fewer, if they are large, are done level by level,
    each in parts, down to a level that is not worth sharing; but not where parts would be folded into one another.
    """
    alone = [((0, plan.levels), 1)]
    if batch >= threads() or batch * prod(plan.size) < WORTH_SHARING:
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
        borrow(w.row_edge), borrow(w.slab_edge), borrow(w.places),
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
    """The four maps, of the signals start … stop − 1, made from these sources (see `digest`)."""

    @outer
    def pyramid_analysis(x, c, rank, plane, volume, t, blocks, w, levels, parts, start, stop):
        _ = sources
        last = len(t.sizes) - 2
        x, c, t, blocks, w = borrow(x), borrow(c), _borrow_tables(t), borrow(blocks), _borrow_scratch(w)
        for work in range(start, stop):
            item, part = work // parts, (work % parts, parts)
            out, store = pointer(c[item]), blocks[item % len(blocks)]
            block, details = pointer(x[item]), advance(out, c.shape[1])
            for level in range(levels[1]):
                count = _count(t, level + 1)
                details = advance(details, -(2**rank - 1) * count)
                approx = out if level == last else pointer(store[level % 2])
                if level >= levels[0]:
                    bands = _details(approx, details, count)
                    split_level(block, bands, plane, volume, t, level, w, part)
                block = approx

    @outer
    def pyramid_synthesis(c, x, rank, plane, volume, t, blocks, w, levels, parts, start, stop):
        _ = sources
        last = len(t.sizes) - 2
        x, c, t, blocks, w = borrow(x), borrow(c), _borrow_tables(t), borrow(blocks), _borrow_scratch(w)
        for work in range(start, stop):
            item, part = work // parts, (work % parts, parts)
            approx, store = pointer(c[item]), blocks[item % len(blocks)]
            details = advance(approx, _count(t, last + 1))
            for level in range(last, levels[0] - 1, -1):
                count = _count(t, level + 1)
                block = pointer(store[(level - 1) % 2]) if level else pointer(x[item])
                if level < levels[1]:
                    bands = _details(approx, details, count)
                    merge_level(bands, block, plane, volume, t, level, w, part)
                details = advance(details, (2**rank - 1) * count)
                approx = block

    @outer
    def tree_analysis(x, c, rank, plane, volume, t, blocks, w, levels, parts, start, stop, places):
        _ = sources
        last = len(t.sizes) - 2
        x, c, t, blocks, w = borrow(x), borrow(c), _borrow_tables(t), borrow(blocks), _borrow_scratch(w)
        for work in range(start, stop):
            item, part = work // parts, (work % parts, parts)
            store = blocks[item % len(blocks)]
            for level in range(levels[0], levels[1]):
                width, count = 2 ** (level + 1), _count(t, level + 1)
                parents = pointer(store[(level - 1) % 2]) if level else pointer(x[item])
                children = pointer(c[item]) if level == last else pointer(store[level % 2])
                for node in range(2 ** (level * rank)):
                    block = advance(parents, node * _count(t, level))
                    bands = _children(children, node, rank, width, places, level == last, count)
                    split_level(block, bands, plane, volume, t, level, w, part)

    @outer
    def tree_synthesis(c, x, rank, plane, volume, t, blocks, w, levels, parts, start, stop, places):
        _ = sources
        last = len(t.sizes) - 2
        x, c, t, blocks, w = borrow(x), borrow(c), _borrow_tables(t), borrow(blocks), _borrow_scratch(w)
        for work in range(start, stop):
            item, part = work // parts, (work % parts, parts)
            store = blocks[item % len(blocks)]
            for level in range(levels[1] - 1, levels[0] - 1, -1):
                width, count = 2 ** (level + 1), _count(t, level + 1)
                parents = pointer(store[(level - 1) % 2]) if level else pointer(x[item])
                children = pointer(c[item]) if level == last else pointer(store[level % 2])
                for node in range(2 ** (level * rank)):
                    bands = _children(children, node, rank, width, places, level == last, count)
                    block = advance(parents, node * _count(t, level))
                    merge_level(bands, block, plane, volume, t, level, w, part)

    return {
        "pyramid_analysis": pyramid_analysis,
        "pyramid_synthesis": pyramid_synthesis,
        "tree_analysis": tree_analysis,
        "tree_synthesis": tree_synthesis,
    }


ROOMS = (filterbank_levels, filterbank_rows, filterbank_tables, lane_moves, lanes, pointers)
"""Where the code comes from that is compiled into the maps."""


_LOOPS = _compiled(digest(*ROOMS))
