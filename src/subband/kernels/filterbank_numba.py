"""Two-channel filter banks compiled for the CPU: the fast twins of `filterbank_reference`.

Every signal is taken through all of its levels while it is in cache. A level over several axes is one pass: the
outer axes are filtered first, on whole rows at a time, and each pair of filtered rows goes straight through the
row filter into the four sub-bands, so nothing of the size of the signal is written in between. All filtering, in
both directions and along every axis, is one operation: two sums of the same few lanes of samples with two sets
of weights (`_mix`). Along the last axis the lanes are the shifted even and odd phases of a row, along the others
they are rows.

One file, because numba's cache on disk looks at no other when it decides whether to compile again.
"""

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numba.core import cgutils
from numba.extending import intrinsic

from subband.kernels.plan import Plan
from subband.kernels.threads import share

AXES = 3
"""Transformed axes that the compiled loops are written for; signals of fewer get axes of length 1 in front."""

PIECE = 512
"""Samples of a band that are worked on at a time, so that they and their lanes fit into the nearest cache."""

# Contraction to fused multiply-add is the only liberty: NaN and infinity stay what they are.
_inner = njit(fastmath={"contract"}, error_model="numpy")
_inlined = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)
_outer = njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


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


class Scratch(NamedTuple):
    """What one thread writes in between, none of it larger than a signal's row, rank 3 apart.

    Attributes:
        phases, pads: (2, P) a piece of a row as even and odd samples, and of its two bands with zeros around.
        outside: (B,) samples that stand outside of a row.
        rows, slabs: flat; up to 4 rows, or 8 slabs, of filtered samples.
        row_edge, slab_edge: flat; rows and slabs that stand outside of the signal.
        zero: flat; a slab of nothing.
        blocks: (2, S) two levels between the first and the last.
    """

    phases: np.ndarray
    pads: np.ndarray
    outside: np.ndarray
    rows: np.ndarray
    slabs: np.ndarray
    row_edge: np.ndarray
    slab_edge: np.ndarray
    zero: np.ndarray
    blocks: np.ndarray


@lru_cache(maxsize=512)
def _scratch_sizes(plan: Plan, block: int) -> tuple[tuple[int, ...], ...]:
    """Shapes of the fields of `Scratch`; `block` samples of a level between the first and the last."""
    t = tables(plan, "float32")
    row = int(t.sizes[:, 2].max())
    slab = row * int(t.sizes[:, 1].max()) if plan.rank > 2 else 0
    outside, piece = t.index.shape[2], PIECE + t.split.shape[2]
    edges = ((outside * row,), (outside * slab,)) if plan.rank > 1 else ((0,), (0,))
    return (
        (2, piece),
        (2, piece),
        (outside,),
        (4 * row,),
        (8 * slab,),
        *edges,
        (max(row, slab),),
        (2, block),
    )


def _scratch(plan: Plan, dtype: np.dtype, block: int) -> Scratch:
    """Scratch for one thread."""
    w = Scratch(*(np.empty(shape, dtype) for shape in _scratch_sizes(plan, block)))
    if plan.rank > 1:
        w.zero[:] = 0
    return w


def apply(operation: str, source: np.ndarray, plan: Plan) -> np.ndarray:
    """One of the four maps of `subband.kernels.filterbank` on a C-contiguous float32 or float64 array."""
    batch, dtype = len(source), source.dtype
    match operation:
        case "pyramid_analysis":
            out = np.empty((batch, plan.total), dtype)
            _run(_pyramid_analysis, _with_axes(source, plan), out, plan, _largest(plan, 0))
        case "pyramid_synthesis":
            out = np.empty((batch, *plan.size), dtype)
            _run(_pyramid_synthesis, source, _with_axes(out, plan), plan, _largest(plan, 0))
        case "tree_analysis":
            out = np.empty((batch, *plan.tree_shape), dtype)
            store = _largest(plan, plan.rank)
            _run(_tree_analysis, _with_axes(source, plan), _with_bands(out, plan), plan, store, _places(plan))
        case "tree_synthesis":
            out = np.empty((batch, *plan.size), dtype)
            store = _largest(plan, plan.rank)
            _run(
                _tree_synthesis, _with_bands(source, plan), _with_axes(out, plan), plan, store, _places(plan)
            )
        case _:
            raise ValueError(operation)
    return out


