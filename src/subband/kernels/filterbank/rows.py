"""Filters along and across rows, in registers: the innermost loops of `compiled`.

Rows are pointers, weights are read as they are needed, and the sums of four registers of both bands stay where they
are until all taps of a filter, of any length, are in. Both bands of L taps take L products a sample and axis: with
16 products a cycle (two units of 8 float32) no loop can be faster than L/16 cycles a sample.
"""

from typing import Any, NamedTuple

from numba import njit

from subband.kernels.simd.lanes import count, load, store, zeros
from subband.kernels.simd.moves import back, even, front, load_first, odd, store_first

# Contraction to fused multiply-add is the only liberty: NaN and infinity stay what they are.
inner = njit(fastmath={"contract"}, error_model="numpy")
inlined = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)


# ---- along a row --------------------------------------------------------------------------------------


@inner
def split_row(e, low, high, u, v, taps, k):
    """low[i], high[i] ← Σⱼ u[j] e[2i + j], Σⱼ v[j] e[2i + j] for i < k."""
    n, i = count(e), 0
    while i + 4 * n <= k:
        _split_four(e, low, high, u, v, taps, i)
        i += 4 * n
    while i + n <= k:
        y, z = _split_one(e, u, v, taps, 2 * i)
        store(low, i, y)
        store(high, i, z)
        i += n
    if i < k:
        y, z = _split_some(e, u, v, taps, 2 * i, 2 * (k - i) + taps - 2)
        store_first(low, i, y, k - i)
        store_first(high, i, z, k - i)


@inlined
def _split_four(e, low, high, u, v, taps, i):
    n = count(e)
    y = z = y1 = z1 = y2 = z2 = y3 = z3 = zeros(e)
    for j in range(0, taps, 2):
        at, u0, u1, v0, v1 = 2 * i + j, u[j], u[j + 1], v[j], v[j + 1]
        p, q = load(e, at), load(e, at + n)
        a, b = even(p, q), odd(p, q)
        y, z = y + u0 * a + u1 * b, z + v0 * a + v1 * b
        p, q = load(e, at + 2 * n), load(e, at + 3 * n)
        a, b = even(p, q), odd(p, q)
        y1, z1 = y1 + u0 * a + u1 * b, z1 + v0 * a + v1 * b
        p, q = load(e, at + 4 * n), load(e, at + 5 * n)
        a, b = even(p, q), odd(p, q)
        y2, z2 = y2 + u0 * a + u1 * b, z2 + v0 * a + v1 * b
        p, q = load(e, at + 6 * n), load(e, at + 7 * n)
        a, b = even(p, q), odd(p, q)
        y3, z3 = y3 + u0 * a + u1 * b, z3 + v0 * a + v1 * b
    _store_four(low, i, y, y1, y2, y3)
    _store_four(high, i, z, z1, z2, z3)


@inlined
def _store_four(y, i, a, b, c, d):
    n = count(y)
    store(y, i, a)
    store(y, i + n, b)
    store(y, i + 2 * n, c)
    store(y, i + 3 * n, d)


@inlined
def _split_one(e, u, v, taps, at):
    n = count(e)
    y = z = zeros(u)
    for j in range(0, taps, 2):
        p, q = load(e, at + j), load(e, at + j + n)
        a, b = even(p, q), odd(p, q)
        y, z = y + u[j] * a + u[j + 1] * b, z + v[j] * a + v[j + 1] * b
    return y, z


@inlined
def _split_some(e, u, v, taps, at, end):
    """As `_split_one`, but nothing is read from e[at + end] on."""
    n = count(e)
    y = z = zeros(u)
    for j in range(0, taps, 2):
        p, q = load_first(e, at + j, end - j), load_first(e, at + j + n, end - j - n)
        a, b = even(p, q), odd(p, q)
        y, z = y + u[j] * a + u[j + 1] * b, z + v[j] * a + v[j + 1] * b
    return y, z


