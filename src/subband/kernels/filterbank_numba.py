"""Two-channel filter banks compiled for the CPU: the fast twins of `filterbank_reference`.

Every signal is taken through all of its levels while it is in cache. A level over several axes is one pass: the
outer axes are filtered first, on whole rows at a time, and each pair of filtered rows goes straight through the
row filter into the four sub-bands, so nothing of the size of the signal is written in between. Filters act eight
taps at a time, low and high band together, in sums that stay in registers.

One file of compiled code, because numba's cache on disk looks at no other when it decides whether to compile again.
"""

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numba import njit
from numba.core import cgutils
from numba.extending import intrinsic

from subband.kernels.filterbank_tables import AXES, PIECE, Scratch, Tables, scratch, tables
from subband.kernels.plan import Plan
from subband.kernels.threads import share

# Contraction to fused multiply-add is the only liberty: NaN and infinity stay what they are.
_inner = njit(fastmath={"contract"}, error_model="numpy")
_inlined = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)
_outer = njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


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
        w = scratch(plan, source.dtype, block)
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


# ---- filters along a row ------------------------------------------------------------------------------
#
# Plain loops over plain indices: numba takes seconds to compile an array expression, and looks for negative
# indices at each sample of a loop that does not start at 0. Each loop reads its weights into registers first.


@_inner
def _split_row(e, low, high, u, v, taps):
    """low, high ← Σⱼ u[j] e[2i + j], Σⱼ v[j] e[2i + j] for all i; e as long as that needs."""
    j = 0
    while taps - j >= 8:
        _split8(e[j:], low, high, u[j:], v[j:], j == 0)
        j += 8
    if taps - j >= 4:
        _split4(e[j:], low, high, u[j:], v[j:], j == 0)
        j += 4
    if taps - j >= 2:
        _split2(e[j:], low, high, u[j:], v[j:], j == 0)


@_inlined
def _split2(e, y, z, u, v, fresh):
    u0, u1, v0, v1 = u[0], u[1], v[0], v[1]
    if fresh:
        for i in range(y.size):
            a, b = e[2 * i], e[2 * i + 1]
            y[i] = u0 * a + u1 * b
            z[i] = v0 * a + v1 * b
    else:
        for i in range(y.size):
            a, b = e[2 * i], e[2 * i + 1]
            y[i] += u0 * a + u1 * b
            z[i] += v0 * a + v1 * b


@_inlined
def _split4(e, y, z, u, v, fresh):
    u0, u1, u2, u3 = u[0], u[1], u[2], u[3]
    v0, v1, v2, v3 = v[0], v[1], v[2], v[3]
    if fresh:
        for i in range(y.size):
            a, b, c, d = e[2 * i], e[2 * i + 1], e[2 * i + 2], e[2 * i + 3]
            y[i] = u0 * a + u1 * b + u2 * c + u3 * d
            z[i] = v0 * a + v1 * b + v2 * c + v3 * d
    else:
        for i in range(y.size):
            a, b, c, d = e[2 * i], e[2 * i + 1], e[2 * i + 2], e[2 * i + 3]
            y[i] += u0 * a + u1 * b + u2 * c + u3 * d
            z[i] += v0 * a + v1 * b + v2 * c + v3 * d


@_inlined
def _split8(e, y, z, u, v, fresh):
    u0, u1, u2, u3, u4, u5, u6, u7 = u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7]
    v0, v1, v2, v3, v4, v5, v6, v7 = v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
    if fresh:
        for i in range(y.size):
            a, b, c, d = e[2 * i], e[2 * i + 1], e[2 * i + 2], e[2 * i + 3]
            f, g, h, k = e[2 * i + 4], e[2 * i + 5], e[2 * i + 6], e[2 * i + 7]
            y[i] = u0 * a + u1 * b + u2 * c + u3 * d + u4 * f + u5 * g + u6 * h + u7 * k
            z[i] = v0 * a + v1 * b + v2 * c + v3 * d + v4 * f + v5 * g + v6 * h + v7 * k
    else:
        for i in range(y.size):
            a, b, c, d = e[2 * i], e[2 * i + 1], e[2 * i + 2], e[2 * i + 3]
            f, g, h, k = e[2 * i + 4], e[2 * i + 5], e[2 * i + 6], e[2 * i + 7]
            y[i] += u0 * a + u1 * b + u2 * c + u3 * d + u4 * f + u5 * g + u6 * h + u7 * k
            z[i] += v0 * a + v1 * b + v2 * c + v3 * d + v4 * f + v5 * g + v6 * h + v7 * k