def _run(loop, source: np.ndarray, out: np.ndarray, plan: Plan, block: int, *more) -> None:
    t = tables(plan, source.dtype.name)

    # Compiled apart for each rank: a None leaves the code of the axes that are not there out.
    plane, volume = (1 if plan.rank > 1 else None), (1 if plan.rank > 2 else None)

    def kernel(start: int, stop: int) -> None:
        w = _scratch(plan, source.dtype, block)
        loop(source, out, plan.rank, plane, volume, t, w, start, stop, *more)

    share(kernel, len(source), source.size)


def _with_axes(x: np.ndarray, plan: Plan) -> np.ndarray:
    return x.reshape(len(x), *(1,) * (AXES - plan.rank), *plan.size)


def _with_bands(c: np.ndarray, plan: Plan) -> np.ndarray:
    ones = (1,) * (AXES - plan.rank)
    return c.reshape(len(c), *ones, *plan.tree_shape[: plan.rank], *ones, *plan.tree_shape[plan.rank :])


def _largest(plan: Plan, growth: int) -> int:
    """Samples of the largest level between the first and the last, whose bands grow by 2^growth a level."""
    return max(
        (2 ** (level * growth) * prod(plan.sizes[level]) for level in range(1, plan.levels)), default=0
    )


@lru_cache(maxsize=128)
def _places(plan: Plan) -> np.ndarray:
    """Where the band of each natural index stands."""
    return np.argsort(plan.band_order)


# ---- the one operation: two weighted sums of the same lanes -------------------------------------------


@_inlined
def _mix2(y, z, u, v, j, a, b, fresh):
    """y, z ← [y, z +] Σ of two lanes with the weights u[j:], v[j:]."""
    ua, ub, va, vb = u[j], u[j + 1], v[j], v[j + 1]
    if fresh:
        for i in range(y.size):
            y[i] = ua * a[i] + ub * b[i]
            z[i] = va * a[i] + vb * b[i]
    else:
        for i in range(y.size):
            y[i] += ua * a[i] + ub * b[i]
            z[i] += va * a[i] + vb * b[i]


@_inlined
def _mix4(y, z, u, v, j, a, b, c, d, fresh):
    ua, ub, uc, ud = u[j], u[j + 1], u[j + 2], u[j + 3]
    va, vb, vc, vd = v[j], v[j + 1], v[j + 2], v[j + 3]
    if fresh:
        for i in range(y.size):
            y[i] = ua * a[i] + ub * b[i] + uc * c[i] + ud * d[i]
            z[i] = va * a[i] + vb * b[i] + vc * c[i] + vd * d[i]
    else:
        for i in range(y.size):
            y[i] += ua * a[i] + ub * b[i] + uc * c[i] + ud * d[i]
            z[i] += va * a[i] + vb * b[i] + vc * c[i] + vd * d[i]


@_inlined
def _mix8(y, z, u, v, j, a, b, c, d, e, f, g, h, fresh):
    ua, ub, uc, ud, ue, uf, ug, uh = (
        u[j],
        u[j + 1],
        u[j + 2],
        u[j + 3],
        u[j + 4],
        u[j + 5],
        u[j + 6],
        u[j + 7],
    )
    va, vb, vc, vd, ve, vf, vg, vh = (
        v[j],
        v[j + 1],
        v[j + 2],
        v[j + 3],
        v[j + 4],
        v[j + 5],
        v[j + 6],
        v[j + 7],
    )
    if fresh:
        for i in range(y.size):
            y[i] = (
                ua * a[i] + ub * b[i] + uc * c[i] + ud * d[i] + ue * e[i] + uf * f[i] + ug * g[i] + uh * h[i]
            )
            z[i] = (
                va * a[i] + vb * b[i] + vc * c[i] + vd * d[i] + ve * e[i] + vf * f[i] + vg * g[i] + vh * h[i]
            )
    else:
        for i in range(y.size):
            y[i] += (
                ua * a[i] + ub * b[i] + uc * c[i] + ud * d[i] + ue * e[i] + uf * f[i] + ug * g[i] + uh * h[i]
            )
            z[i] += (
                va * a[i] + vb * b[i] + vc * c[i] + vd * d[i] + ve * e[i] + vf * f[i] + vg * g[i] + vh * h[i]
            )