@inner
def merge_row(low, high, x, u, v, taps, k):
    """x[2i], x[2i + 1] ← Σⱼ u[j] lane(j), Σⱼ v[j] lane(j) for i < k.

    Lane j is band j mod 2, ⌊j/2⌋ places back: low[i], high[i], low[i − 1], high[i − 1], …
    """
    n, i = count(x), 0
    while i + 4 * n <= k:
        _merge_four(low, high, x, u, v, taps, i)
        i += 4 * n
    while i + n <= k:
        y, z = _merge_one(low, high, u, v, taps, i, n)
        store(x, 2 * i, front(y, z))
        store(x, 2 * i + n, back(y, z))
        i += n
    if i < k:
        y, z = _merge_one(low, high, u, v, taps, i, k - i)
        store_first(x, 2 * i, front(y, z), 2 * (k - i))
        if 2 * (k - i) > n:
            store_first(x, 2 * i + n, back(y, z), 2 * (k - i) - n)


@inlined
def _merge_four(low, high, x, u, v, taps, i):
    n = count(x)
    y = z = y1 = z1 = y2 = z2 = y3 = z3 = zeros(u)
    for j in range(0, taps, 2):
        at, u0, u1, v0, v1 = i - j // 2, u[j], u[j + 1], v[j], v[j + 1]
        a, b = load(low, at), load(high, at)
        y, z = y + u0 * a + u1 * b, z + v0 * a + v1 * b
        a, b = load(low, at + n), load(high, at + n)
        y1, z1 = y1 + u0 * a + u1 * b, z1 + v0 * a + v1 * b
        a, b = load(low, at + 2 * n), load(high, at + 2 * n)
        y2, z2 = y2 + u0 * a + u1 * b, z2 + v0 * a + v1 * b
        a, b = load(low, at + 3 * n), load(high, at + 3 * n)
        y3, z3 = y3 + u0 * a + u1 * b, z3 + v0 * a + v1 * b
    _store_four(x, 2 * i, front(y, z), back(y, z), front(y1, z1), back(y1, z1))
    _store_four(x, 2 * i + 4 * n, front(y2, z2), back(y2, z2), front(y3, z3), back(y3, z3))