@_inner
def _merge_row(low, high, x, u, v, taps, count):
    """x[2i], x[2i + 1] ← Σⱼ u[j] lane(j), Σⱼ v[j] lane(j) for i < count.

    Lane j is band j mod 2, ⌊j/2⌋ places back; both bands come with L/2 − 1 places in front of the first.
    """
    j, before = 0, taps // 2 - 1
    while taps - j >= 8:
        _merge8(low[before - 3 :], high[before - 3 :], x, u[j:], v[j:], count, j == 0)
        j, before = j + 8, before - 4
    if taps - j >= 4:
        _merge4(low[before - 1 :], high[before - 1 :], x, u[j:], v[j:], count, j == 0)
        j, before = j + 4, before - 2
    if taps - j >= 2:
        _merge2(low[before:], high[before:], x, u[j:], v[j:], count, j == 0)


@_inlined
def _merge2(y, z, x, u, v, count, fresh):
    u0, u1, v0, v1 = u[0], u[1], v[0], v[1]
    if fresh:
        for i in range(count):
            a, b = y[i], z[i]
            x[2 * i] = u0 * a + u1 * b
            x[2 * i + 1] = v0 * a + v1 * b
    else:
        for i in range(count):
            a, b = y[i], z[i]
            x[2 * i] += u0 * a + u1 * b
            x[2 * i + 1] += v0 * a + v1 * b


@_inlined
def _merge4(y, z, x, u, v, count, fresh):
    u0, u1, u2, u3 = u[0], u[1], u[2], u[3]
    v0, v1, v2, v3 = v[0], v[1], v[2], v[3]
    if fresh:
        for i in range(count):
            a, b, c, d = y[i + 1], z[i + 1], y[i], z[i]
            x[2 * i] = u0 * a + u1 * b + u2 * c + u3 * d
            x[2 * i + 1] = v0 * a + v1 * b + v2 * c + v3 * d
    else:
        for i in range(count):
            a, b, c, d = y[i + 1], z[i + 1], y[i], z[i]
            x[2 * i] += u0 * a + u1 * b + u2 * c + u3 * d
            x[2 * i + 1] += v0 * a + v1 * b + v2 * c + v3 * d


@_inlined
def _merge8(y, z, x, u, v, count, fresh):
    u0, u1, u2, u3, u4, u5, u6, u7 = u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7]
    v0, v1, v2, v3, v4, v5, v6, v7 = v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
    if fresh:
        for i in range(count):
            a, b, c, d = y[i + 3], z[i + 3], y[i + 2], z[i + 2]
            f, g, h, k = y[i + 1], z[i + 1], y[i], z[i]
            x[2 * i] = u0 * a + u1 * b + u2 * c + u3 * d + u4 * f + u5 * g + u6 * h + u7 * k
            x[2 * i + 1] = v0 * a + v1 * b + v2 * c + v3 * d + v4 * f + v5 * g + v6 * h + v7 * k
    else:
        for i in range(count):
            a, b, c, d = y[i + 3], z[i + 3], y[i + 2], z[i + 2]
            f, g, h, k = y[i + 1], z[i + 1], y[i], z[i]
            x[2 * i] += u0 * a + u1 * b + u2 * c + u3 * d + u4 * f + u5 * g + u6 * h + u7 * k
            x[2 * i + 1] += v0 * a + v1 * b + v2 * c + v3 * d + v4 * f + v5 * g + v6 * h + v7 * k


# ---- filters across rows ------------------------------------------------------------------------------


