"""A cascade over two axes as tables of numbers, for the compiled kernels (`native/cascade/plane.h`).

Siblings are computed together, one in each lane of a register. Children of the signal whose subtrees are alike
share a register, with as many images as fit; their descendants stay in their parents' lanes, since the children of
all these parents by one filter are computed at once. The tree is walked depth first, so that only one stack of
spectra a generation is alive.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from subband import _native
from subband.arrays.caches import within_budget
from subband.kernels.cascade import reference as cascade_reference
from subband.kernels.cascade.tree import Cascade
from subband.kernels.fourier import columns as fourier_columns
from subband.kernels.instructions import lanes

SMALL = {"float32": 1e-9, "float64": 1e-15}
"""Share of a low-pass filter’s largest singular value below which the others are left out."""

NEGLIGIBLE = {"float32": 1e-8, "float64": 1e-17}
"""Share of a filter's largest value below which its spectrum, or a low-pass in space, is left out."""

IDLE = -1
"""In place of a node or an image: none in this lane."""

BLOCK = 4
"""Rows of a matrix that are multiplied together."""

_KERNELS = {"float32": _native.Plane32, "float64": _native.Plane64}


class Tables(NamedTuple):
    """What the compiled cascade reads.

    Attributes:
        source: (rows · columns,) index in the signal of each sample of the padded one; −1 is a zero.
        sizes: (strides, 2) rows and columns at each resolution.
        ffts: (strides, 2, 4) where the radices and twiddles of transforms of so many rows, and of so many columns,
            start and end.
        radices, twiddles: Of all transforms.
        segments: (segments, 6) runs of frequencies at which filters aren't negligible, see `_segments`.
        columns: For each filter, at each resolution and folding, where the segments of each folded column begin,
            and where the last one's end.
        filters: The spectra there: one number a frequency, or, for the signal's children, one for each lane.
        terms: (strides,) separable terms of the low-pass.
        bands: (strides, 4) the first of the low-pass's `blocks`: along rows, along columns, and the same
            transposed for the gradient.
        blocks: (blocks, 3) of each four rows of a matrix: the first column that isn't negligible, how many there
            are, and where in `matrices` their numbers begin.
        matrices: The numbers, four a column.
        stacks: (stacks, 5) generation, log₂ subsampling of the parents and of themselves, where in `columns` the
            filter begins, whether any has children.
        rows: (stacks + 1, lanes) row of the output of each lane, or −1; last those of the signal itself.
        images: (lanes,) to which of the images that are computed together each lane belongs, or −1.
    """

    source: np.ndarray
    sizes: np.ndarray
    ffts: np.ndarray
    radices: np.ndarray
    twiddles: np.ndarray
    segments: np.ndarray
    columns: np.ndarray
    filters: np.ndarray
    terms: np.ndarray
    bands: np.ndarray
    blocks: np.ndarray
    matrices: np.ndarray
    stacks: np.ndarray
    rows: np.ndarray
    images: np.ndarray


class Program(NamedTuple):
    """A cascade for the compiled kernels.

    Attributes:
        kernels: The loops, which hold the tables.
        tables: The tables, which count as memory that is kept.
        together: Images that are computed together.
        parts: (parts + 1,) stacks at which shares of the work that need nothing of each other begin.
        out: Output samples along each axis.
    """

    kernels: "_native.Plane32 | _native.Plane64"
    tables: Tables
    together: int
    parts: tuple[int, ...]
    out: tuple[int, ...]


class Stack(NamedTuple):
    """Nodes that are computed together.

    Attributes:
        generation: 0 for children of the signal.
        before, after: log₂ subsampling of their parents and of themselves.
        filters: Index in `Cascade.filters` of each of the signal's children; the one of all later generations.
        nodes: Index in `Cascade.nodes` of what is in each slot, or `IDLE`.
        deeper: Whether any has children.
    """

    generation: int
    before: int
    after: int
    filters: tuple[int, ...]
    nodes: tuple[int, ...]
    deeper: bool


