"""A cascade over two axes as tables of numbers, for its compiled twin.

The tree is walked depth first, so that only one stack of spectra a generation is alive. Siblings at one
resolution are computed together as a stack that fits the second-level cache. Spectra lie transposed, as the
transform down the columns leaves them.
"""

import math
from typing import NamedTuple

import numpy as np

from subband.arrays.caches import within_budget
from subband.kernels.cascade import reference as cascade_reference
from subband.kernels.cascade.tree import Cascade
from subband.kernels.fourier import columns as fourier_lanes
from subband.kernels.fourier.sequence import whole
from subband.kernels.simd.lanes import lanes

CACHE = 1 << 19
"""Bytes that one stack of complex planes may take: half of a common second-level cache."""

SMALL = {"float32": 1e-9, "float64": 1e-15}
"""Share of a low-pass filter’s largest singular value below which the others are left out."""


IDLE = -1
"""In the place of a filter: none."""

Team = tuple[tuple[int, ...], int, int]

NEGLIGIBLE = {"float32": 1e-8, "float64": 1e-17}
"""Share of a filter's largest value below which a register of its spectrum is left out."""


class Program(NamedTuple):
    """What the compiled cascade reads.

    Attributes:
        source: (rows · columns,) place in the signal of each sample of the padded one; −1 is a zero.
        sizes: (strides, 2) rows and columns at each resolution.
        ffts: (strides, 2, 4) where the radices and twiddles of its rows' and its columns' transform start and
            end.
        radices, twiddles: Of all transforms.
        filters: The registers of transposed spectra that aren't negligible, in the order in which they are
            used: for each row of the folded spectrum and each register of it, the rows of the unfolded one
            that fall there, and for each of these the registers of the filters of a team (see `team`).
        rows: Which row of the unfolded spectrum each of these teams of registers belongs to.
        starts: For each team, at each resolution and folding: where its `filters` begin, and where in `rows`
            each row and register does.
        low: (strides, 3) where the matrices of its low-pass start: from the left, from the right, and the latter
            transposed.
        terms: (strides,) separable terms of the low-pass.
        lowpass: The matrices: terms of (rows, out rows) and of (columns, out columns), columns filled up with
            zeros.
        out: (2,) output samples along each axis.
        steps: (steps, 8) generation, parent's place in its stack and that stack's members, parent's and own
            log₂ subsampling, first member, members, whether any has children.
        members: (members, 2) where in `starts` its team begins, and its row of the output.
        parts: (parts + 1,) steps at which shares of the work that need nothing of each other begin.
    """

    source: np.ndarray
    sizes: np.ndarray
    ffts: np.ndarray
    radices: np.ndarray
    twiddles: np.ndarray
    filters: np.ndarray
    rows: np.ndarray
    starts: np.ndarray
    low: np.ndarray
    terms: np.ndarray
    lowpass: np.ndarray
    out: np.ndarray
    steps: np.ndarray
    members: np.ndarray
    parts: np.ndarray


def team(siblings: int) -> int:
    """How many filters multiply a spectrum in one reading: four, some idle, or one."""
    return 4 if siblings > 2 else 1


@within_budget
def program(tree: Cascade, dtype: str) -> Program:
    """The tables of a cascade with real filters over two axes, in one precision."""
    width = lanes(dtype)
    strides = range(1 + max((node.stride for node in tree.nodes), default=0))
    sizes = [tuple(n >> s for n in tree.padded) for s in strides]
    ffts, radices, twiddles = _transforms(sizes, dtype)
    steps, members, parts, used = _schedule(tree, sizes, dtype)
    filters, rows, starts = _packed(tree, used, width, dtype)
    low, terms, lowpass, out = _averages(tree, sizes, width, dtype)
    return Program(
        sources(tree), np.array(sizes), ffts, radices, twiddles, filters, rows, starts,
        low, terms, lowpass, out, steps, members, parts,
    )  # fmt: skip


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
            made = fourier_lanes.steps(n, dtype)
            for k, (all_, new) in enumerate(((radices, made.radices), (twiddles, made.twiddles))):
                start = sum(map(len, all_))
                table[s, axis, 2 * k : 2 * k + 2] = start, start + len(new)
                all_.append(new)
    return table, np.concatenate(radices), np.concatenate(twiddles)