@_inlined
def _mix2(y, z, u, v, a, b, fresh):
    """y, z ← [y, z +] Σ of two rows with the weights u, v."""
    u0, u1, v0, v1 = u[0], u[1], v[0], v[1]
    if fresh:
        for i in range(y.size):
            y[i] = u0 * a[i] + u1 * b[i]
            z[i] = v0 * a[i] + v1 * b[i]
    else:
        for i in range(y.size):
            y[i] += u0 * a[i] + u1 * b[i]
            z[i] += v0 * a[i] + v1 * b[i]


@_inlined
def _mix4(y, z, u, v, a, b, c, d, fresh):
    u0, u1, u2, u3 = u[0], u[1], u[2], u[3]
    v0, v1, v2, v3 = v[0], v[1], v[2], v[3]
    if fresh:
        for i in range(y.size):
            y[i] = u0 * a[i] + u1 * b[i] + u2 * c[i] + u3 * d[i]
            z[i] = v0 * a[i] + v1 * b[i] + v2 * c[i] + v3 * d[i]
    else:
        for i in range(y.size):
            y[i] += u0 * a[i] + u1 * b[i] + u2 * c[i] + u3 * d[i]
            z[i] += v0 * a[i] + v1 * b[i] + v2 * c[i] + v3 * d[i]


@_inlined
def _mix8(y, z, u, v, a, b, c, d, f, g, h, k, fresh):
    u0, u1, u2, u3, u4, u5, u6, u7 = u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7]
    v0, v1, v2, v3, v4, v5, v6, v7 = v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
    if fresh:
        for i in range(y.size):
            s, t = (
                u0 * a[i] + u1 * b[i] + u2 * c[i] + u3 * d[i],
                v0 * a[i] + v1 * b[i] + v2 * c[i] + v3 * d[i],
            )
            y[i] = s + u4 * f[i] + u5 * g[i] + u6 * h[i] + u7 * k[i]
            z[i] = t + v4 * f[i] + v5 * g[i] + v6 * h[i] + v7 * k[i]
    else:
        for i in range(y.size):
            s, t = (
                u0 * a[i] + u1 * b[i] + u2 * c[i] + u3 * d[i],
                v0 * a[i] + v1 * b[i] + v2 * c[i] + v3 * d[i],
            )
            y[i] += s + u4 * f[i] + u5 * g[i] + u6 * h[i] + u7 * k[i]
            z[i] += t + v4 * f[i] + v5 * g[i] + v6 * h[i] + v7 * k[i]


def _mixer(row):
    """y, z ← Σⱼ u[j] row(j), Σⱼ v[j] row(j)."""

    @_inner
    def mix(y, z, u, v, taps, s):
        j = 0
        while taps - j >= 8:
            _mix8(
                y, z, u[j:], v[j:], row(s, j), row(s, j + 1), row(s, j + 2), row(s, j + 3),
                row(s, j + 4), row(s, j + 5), row(s, j + 6), row(s, j + 7), j == 0,
            )  # fmt: skip
            j += 8
        if taps - j >= 4:
            _mix4(y, z, u[j:], v[j:], row(s, j), row(s, j + 1), row(s, j + 2), row(s, j + 3), j == 0)
            j += 4
        if taps - j >= 2:
            _mix2(y, z, u[j:], v[j:], row(s, j), row(s, j + 1), j == 0)

    return mix


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


_mix_extended_rows, _mix_band_rows = _mixer(_extended_row), _mixer(_band_row)


# ---- what stands outside ------------------------------------------------------------------------------


@_inner
def _add(y, weight, x):
    """y ← y + weight · x."""
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
def _outside(x, b, index, weight, terms):
    """Sample b of those that stand outside of a row."""
    total = weight.dtype.type(0)
    for c in range(terms):
        if weight[b, c] != 0:
            total += weight[b, c] * x[index[b, c]]
    return total


@_inlined
def _window(x, e, start, stop, left, index, weight, terms):
    """e ← the samples start … stop − 1 of a row and of what stands outside of it."""
    first, last = min(max(start, 0), x.size), min(stop, x.size)
    for m in range(start, first):
        e[m - start] = _outside(x, m + left, index, weight, terms)
    _copy(e[first - start : last - start], x[first:last])
    for m in range(last, stop):
        e[m - start] = _outside(x, m - x.size + left, index, weight, terms)