@within_budget
def program(tree: Cascade, dtype: str) -> Program:
    """The tables of a cascade with real filters over two axes, in one precision."""
    width = lanes(dtype)
    strides = range(1 + max((node.stride for node in tree.nodes), default=0))
    sizes = [tuple(n >> s for n in tree.padded) for s in strides]
    stacks = list(_walk(tree, width))
    slots = max((len(stack.nodes) for stack in stacks), default=1)
    together = width // slots
    lane = np.arange(width)
    slot = np.where(lane < together * slots, lane % slots, IDLE)
    # Lanes beyond those of one image, which have no filter, may hold it as well.
    images = np.where(slot == IDLE, 0 if together == 1 else IDLE, lane // slots)
    starts, segments, columns, filters = _filters(tree, stacks, sizes, slot, dtype)
    terms, bands, blocks, matrices, out = _averages(tree, sizes, dtype)
    steps = [
        (s.generation, s.before, s.after, start, s.deeper) for s, start in zip(stacks, starts, strict=True)
    ]
    rows = [_lanes([1 + node if node != IDLE else IDLE for node in s.nodes], slot, IDLE) for s in stacks]
    tables = Tables(
        sources(tree), np.array(sizes), *_transforms(sizes, dtype), segments, columns, filters, terms, bands,
        blocks, matrices, np.array(steps, np.int64).reshape(-1, 5), np.stack([*rows, _lanes([0], slot, IDLE)]),
        images,
    )  # fmt: skip
    given = math.prod(tree.padded if tree.pad_mode == "given" else tree.shape)
    kernels = _KERNELS[dtype](*tables, given, 1 + len(tree.nodes), *out)
    parts = (*[k for k, stack in enumerate(stacks) if stack.generation == 0], len(stacks))
    return Program(kernels, tables, together, parts, out)


def _lanes(values: Any, slot: np.ndarray, idle: float) -> np.ndarray:
    """(…, slots) → (…, lanes): the value of each lane's slot, and `idle` where there is none."""
    values = np.asarray(values)
    there = (slot >= 0) & (slot < values.shape[-1])
    return np.where(there, values[..., np.where(there, slot, 0)], values.dtype.type(idle))


def _walk(tree: Cascade, width: int) -> Iterator[Stack]:
    """All nodes in stacks, depth first."""
    children: dict[int, list[int]] = defaultdict(list)
    for place, node in enumerate(tree.nodes):
        children[node.parent].append(place)

    def descend(stack: Stack) -> Iterator[Stack]:
        deeper = any(children[place] for place in stack.nodes if place != IDLE)
        yield stack._replace(deeper=deeper)
        found: dict[tuple[int, int, int], list[int]] = {}
        for slot, parent in enumerate(stack.nodes):
            for key, place in _distinct(tree, children[parent] if parent != IDLE else ()):
                found.setdefault(key, [IDLE] * len(stack.nodes))[slot] = place
        for (stride, filter_, _), nodes in sorted(found.items()):
            yield from descend(
                Stack(stack.generation + 1, stack.after, stride, (filter_,), tuple(nodes), False)
            )

    for stride, nodes in _first(tree, children, width):
        filters = tuple(tree.nodes[place].filter for place in nodes)
        yield from descend(Stack(0, 0, stride, filters, nodes, False))


def _distinct(tree: Cascade, nodes: Iterable[int]) -> Iterator[tuple[tuple[int, int, int], int]]:
    """Stride, filter and, where that has come before, how often, of each node."""
    seen: dict[tuple[int, int], int] = defaultdict(int)
    for place in nodes:
        key = tree.nodes[place].stride, tree.nodes[place].filter
        yield (*key, seen[key]), place
        seen[key] += 1


def _first(
    tree: Cascade, children: dict[int, list[int]], width: int
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The signal's children in groups that fit a register, of one resolution and with subtrees alike."""
    kinds: dict[tuple, int] = {}
    kind = {}
    for place in reversed(range(len(tree.nodes))):  # children before parents
        below = sorted((tree.nodes[c].stride, tree.nodes[c].filter, kind[c]) for c in children[place])
        kind[place] = kinds.setdefault(tuple(below), len(kinds))
    alike: dict[tuple[int, int], list[int]] = {}
    for place in children[-1]:
        alike.setdefault((tree.nodes[place].stride, kind[place]), []).append(place)
    for (stride, _), nodes in alike.items():
        groups = -(-len(nodes) // width)
        for part in np.array_split(np.array(nodes), groups):
            yield stride, tuple(part.tolist())


def sources(tree: Cascade) -> np.ndarray:
    """Place in the flat signal of each sample of the padded one; −1 is a zero."""
    given = tree.padded if tree.pad_mode == "given" else tree.shape
    places = np.arange(1.0, 1 + math.prod(given)).reshape(1, *given)
    return np.asarray(cascade_reference.pad(places, tree)).astype(np.int64).ravel() - 1


def _transforms(sizes: list[tuple[int, ...]], dtype: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    radices, twiddles = [np.zeros(0, np.int64)], [np.zeros(0, dtype)]
    table = np.zeros((len(sizes), 2, 4), np.int64)
    for s, size in enumerate(sizes):
        for axis, n in enumerate(size):
            made = fourier_columns.steps(n, dtype)
            for k, (all_, new) in enumerate(((radices, made.radices), (twiddles, made.twiddles))):
                start = sum(map(len, all_))
                table[s, axis, 2 * k : 2 * k + 2] = start, start + len(new)
                all_.append(new)
    return table, np.concatenate(radices), np.concatenate(twiddles)


def _filters(
    tree: Cascade, stacks: list[Stack], sizes: list[tuple[int, ...]], slot: np.ndarray, dtype: str
) -> tuple[list[int], np.ndarray, np.ndarray, np.ndarray]:
    """Where in `columns` each stack's filters begin; segments, columns and filters."""
    starts: list[int] = []
    used: dict[tuple, int] = {}
    segments, columns, filters = [np.zeros((0, 6), np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, dtype)]
    count = length = numbers = 0
    for stack in stacks:
        key = stack.filters, stack.generation == 0, stack.before, stack.after
        if key not in used:
            made, begins, values = _segments(tree, stack, sizes, dtype)
            if stack.generation == 0:
                values = _lanes(values, slot, 0)
            made[:, 5] = numbers + made[:, 5] * values.shape[1]
            segments.append(made)
            columns.append(count + begins)
            filters.append(values.astype(dtype).ravel())
            used[key] = length
            count, length, numbers = count + len(made), length + len(begins), numbers + values.size
        starts.append(used[key])
    return starts, np.concatenate(segments), np.concatenate(columns), np.concatenate(filters)


def _segments(
    tree: Cascade, stack: Stack, sizes: list[tuple[int, ...]], dtype: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of frequencies of a real signal at which filters aren't negligible.

    Half of the columns of its spectrum are known; beyond them, a frequency is the conjugate of the opposite one.
    The runs are in the order of the columns of the folded spectrum, and none of them is folded itself.

    Returns:
        (segments, 6) column and row of the half spectrum where a run begins; 1, or −1 for opposite frequencies; row
        of the folded column where it begins; its length; and the index of its first number.
        (columns + 1,) the first segment of each column of the folded spectrum, and how many there are.
        (frequencies, filters) the numbers: half of the filters, over the samples of the parent.
    """
    (rows, cols), (rows_out, cols_out) = sizes[stack.before], sizes[stack.after]
    spectra = np.stack([tree.at(filter_, stack.before).T for filter_ in stack.filters], axis=-1)
    largest = np.abs(spectra).max(axis=(0, 1))
    matters = (np.abs(spectra) > NEGLIGIBLE[dtype] * largest).any(axis=-1)
    order = np.arange(cols).reshape(-1, cols_out).T.ravel()  # those that fold into one beside each other
    spectra, matters = spectra[order], matters[order]
    opposite = order > cols // 2
    row = np.arange(rows)
    first = (row % rows_out == 0) | (opposite[:, None] & (row == 1))
    begins = matters & (first | ~np.roll(matters, 1, axis=1))
    ends = matters & np.roll(first | ~matters, -1, axis=1)
    column, begin = np.nonzero(begins)
    _, last = np.nonzero(ends)
    turned = opposite[column]
    length = last - begin + 1
    segments = np.stack([
        np.where(turned, cols - order[column], order[column]), np.where(turned, -begin % rows, begin),
        np.where(turned, -1, 1), begin % rows_out, length, np.cumsum(length) - length,
    ], axis=1)  # fmt: skip
    folded = order[column] % cols_out
    # A spectrum is that of two rows at once, twice as large.
    return segments, np.searchsorted(folded, np.arange(cols_out + 1)), spectra[matters] / (2 * rows * cols)


def _averages(
    tree: Cascade, sizes: list[tuple[int, ...]], dtype: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tuple[int, ...]]:
    """The low-pass at each resolution as sums of products of a matrix from the left and one from the right: terms,
    bands, blocks and matrices, and the samples that are left."""
    terms, bands, blocks, matrices, out = [], [], [np.zeros((0, 3), np.int64)], [], (1, 1)
    count = numbers = 0
    for s, size in enumerate(sizes):
        left, right = _means(tree, s, size) if tree.pooled else _separated(tree, s, size, dtype)
        out = (left.shape[2], right.shape[2])
        terms.append(len(left))
        bands.append([])
        for matrix in (right.transpose(0, 2, 1), left.transpose(0, 2, 1), right, left):
            bands[-1].append(count)
            for term in matrix:
                made, values = _blocks(term, dtype)
                made[:, 2] += numbers
                blocks.append(made)
                matrices.append(values)
                count, numbers = count + len(made), numbers + values.size
    return np.array(terms), np.array(bands), np.concatenate(blocks), np.concatenate(matrices), out


def _blocks(matrix: np.ndarray, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """(blocks, 3) and the numbers of a matrix, four rows at a time, without columns of negligible numbers at both
    ends."""
    rows = np.pad(matrix, ((0, -len(matrix) % BLOCK), (0, 0)))
    matters = np.abs(rows) > NEGLIGIBLE[dtype] * np.abs(rows).max()
    made, values = [], [np.zeros(0)]
    for k in range(0, len(rows), BLOCK):
        at = np.flatnonzero(matters[k : k + BLOCK].any(axis=0))
        first, count = (int(at[0]), int(at[-1] - at[0] + 1)) if at.size else (0, 0)
        made.append((first, count, sum(map(len, values))))
        values.append(rows[k : k + BLOCK, first : first + count].T.ravel())
    return np.array(made, np.int64), np.concatenate(values).astype(dtype)


def _means(tree: Cascade, stride: int, size: tuple[int, ...]) -> list[np.ndarray]:
    """(1, n, 1) for each axis: the mean over the samples that belong to the signal."""
    sides = []
    for n, kept in zip(size, tree.kept(stride), strict=True):
        side = np.zeros((1, n, 1))
        side[0, kept] = 1
        sides.append(side / side.sum())
    return sides


def _separated(tree: Cascade, stride: int, size: tuple[int, ...], dtype: str) -> list[np.ndarray]:
    """(terms, n, out) for each axis: φ and the subsampling to the output, by singular values of φ in space."""
    left, values, right = np.linalg.svd(np.fft.ifft2(tree.at(-1, stride)).real)
    terms = int(np.sum(values > SMALL[dtype] * values[0]))
    factors = left[:, :terms] * np.sqrt(values[:terms]), right[:terms].T * np.sqrt(values[:terms])[None, :]
    step, sides = 1 << (tree.stride - stride), []
    for n, factor, kept in zip(size, factors, tree.kept(tree.stride), strict=True):
        centres = step * np.arange(n // step)[kept]
        sides.append(factor[(centres[None, :] - np.arange(n)[:, None]) % n].transpose(2, 0, 1))
    return sides