@inlined
def _merge_one(low, high, u, v, taps, i, wanted):
    y = z = zeros(u)
    for j in range(0, taps, 2):
        a, b = load_first(low, i - j // 2, wanted), load_first(high, i - j // 2, wanted)
        y, z = y + u[j] * a + u[j + 1] * b, z + v[j] * a + v[j + 1] * b
    return y, z


# ---- across rows --------------------------------------------------------------------------------------


@inner
def mix_rows(x, rows, y, z, u, v, taps, k):
    """y[i], z[i] ← Σⱼ u[j] x[rows[j] + i], Σⱼ v[j] x[rows[j] + i] for i < k."""
    n, i = count(x), 0
    while i + 4 * n <= k:
        _mix_four(x, rows, y, z, u, v, taps, i)
        i += 4 * n
    while i < k:
        a = b = zeros(u)
        for j in range(taps):
            c = load_first(x, rows[j] + i, k - i)
            a, b = a + u[j] * c, b + v[j] * c
        store_first(y, i, a, k - i)
        store_first(z, i, b, k - i)
        i += n


@inlined
def _mix_four(x, rows, y, z, u, v, taps, i):
    n = count(x)
    a = b = a1 = b1 = a2 = b2 = a3 = b3 = zeros(u)
    for j in range(taps):
        at, s, t = rows[j] + i, u[j], v[j]
        c = load(x, at)
        a, b = a + s * c, b + t * c
        c = load(x, at + n)
        a1, b1 = a1 + s * c, b1 + t * c
        c = load(x, at + 2 * n)
        a2, b2 = a2 + s * c, b2 + t * c
        c = load(x, at + 3 * n)
        a3, b3 = a3 + s * c, b3 + t * c
    _store_four(y, i, a, a1, a2, a3)
    _store_four(z, i, b, b1, b2, b3)


# ---- both, where both filters have two taps -------------------------------------------------------------


@inner
def split_square(p, q, aa, ad, da, dd, rows, columns, k):
    """Two rows of 2k samples into a row of each band."""
    n, i = count(p), 0
    while i + n <= k:
        _split_block(p, q, aa, ad, da, dd, rows, columns, i, n)
        i += n
    if i < k:
        _split_block(p, q, aa, ad, da, dd, rows, columns, i, k - i)


@inlined
def _split_block(p, q, aa, ad, da, dd, rows, columns, i, wanted):
    u0, u1, v0, v1 = rows[0, 0], rows[0, 1], rows[1, 0], rows[1, 1]
    s0, s1, t0, t1 = columns[0, 0], columns[0, 1], columns[1, 0], columns[1, 1]
    n = count(p)
    a, b = load_first(p, 2 * i, 2 * wanted), load_first(p, 2 * i + n, 2 * wanted - n)
    c, d = load_first(q, 2 * i, 2 * wanted), load_first(q, 2 * i + n, 2 * wanted - n)
    a, b = even(a, b), odd(a, b)
    c, d = even(c, d), odd(c, d)
    low, next_low = u0 * a + u1 * c, u0 * b + u1 * d
    high, next_high = v0 * a + v1 * c, v0 * b + v1 * d
    store_first(aa, i, s0 * low + s1 * next_low, wanted)
    store_first(ad, i, t0 * low + t1 * next_low, wanted)
    store_first(da, i, s0 * high + s1 * next_high, wanted)
    store_first(dd, i, t0 * high + t1 * next_high, wanted)


@inner
def merge_square(aa, ad, da, dd, p, q, rows, columns, k):
    """The transpose of `split_square`."""
    n, i = count(p), 0
    while i + n <= k:
        _merge_block(aa, ad, da, dd, p, q, rows, columns, i, n)
        i += n
    if i < k:
        _merge_block(aa, ad, da, dd, p, q, rows, columns, i, k - i)


@inlined
def _merge_block(aa, ad, da, dd, p, q, rows, columns, i, wanted):
    u0, u1, v0, v1 = rows[0, 0], rows[0, 1], rows[1, 0], rows[1, 1]
    s0, s1, t0, t1 = columns[0, 0], columns[0, 1], columns[1, 0], columns[1, 1]
    n = count(p)
    a, b = load_first(aa, i, wanted), load_first(ad, i, wanted)
    c, d = load_first(da, i, wanted), load_first(dd, i, wanted)
    low, next_low = s0 * a + s1 * b, t0 * a + t1 * b
    high, next_high = s0 * c + s1 * d, t0 * c + t1 * d
    a, b = u0 * low + u1 * high, u0 * next_low + u1 * next_high
    c, d = v0 * low + v1 * high, v0 * next_low + v1 * next_high
    store_first(p, 2 * i, front(a, b), 2 * wanted)
    store_first(p, 2 * i + n, back(a, b), 2 * wanted - n)
    store_first(q, 2 * i, front(c, d), 2 * wanted)
    store_first(q, 2 * i + n, back(c, d), 2 * wanted - n)


# ---- what stands outside ------------------------------------------------------------------------------


class Ends(NamedTuple):
    """How the samples, or rows, beyond either end of an axis are made: some rows of an `Extension`.

    Attributes:
        index, weight: Pointers to tables of `width` columns, of which the first `terms` count.
        left: How many stand before the first.
    """

    index: Any
    weight: Any
    width: int
    terms: int
    left: int


@inlined
def clear(y, k):
    for i in range(0, k, count(y)):
        store_first(y, i, zeros(y), k - i)


@inlined
def copy(y, x, k):
    n, i = count(y), 0
    while i + n <= k:
        store(y, i, load(x, i))
        i += n
    if i < k:
        store_first(y, i, load_first(x, i, k - i), k - i)


@inner
def add(y, weight, x, k):
    """y ← y + weight · x."""
    for i in range(0, k, count(y)):
        store_first(y, i, load_first(y, i, k - i) + weight * load_first(x, i, k - i), k - i)


@inlined
def outside(x, b, ends):
    """Sample b of those that stand outside of a row."""
    total = 0.0
    for c in range(ends.width * b, ends.width * b + ends.terms):
        if ends.weight[c] != 0:
            total += ends.weight[c] * x[ends.index[c]]
    return total


@inlined
def fold(x, beyond, k, ends):
    """x ← x + what the k samples outside of it were made of."""
    for b in range(k):
        for c in range(ends.width * b, ends.width * b + ends.terms):
            if ends.weight[c] != 0:
                x[ends.index[c]] += ends.weight[c] * beyond[b]