def _schedule(
    tree: Cascade, sizes: list[tuple[int, ...]], dtype: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[Team, int]]:
    """Steps, their members, where the parts begin, and where each filter's starts are.

    The last names a team by its filters' places, and by the log₂ subsampling before and after them.
    """
    families: dict[int, list] = {}
    for family in tree.families:
        families.setdefault(family.parent, []).append(family)
    steps, members, parts = [], [], []
    used: dict[Team, int] = {}
    length = 0

    def starts(places: tuple[int, ...], before: int, after: int) -> int:
        nonlocal length
        key = tuple(tree.nodes[place].filter if place >= 0 else IDLE for place in places), before, after
        if key not in used:
            used[key] = length
            length += sizes[after][1] * -(-sizes[before][0] // lanes(dtype)) + 2
        return used[key]

    def descend(parent: int, slot: int, beside: int, generation: int, stride: int) -> None:
        for family in families.get(parent, ()):
            rows, columns = sizes[family.stride]
            together = max(1, CACHE // (2 * rows * columns * np.dtype(dtype).itemsize))
            together -= together % team(together) if together > team(together) else 0
            for first in range(0, len(family.nodes), together):
                group = family.nodes[first : first + together]
                if generation == 0:
                    parts.append(len(steps))
                deeper = any(place in families for place in group)
                steps.append(
                    (generation, slot, beside, stride, family.stride, len(members), len(group), deeper)
                )
                size = team(len(group))
                for k, place in enumerate(group):
                    mates = group[k // size * size :][:size]
                    mates += (IDLE,) * (size - len(mates))
                    members.append((starts(mates, stride, family.stride), 1 + place))
                for k, place in enumerate(group):
                    descend(place, k, len(group), generation + 1, family.stride)

    descend(-1, 0, 1, 0, 0)
    return (
        np.array(steps, np.int64).reshape(-1, 8),
        np.array(members, np.int64).reshape(-1, 2),
        np.array([*parts, len(steps)], np.int64),
        used,
    )


def _packed(
    tree: Cascade, used: dict[Team, int], width: int, dtype: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The registers of the spectra that matter, their rows, and where each row and register of the folded
    one begins."""
    kept, rows, starts = [], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    entries = numbers = 0
    for places, stride, after in used:
        spectra = np.stack([tree.at(max(place, 0), stride).T * (place != IDLE) for place in places], axis=-1)
        spectra = spectra.astype(dtype)
        n, across, size = spectra.shape
        registers = np.pad(spectra, ((0, 0), (0, -across % width), (0, 0))).reshape(n, -1, width, size)
        # (folded row, register, row that falls there, filter, number)
        folded = registers.reshape(1 << (after - stride), -1, *registers.shape[1:]).transpose(1, 2, 0, 4, 3)
        matters = (np.abs(folded) > NEGLIGIBLE[dtype] * np.abs(spectra).max()).any(axis=(-2, -1))
        at = np.nonzero(matters)
        kept.append(folded[at].ravel())
        rows.append(at[0] + at[2] * folded.shape[0])
        starts.append(np.array([numbers, entries]))
        starts.append(entries + np.cumsum(matters.sum(axis=-1).ravel()))
        entries, numbers = entries + len(at[0]), numbers + kept[-1].size
    return np.concatenate([*kept, np.zeros(1, dtype)]), np.concatenate(rows), np.concatenate(starts)


def _averages(
    tree: Cascade, sizes: list[tuple[int, ...]], width: int, dtype: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The low-pass at each resolution as sums of products of a matrix from the left and one from the right."""
    low, terms, flat, length, out = [], [], [], 0, (1, 1)
    for s, size in enumerate(sizes):
        sides = _means(tree, s, size) if tree.pooled else _separated(tree, s, size, dtype)
        out = tuple(side.shape[2] for side in sides)
        terms.append(len(sides[0]))
        starts = []
        for matrix in (*sides, sides[1].transpose(0, 2, 1)):
            filled = np.zeros((*matrix.shape[:2], whole(matrix.shape[2], max(4, width))), dtype)
            filled[..., : matrix.shape[2]] = matrix
            starts.append(length)
            flat.append(filled.ravel())
            length += filled.size
        low.append(starts)
    return np.array(low), np.array(terms), np.concatenate(flat), np.array(out)


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