@_inlined
def _fold(x, outside, index, weight, terms):
    """x ← x + what the samples outside of x were made of."""
    for b in range(outside.size):
        for c in range(terms):
            if weight[b, c] != 0:
                x[index[b, c]] += weight[b, c] * outside[b]


@_inlined
def _padded(pad, band, start, stop):
    """pad ← band[start:stop], zeros where that is outside."""
    before, after = max(0, -start), max(0, stop - band.size)
    _clear(pad[:before])
    _copy(pad[before : stop - after - start], band[start + before : stop - after])
    _clear(pad[stop - after - start : stop - start])


# ---- one level over one, two and three axes -----------------------------------------------------------


@_inner
def _split_line(x, low, high, t, level, w):
    """A row into two bands, a piece at a time that stays in the nearest cache."""
    n, k, left, taps = x.size, low.size, t.left[2], t.taps[2]
    index, weight, terms = t.index[level, 2], t.weight[level, 2], t.terms[level, 2]
    for first in range(0, k, PIECE):
        last = min(first + PIECE, k)
        start, stop = 2 * first - left, 2 * last - left + taps - 2
        if start >= 0 and stop <= n:
            e = x[start:stop]
        else:
            e = w.lines[0]
            _window(x, e, start, stop, left, index, weight, terms)
        _split_row(e, low[first:last], high[first:last], t.split[2, 0], t.split[2, 1], taps)


@_inner
def _merge_line(low, high, x, t, level, w):
    """The transpose of `_split_line`."""
    n, k, left, taps = x.size, low.size, t.left[2], t.taps[2]
    before, outside = taps // 2 - 1, w.outside[: 2 * k + taps - 2 - n]
    for first in range(0, k + before, PIECE):
        last = min(first + PIECE, k + before)
        start, stop = 2 * first - left, 2 * last - left
        direct = first >= before and last <= k and start >= 0 and stop <= n
        if direct:
            a, d, e = low[first - before :], high[first - before :], x[start:stop]
        else:
            a, d, e = w.pads[0, 0], w.pads[0, 1], w.lines[0]
            _padded(a, low, first - before, last)
            _padded(d, high, first - before, last)
        _merge_row(a, d, e, t.merge[2, 0], t.merge[2, 1], taps, last - first)
        if not direct:
            inner, outer = min(max(start, 0), n), min(stop, n)
            _copy(outside[start + left : inner + left], e[: inner - start])
            _copy(x[inner:outer], e[inner - start : outer - start])
            for m in range(max(start, n), stop):
                outside[m - n + left] = e[m - start]
    _fold(x, outside, t.index[level, 2], t.weight[level, 2], t.terms[level, 2])


@_inner
def _split_plane(x, aa, ad, da, dd, t, level, w):
    """A plane into four bands: two filtered rows at a time, each split at once."""
    rows, n = x.shape
    k, columns = aa.shape
    if t.taps[1] == 2 and t.taps[2] == 2 and rows == 2 * k and n == 2 * columns:
        for q in range(k):
            _split_square(x[2 * q], x[2 * q + 1], aa[q], ad[q], da[q], dd[q], t.split[1], t.split[2])
        return
    edge = w.row_edge[: (2 * k + t.taps[1] - 2 - rows) * n].reshape(2 * k + t.taps[1] - 2 - rows, n)
    _extend_rows(x, edge, t.index[level, 1], t.weight[level, 1], t.terms[level, 1], len(edge))
    left, taps, outside = t.left[2], t.taps[2], 2 * columns + t.taps[2] - 2 - n
    index, weight, terms = t.index[level, 2], t.weight[level, 2], t.terms[level, 2]
    u, v, low, high = t.split[2, 0], t.split[2, 1], w.lines[0], w.lines[1]
    for q in range(k):
        source = (x, edge, t.left[1], 2 * q)
        _mix_extended_rows(
            low[left : left + n], high[left : left + n], t.split[1, 0], t.split[1, 1], t.taps[1], source
        )
        for e in (low, high):
            for b in range(outside):
                e[b if b < left else b + n] = _outside(e[left:], b, index, weight, terms)
        _split_row(low, aa[q], ad[q], u, v, taps)
        _split_row(high, da[q], dd[q], u, v, taps)