def _mixer(lane):
    """y, z ← Σⱼ u[j] lane(j), Σⱼ v[j] lane(j), eight lanes at a time so that the sums stay in registers."""

    @_inlined
    def mix(y, z, u, v, taps, s):
        j = 0
        while taps - j >= 8:
            _mix8(
                y, z, u, v, j, lane(s, j), lane(s, j + 1), lane(s, j + 2), lane(s, j + 3),
                lane(s, j + 4), lane(s, j + 5), lane(s, j + 6), lane(s, j + 7), j == 0,
            )  # fmt: skip
            j += 8
        if taps - j >= 4:
            _mix4(y, z, u, v, j, lane(s, j), lane(s, j + 1), lane(s, j + 2), lane(s, j + 3), j == 0)
            j += 4
        if taps - j >= 2:
            _mix2(y, z, u, v, j, lane(s, j), lane(s, j + 1), j == 0)

    return mix


@_inlined
def _later(source, j):
    """Phase j mod 2 of a row, ⌊j/2⌋ samples on."""
    even, odd, count = source
    if j % 2 == 0:
        return even[j // 2 : j // 2 + count]
    return odd[j // 2 : j // 2 + count]


@_inlined
def _earlier(source, j):
    """Band j mod 2 of a row, ⌊j/2⌋ samples back."""
    low, high, first, count = source
    if j % 2 == 0:
        return low[first - j // 2 : first - j // 2 + count]
    return high[first - j // 2 : first - j // 2 + count]


@_inlined
def _extended_row(source, j):
    """Row first + j of an extended block."""
    x, edge, left, first = source
    row = first + j - left
    if row < 0:
        return edge[row + left]
    if row < len(x):
        return x[row]
    return edge[row - len(x) + left]


@_inlined
def _band_row(source, j):
    """Row q − ⌊j/2⌋ of band j mod 2, zeros outside."""
    low, high, zero, q = source
    row = q - j // 2
    if row < 0 or row >= len(low):
        return zero
    if j % 2 == 0:
        return low[row]
    return high[row]


_mix_later, _mix_earlier = _mixer(_later), _mixer(_earlier)
_mix_extended_rows, _mix_band_rows = _mixer(_extended_row), _mixer(_band_row)


# ---- one level over one, two and three axes -----------------------------------------------------------


@_inner
def _add(y, weight, x):
    """y ← y + weight · x. Loops, here and below, because numba takes seconds to compile an array expression."""
    for i in range(y.size):
        y[i] += weight * x[i]


@_inlined
def _clear(y):
    for i in range(y.size):
        y[i] = 0


@_inlined
def _copy(y, x):
    for i in range(y.size):
        y[i] = x[i]


@_inlined
def _part(x, even, odd):
    """even, odd ← the phases of x. The index starts at 0, or numba would look for negative ones at each sample."""
    for i in range(even.size):
        even[i] = x[2 * i]
        odd[i] = x[2 * i + 1]


@_inlined
def _interleave(even, odd, x):
    for i in range(even.size):
        x[2 * i] = even[i]
        x[2 * i + 1] = odd[i]


@_inner
def _extend_rows(x, edge, index, weight, terms, outside):
    """edge ← the rows that stand outside of x."""
    for b in range(outside):
        _clear(edge[b])
        for t in range(terms):
            if weight[b, t] != 0:
                _add(edge[b], weight[b, t], x[index[b, t]])


@_inner
def _fold_rows(x, edge, index, weight, terms, outside):
    """x ← x + what the rows outside of x were made of."""
    for b in range(outside):
        for t in range(terms):
            if weight[b, t] != 0:
                _add(x[index[b, t]], weight[b, t], edge[b])


@_inlined
def _inside(first, count, left, n):
    """The steps i in 0 … count whose samples 2 (first + i) and the next one both lie inside of the signal."""
    start = min(count, max(0, (left + 1) // 2 - first))
    return start, max(start, min(count, (left + n) // 2 - first))


@_inlined
def _sample(x, m, left, index, weight, terms):
    """Extended sample m of a row."""
    n = x.size
    if left <= m < left + n:
        return x[m - left]
    b = m if m < left else m - n
    total = weight.dtype.type(0)
    for c in range(terms):
        if weight[b, c] != 0:
            total += weight[b, c] * x[index[b, c]]
    return total


@_inlined
def _split_line(x, low, high, t, level, w):
    """One row into two bands, a piece at a time that stays in the nearest cache."""
    n, k, left, taps = x.size, low.size, t.left[2], t.taps[2]
    if taps == 2 and n == 2 * k:
        u, v = t.split[2, 0], t.split[2, 1]
        ua, ub, va, vb = u[0], u[1], v[0], v[1]
        for i in range(k):
            low[i] = ua * x[2 * i] + ub * x[2 * i + 1]
            high[i] = va * x[2 * i] + vb * x[2 * i + 1]
        return
    index, weight, terms = t.index[level, 2], t.weight[level, 2], t.terms[level, 2]
    even, odd = w.phases[0], w.phases[1]
    for first in range(0, k, PIECE):
        size = min(PIECE, k - first)
        count = size + taps // 2 - 1
        start, stop = _inside(first, count, left, n)
        offset = 2 * first - left
        for i in range(start):
            even[i] = _sample(x, 2 * (first + i), left, index, weight, terms)
            odd[i] = _sample(x, 2 * (first + i) + 1, left, index, weight, terms)
        _part(x[offset + 2 * start : offset + 2 * stop], even[start:stop], odd[start:stop])
        for i in range(stop, count):
            even[i] = _sample(x, 2 * (first + i), left, index, weight, terms)
            odd[i] = _sample(x, 2 * (first + i) + 1, left, index, weight, terms)
        piece = slice(first, first + size)
        _mix_later(low[piece], high[piece], t.split[2, 0], t.split[2, 1], taps, (even, odd, size))


@_inlined
def _padded(pad, band, start, stop):
    """pad ← band[start:stop], zeros where that is outside."""
    before, after = max(0, -start), max(0, stop - band.size)
    _clear(pad[:before])
    _copy(pad[before : stop - after - start], band[start + before : stop - after])
    _clear(pad[stop - after - start : stop - start])


@_inlined
def _merge_line(low, high, x, t, level, w):
    """The transpose of `_split_line`."""
    n, k, left, taps = x.size, low.size, t.left[2], t.taps[2]
    if taps == 2 and n == 2 * k:
        u, v = t.merge[2, 0], t.merge[2, 1]
        ua, ub, va, vb = u[0], u[1], v[0], v[1]
        for i in range(k):
            x[2 * i] = ua * low[i] + ub * high[i]
            x[2 * i + 1] = va * low[i] + vb * high[i]
        return
    last, terms = taps // 2 - 1, t.terms[level, 2]
    even, odd, outside = w.phases[0], w.phases[1], w.outside
    for first in range(0, k + last, PIECE):
        count = min(PIECE, k + last - first)
        a, d, back = low, high, first
        if first < last or first + count > k:
            a, d, back = w.pads[0], w.pads[1], last
            _padded(a, low, first - last, first + count)
            _padded(d, high, first - last, first + count)
        _mix_earlier(even[:count], odd[:count], t.merge[2, 0], t.merge[2, 1], taps, (a, d, back, count))
        start, stop = _inside(first, count, left, n)
        offset = 2 * first - left
        _interleave(even[start:stop], odd[start:stop], x[offset + 2 * start : offset + 2 * stop])
        for i in range(count - stop + start):
            j = i if i < start else i - start + stop
            for m, value in ((2 * (first + j), even[j]), (2 * (first + j) + 1, odd[j])):
                if left <= m < left + n:
                    x[m - left] = value
                elif terms:
                    outside[m if m < left else m - n] = value
    index, weight = t.index[level, 2], t.weight[level, 2]
    if terms:
        for b in range(2 * k + taps - 2 - n):
            for c in range(terms):
                if weight[b, c] != 0:
                    x[index[b, c]] += weight[b, c] * outside[b]


@_inner
def _split_plane(x, aa, ad, da, dd, t, level, w):
    """A plane into four bands: two filtered rows at a time, each split at once."""
    rows, n = x.shape
    k, left, taps = len(aa), t.left[1], t.taps[1]
    outside = 2 * k + taps - 2 - rows
    edge = w.row_edge[: outside * n].reshape(outside, n)
    _extend_rows(x, edge, t.index[level, 1], t.weight[level, 1], t.terms[level, 1], outside)
    low, high = w.rows[:n], w.rows[n : 2 * n]
    for q in range(k):
        _mix_extended_rows(low, high, t.split[1, 0], t.split[1, 1], taps, (x, edge, left, 2 * q))
        for band in range(2):
            a, d = (da[q], dd[q]) if band else (aa[q], ad[q])
            _split_line(high if band else low, a, d, t, level, w)


@_inner
def _merge_plane(aa, ad, da, dd, x, t, level, w):
    """The transpose of `_split_plane`."""
    rows, n = x.shape
    k, columns = aa.shape
    left, taps = t.left[1], t.taps[1]
    outside = 2 * k + taps - 2 - rows
    edge = w.row_edge[: outside * n].reshape(outside, n)
    mixed = w.rows[: 4 * columns].reshape(2, 2, columns)
    u, v, zero = t.merge[1, 0], t.merge[1, 1], w.zero[:columns]
    for q in range(k + taps // 2 - 1):
        _mix_band_rows(mixed[0, 0], mixed[1, 0], u, v, taps, (aa, da, zero, q))
        _mix_band_rows(mixed[0, 1], mixed[1, 1], u, v, taps, (ad, dd, zero, q))
        for p in range(2):
            row = 2 * q + p - left
            inside = 0 <= row < rows
            if inside or t.terms[level, 1]:
                outer = row + left if row < 0 else row - rows + left
                _merge_line(mixed[p, 0], mixed[p, 1], x[row] if inside else edge[outer], t, level, w)
    _fold_rows(x, edge, t.index[level, 1], t.weight[level, 1], t.terms[level, 1], outside)


@_inner
def _split_volume(x, b, t, level, w):
    """A volume into eight bands: two filtered slabs at a time, each split at once."""
    slabs, rows, n = x.shape
    k, left, taps, size = len(b[0]), t.left[0], t.taps[0], rows * n
    outside = 2 * k + taps - 2 - slabs
    flat, edge = x.reshape(slabs, size), w.slab_edge[: outside * size].reshape(outside, size)
    _extend_rows(flat, edge, t.index[level, 0], t.weight[level, 0], t.terms[level, 0], outside)
    low, high = w.slabs[:size], w.slabs[size : 2 * size]
    for q in range(k):
        _mix_extended_rows(low, high, t.split[0, 0], t.split[0, 1], taps, (flat, edge, left, 2 * q))
        _split_plane(low.reshape(rows, n), b[0][q], b[1][q], b[2][q], b[3][q], t, level, w)
        _split_plane(high.reshape(rows, n), b[4][q], b[5][q], b[6][q], b[7][q], t, level, w)


@_inner
def _merge_volume(b, x, t, level, w):
    """The transpose of `_split_volume`."""
    slabs, rows, n = x.shape
    k, band_rows, columns = b[0].shape
    left, taps, size, band_size = t.left[0], t.taps[0], rows * n, band_rows * columns
    outside = 2 * k + taps - 2 - slabs
    edge = w.slab_edge[: outside * size].reshape(outside, size)
    mixed = w.slabs[: 8 * band_size].reshape(2, 4, band_size)
    u, v, zero = t.merge[0, 0], t.merge[0, 1], w.zero[:band_size]
    for q in range(k + taps // 2 - 1):
        for i in range(4):
            low, high = b[i].reshape(k, band_size), b[i + 4].reshape(k, band_size)
            _mix_band_rows(mixed[0, i], mixed[1, i], u, v, taps, (low, high, zero, q))
        for p in range(2):
            slab = 2 * q + p - left
            bands = mixed[p].reshape(4, band_rows, columns)
            if 0 <= slab < slabs:
                _merge_plane(bands[0], bands[1], bands[2], bands[3], x[slab], t, level, w)
            elif t.terms[level, 0]:
                e = edge[slab + left if slab < 0 else slab - slabs + left].reshape(rows, n)
                _merge_plane(bands[0], bands[1], bands[2], bands[3], e, t, level, w)
    _fold_rows(
        x.reshape(slabs, size), edge, t.index[level, 0], t.weight[level, 0], t.terms[level, 0], outside
    )


@_inlined
def _split_level(x, b, plane, volume, t, level, w):
    """A block into its bands, b[0] the approximation. What is None is not compiled."""
    if volume is not None:
        _split_volume(x, b, t, level, w)
    elif plane is not None:
        _split_plane(x[0], b[0][0], b[1][0], b[2][0], b[3][0], t, level, w)
    else:
        _split_line(x[0, 0], b[0][0, 0], b[1][0, 0], t, level, w)


@_inlined
def _merge_level(b, x, plane, volume, t, level, w):
    """The transpose of `_split_level`."""
    if volume is not None:
        _merge_volume(b, x, t, level, w)
    elif plane is not None:
        _merge_plane(b[0][0], b[1][0], b[2][0], b[3][0], x[0], t, level, w)
    else:
        _merge_line(b[0][0, 0], b[1][0, 0], x[0, 0], t, level, w)


# ---- all levels of the signals start … stop − 1 -------------------------------------------------------


def _borrowed(_typing, array):
    """The same array without its reference count, whose atomic updates cost more than filtering a short row.

    The caller keeps the array alive.
    """

    def build(context, builder, signature, arguments):
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()

    return array(array), build


_borrow: Any = intrinsic(_borrowed)


@_inner
def _borrow_tables(t):
    return Tables(
        _borrow(t.sizes), _borrow(t.taps), _borrow(t.left), _borrow(t.split),
        _borrow(t.merge), _borrow(t.index), _borrow(t.weight), _borrow(t.terms),
    )  # fmt: skip


@_inner
def _borrow_scratch(w):
    return Scratch(
        _borrow(w.phases), _borrow(w.pads), _borrow(w.outside), _borrow(w.rows), _borrow(w.slabs),
        _borrow(w.row_edge), _borrow(w.slab_edge), _borrow(w.zero), _borrow(w.blocks),
    )  # fmt: skip


@_inlined
def _block(flat, start, i, size):
    """Block i of `size` in a flat array, counted from `start`."""
    count = size[0] * size[1] * size[2]
    return flat[start + i * count : start + (i + 1) * count].reshape(size[0], size[1], size[2])


@_inlined
def _details(flat, start, approx, size, rank):
    """The bands of a level: the approximation, then the details that lie in `flat` from `start` on."""
    last = 2**rank - 2
    return (
        approx,
        _block(flat, start, 0, size),
        _block(flat, start, min(1, last), size),
        _block(flat, start, min(2, last), size),
        _block(flat, start, min(3, last), size),
        _block(flat, start, min(4, last), size),
        _block(flat, start, min(5, last), size),
        _block(flat, start, min(6, last), size),
    )


@_outer
def _pyramid_analysis(x, c, rank, plane, volume, t, w, start, stop):
    levels = len(t.sizes) - 1
    x, c, t, w = _borrow(x), _borrow(c), _borrow_tables(t), _borrow_scratch(w)
    for item in range(start, stop):
        block, end = x[item], c.shape[1]
        for level in range(levels):
            size = t.sizes[level + 1]
            end -= (2**rank - 1) * size[0] * size[1] * size[2]
            store = c[item] if level == levels - 1 else w.blocks[level % 2]
            approx = _block(store, 0, 0, size)
            _split_level(block, _details(c[item], end, approx, size, rank), plane, volume, t, level, w)
            block = approx


@_outer
def _pyramid_synthesis(c, x, rank, plane, volume, t, w, start, stop):
    levels = len(t.sizes) - 1
    x, c, t, w = _borrow(x), _borrow(c), _borrow_tables(t), _borrow_scratch(w)
    for item in range(start, stop):
        approx = _block(c[item], 0, 0, t.sizes[levels])
        end = approx.size
        for level in range(levels - 1, -1, -1):
            size = t.sizes[level + 1]
            bands = _details(c[item], end, approx, size, rank)
            block = _block(w.blocks[level % 2], 0, 0, t.sizes[level]) if level else x[item]
            _merge_level(bands, block, plane, volume, t, level, w)
            end += (2**rank - 1) * size[0] * size[1] * size[2]
            approx = block


@_inlined
def _child(flat, f, i, rank, width, places, final, size):
    """Child i of the node f of a tree, in a store of `width` nodes along each transformed axis."""
    i %= 2**rank
    node = 0
    for axis in range(3 - rank, 3):
        band = 2 * f[axis] + (i >> (2 - axis)) % 2
        node = node * width + (places[band] if final else band)
    return _block(flat, 0, node, size)


@_inlined
def _children(flat, f, rank, width, places, final, size):
    return (
        _child(flat, f, 0, rank, width, places, final, size),
        _child(flat, f, 1, rank, width, places, final, size),
        _child(flat, f, 2, rank, width, places, final, size),
        _child(flat, f, 3, rank, width, places, final, size),
        _child(flat, f, 4, rank, width, places, final, size),
        _child(flat, f, 5, rank, width, places, final, size),
        _child(flat, f, 6, rank, width, places, final, size),
        _child(flat, f, 7, rank, width, places, final, size),
    )


@_inner
def _nodes(level, rank):
    """Nodes of a tree at one level, along each axis."""
    width = 2**level
    return (width if rank > 2 else 1, width if rank > 1 else 1, width)


@_outer
def _tree_analysis(x, c, rank, plane, volume, t, w, start, stop, places):
    levels = len(t.sizes) - 1
    x, c, t, w = _borrow(x), _borrow(c), _borrow_tables(t), _borrow_scratch(w)
    for item in range(start, stop):
        parents = x[item].reshape(-1)
        for level in range(levels):
            final = level == levels - 1
            children = c[item].reshape(-1) if final else w.blocks[level % 2]
            for node, f in enumerate(np.ndindex(_nodes(level, rank))):
                block = _block(parents, 0, node, t.sizes[level])
                bands = _children(children, f, rank, 2 ** (level + 1), places, final, t.sizes[level + 1])
                _split_level(block, bands, plane, volume, t, level, w)
            parents = children


@_outer
def _tree_synthesis(c, x, rank, plane, volume, t, w, start, stop, places):
    levels = len(t.sizes) - 1
    x, c, t, w = _borrow(x), _borrow(c), _borrow_tables(t), _borrow_scratch(w)
    for item in range(start, stop):
        children = c[item].reshape(-1)
        for level in range(levels - 1, -1, -1):
            final = level == levels - 1
            parents = w.blocks[level % 2] if level else x[item].reshape(-1)
            for node, f in enumerate(np.ndindex(_nodes(level, rank))):
                bands = _children(children, f, rank, 2 ** (level + 1), places, final, t.sizes[level + 1])
                block = _block(parents, 0, node, t.sizes[level])
                _merge_level(bands, block, plane, volume, t, level, w)
            children = parents