@_inner
def _merge_plane(aa, ad, da, dd, x, t, level, w):
    """The transpose of `_split_plane`."""
    rows, n = x.shape
    k, columns = aa.shape
    if t.taps[1] == 2 and t.taps[2] == 2 and rows == 2 * k and n == 2 * columns:
        for q in range(k):
            _merge_square(aa[q], ad[q], da[q], dd[q], x[2 * q], x[2 * q + 1], t.merge[1], t.merge[2])
        return
    edge = w.row_edge[: (2 * k + t.taps[1] - 2 - rows) * n].reshape(2 * k + t.taps[1] - 2 - rows, n)
    u, v, zero = t.merge[1, 0], t.merge[1, 1], w.zero[:columns]
    left, before = t.left[2], t.taps[2] // 2 - 1
    inside = slice(before, before + columns)
    for pad in (w.pads[0, 0], w.pads[0, 1], w.pads[1, 0], w.pads[1, 1]):
        _clear(pad[:before])
        _clear(pad[before + columns : columns + 2 * before])
    e, outside = w.lines[0], w.outside[: 2 * columns + t.taps[2] - 2 - n]
    for q in range(k + t.taps[1] // 2 - 1):
        _mix_band_rows(w.pads[0, 0, inside], w.pads[1, 0, inside], u, v, t.taps[1], (aa, da, zero, q))
        _mix_band_rows(w.pads[0, 1, inside], w.pads[1, 1, inside], u, v, t.taps[1], (ad, dd, zero, q))
        for p in range(2):
            row = 2 * q + p - t.left[1]
            if 0 <= row < rows:
                target = x[row]
            elif t.terms[level, 1]:
                target = edge[row + t.left[1] if row < 0 else row - rows + t.left[1]]
            else:
                continue
            _merge_row(
                w.pads[p, 0], w.pads[p, 1], e, t.merge[2, 0], t.merge[2, 1], t.taps[2], columns + before
            )
            _copy(target, e[left : left + n])
            _copy(outside[:left], e[:left])
            _copy(outside[left:], e[left + n :])
            _fold(target, outside, t.index[level, 2], t.weight[level, 2], t.terms[level, 2])
    _fold_rows(x, edge, t.index[level, 1], t.weight[level, 1], t.terms[level, 1], len(edge))


@_inlined
def _split_square(p, q, aa, ad, da, dd, rows, columns):
    """Two rows into a row of each band, where both filters have two taps and nothing stands outside."""
    u0, u1, v0, v1 = rows[0, 0], rows[0, 1], rows[1, 0], rows[1, 1]
    s0, s1, t0, t1 = columns[0, 0], columns[0, 1], columns[1, 0], columns[1, 1]
    for i in range(aa.size):
        a, b, c, d = p[2 * i], p[2 * i + 1], q[2 * i], q[2 * i + 1]
        low, next_low = u0 * a + u1 * c, u0 * b + u1 * d
        high, next_high = v0 * a + v1 * c, v0 * b + v1 * d
        aa[i] = s0 * low + s1 * next_low
        ad[i] = t0 * low + t1 * next_low
        da[i] = s0 * high + s1 * next_high
        dd[i] = t0 * high + t1 * next_high


@_inlined
def _merge_square(aa, ad, da, dd, p, q, rows, columns):
    """The transpose of `_split_square`."""
    u0, u1, v0, v1 = rows[0, 0], rows[0, 1], rows[1, 0], rows[1, 1]
    s0, s1, t0, t1 = columns[0, 0], columns[0, 1], columns[1, 0], columns[1, 1]
    for i in range(aa.size):
        a, b, c, d = aa[i], ad[i], da[i], dd[i]
        low, next_low = s0 * a + s1 * b, t0 * a + t1 * b
        high, next_high = s0 * c + s1 * d, t0 * c + t1 * d
        p[2 * i] = u0 * low + u1 * high
        p[2 * i + 1] = u0 * next_low + u1 * next_high
        q[2 * i] = v0 * low + v1 * high
        q[2 * i + 1] = v0 * next_low + v1 * next_high


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
        _borrow(w.lines), _borrow(w.pads), _borrow(w.outside), _borrow(w.slabs),
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
