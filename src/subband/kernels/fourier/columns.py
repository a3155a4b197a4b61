"""Discrete Fourier transforms down the columns of a plane, a register of columns at a time.

A plane of complex numbers is an array of real ones with three numbers: where its real parts start, how far
behind them the imaginary parts stand (`gap`), and how far apart its rows are (`pitch`). Each pass of the
Stockham form (Swarztrauber, "FFT algorithms for vector computers", Parallel Computing 1, 1984) parts
transforms of length n = r m into r times as many of length m,

    y[q + s(r p + k)] = ωₙ^{kp} Σⱼ x[q + s(p + j m)] ω_r^{jk},   ωₙ = exp(−2πi/n),   p < m, q < s, k < r

and leaves them in order, so nothing is reversed at the end. The passes of one register of columns stay in the
first-level cache. A plane read and written from its imaginary parts, with a negative gap, gives the inverse,
times n.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit

from subband import _native
from subband.arrays.caches import within_budget
from subband.kernels.simd.lanes import count, load, store

_inlined = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)
# Plain numbers in a call would each have code of their own.
int64 = np.int64
_inner = njit(fastmath={"contract"}, error_model="numpy")

COST = {2: 1.35, 3: 1.6, 4: 1.5, 5: 1.9, 6: 1.8, 8: 1.75}
"""What a pass of each radix costs an element: one trip through the cache, and its arithmetic in the same
measure."""

SIN3 = math.sin(2 * math.pi / 3)
COS51, SIN51 = math.cos(2 * math.pi / 5), math.sin(2 * math.pi / 5)
COS52, SIN52 = math.cos(4 * math.pi / 5), math.sin(4 * math.pi / 5)
EIGHTH = math.sqrt(0.5)


class Steps(NamedTuple):
    """How a transform of one length is done.

    Attributes:
        radices: (passes,) the factors of the length, in order.
        twiddles: Real and imaginary parts of ωₙ^{kp}, k = 1 … r − 1 within p = 0 … m − 1, pass after pass;
            before that, for a pass of a radix with no code of its own, ω_r^k for k = 0 … r − 1.
    """

    radices: np.ndarray
    twiddles: np.ndarray


@within_budget
def steps(n: int, dtype: str) -> Steps:
    """The passes of a transform of length n and their factors ω."""
    radices = _factors(n)[1] or (1,)
    turns, length = [np.zeros(0)], n
    for r in radices:
        if r > 8 or r == 7:
            turns.append(np.arange(r) / r)
        p, k = np.meshgrid(np.arange(length // r), np.arange(1, r), indexing="ij")
        turns.append((p * k).ravel() % length / length)
        length //= r
    phase = -2 * math.pi * np.concatenate(turns)
    return Steps(
        np.array(radices, np.int64), np.stack([np.cos(phase), np.sin(phase)], 1).astype(dtype).ravel()
    )


_COLUMNS = {np.dtype(np.float32): _native.columns32, np.dtype(np.float64): _native.columns64}


def transform(x: np.ndarray, y: np.ndarray, gap: int, n: int, m: int, made: Steps) -> None:
    """y ← the transforms of length n down m columns of x.

    Args:
        x, y: Planes of n × m numbers with imaginary parts `gap` numbers behind the real ones; both may be one.
        gap: At least n m.
        n, m: Rows, and columns that fill whole registers.
        made: The steps of n.
    """
    _COLUMNS[x.dtype](x, y, gap, n, m, made)


@lru_cache(maxsize=4096)
def _factors(n: int) -> tuple[float, tuple[int, ...]]:
    """What the cheapest passes for length n cost an element, and their radices."""
    if n == 1:
        return 0.0, ()
    strange = next((r for r in range(7, n + 1) if n % r == 0 and math.gcd(r, 30) == 1), None)
    if strange is None:
        cost, r = min((COST[r] + _factors(n // r)[0], r) for r in COST if n % r == 0)
        return cost, (r, *_factors(n // r)[1])
    r = strange
    cost, rest = _factors(n // r)
    # Its code writes before it has read all, so it is never the last pass, which may be from x to x.
    return cost + 1 + r / 2, (r, *(rest or (1,)))


@_inner
def columns(x, x0, xg, xp, y, y0, yg, yp, n, m, radices, twiddles, work):
    """y ← the transforms of length n down m columns of x; both may be one. Columns that fill the last
    register go along.

    Args:
        x, x0, xg, xp: Array, first place, gap and pitch of the plane that is read; y, y0, yg, yp: that is
            written.
        n, m: Rows and columns.
        radices, twiddles: The steps of n.
        work: 4 n registers.
    """
    width = count(x)
    row = 2 * width
    half = n * row
    last = radices.size - 1
    for column in range(0, m, width):
        at, length, stride, here, there = int64(0), n, int64(1), int64(0), half
        # From x to work, back and forth within work, and from work to y.
        for step in range(last):
            r = radices[step]
            if step == 0:
                at = _pass(x, x0 + column, xg, xp, work, there, width, row, length, stride, r, twiddles, at)
            else:
                at = _pass(work, here, width, row, work, there, width, row, length, stride, r, twiddles, at)
            length //= r
            stride *= r
            here, there = there, here
        if last == 0:
            _last(x, x0 + column, xg, xp, y, y0 + column, yg, yp, stride, length, twiddles)
        else:
            _last(work, here, width, row, y, y0 + column, yg, yp, stride, length, twiddles)


@_inner
def _pass(x, x0, xg, xp, y, y0, yg, yp, n, s, r, w, at):
    """A pass before the last; returns where the next one's factors stand."""
    m = n // r
    leap, step = m * s * xp, s * yp
    roots = at
    if r > 8 or r == 7:
        at += 2 * r
    for p in range(m):
        x1, y1 = x0 + s * p * xp, y0 + s * r * p * yp
        if r == 8:
            for q in range(s):
                _radix8(x, x1 + q * xp, xg, leap, y, y1 + q * yp, yg, step, w, at)
        elif r == 4:
            for q in range(s):
                _radix4(x, x1 + q * xp, xg, leap, y, y1 + q * yp, yg, step, w, at)
        elif r == 6:
            for q in range(s):
                _radix6(x, x1 + q * xp, xg, leap, y, y1 + q * yp, yg, step, w, at)
        elif r == 3:
            for q in range(s):
                _radix3(x, x1 + q * xp, xg, leap, y, y1 + q * yp, yg, step, w, at)
        elif r == 5:
            for q in range(s):
                _radix5(x, x1 + q * xp, xg, leap, y, y1 + q * yp, yg, step, w, at)
        elif r == 2:
            for q in range(s):
                _radix2(x, x1 + q * xp, xg, leap, y, y1 + q * yp, yg, step, w, at)
        else:
            for q in range(s):
                _radix_any(x, x1 + q * xp, xg, leap, y, y1 + q * yp, yg, step, w, at, r, roots)
        at += 2 * (r - 1)
    return at


@_inner
def _last(x, x0, xg, xp, y, y0, yg, yp, s, r, w):
    """The last pass: transforms of length r, and no factors."""
    leap, step = s * xp, s * yp
    if r == 8:
        for q in range(s):
            _radix8(x, x0 + q * xp, xg, leap, y, y0 + q * yp, yg, step, None, 0)
    elif r == 4:
        for q in range(s):
            _radix4(x, x0 + q * xp, xg, leap, y, y0 + q * yp, yg, step, None, 0)
    elif r == 6:
        for q in range(s):
            _radix6(x, x0 + q * xp, xg, leap, y, y0 + q * yp, yg, step, None, 0)
    elif r == 3:
        for q in range(s):
            _radix3(x, x0 + q * xp, xg, leap, y, y0 + q * yp, yg, step, None, 0)
    elif r == 5:
        for q in range(s):
            _radix5(x, x0 + q * xp, xg, leap, y, y0 + q * yp, yg, step, None, 0)
    elif r == 2:
        for q in range(s):
            _radix2(x, x0 + q * xp, xg, leap, y, y0 + q * yp, yg, step, None, 0)
    elif r == 1:
        for q in range(s):
            _put(y, y0 + q * yp, yg, load(x, x0 + q * xp), load(x, x0 + q * xp + xg), None, 0)


@_inlined
def _take(x, at, gap):
    return load(x, at), load(x, at + gap)


@_inlined
def _put(y, at, gap, vr, vi, w, k):
    """y[at] ← v, or v ω with the parts of ω at w[k] and w[k + 1]."""
    if w is None:
        store(y, at, vr)
        store(y, at + gap, vi)
    else:
        c, s = w[k], w[k + 1]
        store(y, at, vr * c - vi * s)
        store(y, at + gap, vr * s + vi * c)


@_inlined
def _three(ar, ai, br, bi, cr, ci):
    """The transform of three numbers."""
    sr, si = br + cr, bi + ci
    dr, di = SIN3 * (bi - ci), SIN3 * (cr - br)
    mr, mi = ar - 0.5 * sr, ai - 0.5 * si
    return ar + sr, ai + si, mr + dr, mi + di, mr - dr, mi - di


@_inlined
def _four(ar, ai, br, bi, cr, ci, dr, di):
    """The transform of four numbers."""
    pr, pi, qr, qi = ar + cr, ai + ci, ar - cr, ai - ci
    ur, ui, vr, vi = br + dr, bi + di, br - dr, bi - di
    return pr + ur, pi + ui, qr + vi, qi - vr, pr - ur, pi - ui, qr - vi, qi + vr


@_inlined
def _radix2(x, x0, xg, leap, y, y0, yg, step, w, k):
    ar, ai = _take(x, x0, xg)
    br, bi = _take(x, x0 + leap, xg)
    _put(y, y0, yg, ar + br, ai + bi, None, 0)
    _put(y, y0 + step, yg, ar - br, ai - bi, w, k)


@_inlined
def _radix3(x, x0, xg, leap, y, y0, yg, step, w, k):
    ar, ai = _take(x, x0, xg)
    br, bi = _take(x, x0 + leap, xg)
    cr, ci = _take(x, x0 + 2 * leap, xg)
    ar, ai, br, bi, cr, ci = _three(ar, ai, br, bi, cr, ci)
    _put(y, y0, yg, ar, ai, None, 0)
    _put(y, y0 + step, yg, br, bi, w, k)
    _put(y, y0 + 2 * step, yg, cr, ci, w, k + 2)


@_inlined
def _radix4(x, x0, xg, leap, y, y0, yg, step, w, k):
    ar, ai = _take(x, x0, xg)
    br, bi = _take(x, x0 + leap, xg)
    cr, ci = _take(x, x0 + 2 * leap, xg)
    dr, di = _take(x, x0 + 3 * leap, xg)
    ar, ai, br, bi, cr, ci, dr, di = _four(ar, ai, br, bi, cr, ci, dr, di)
    _put(y, y0, yg, ar, ai, None, 0)
    _put(y, y0 + step, yg, br, bi, w, k)
    _put(y, y0 + 2 * step, yg, cr, ci, w, k + 2)
    _put(y, y0 + 3 * step, yg, dr, di, w, k + 4)


@_inlined
def _radix5(x, x0, xg, leap, y, y0, yg, step, w, k):
    ar, ai = _take(x, x0, xg)
    br, bi = _take(x, x0 + leap, xg)
    cr, ci = _take(x, x0 + 2 * leap, xg)
    dr, di = _take(x, x0 + 3 * leap, xg)
    er, ei = _take(x, x0 + 4 * leap, xg)
    sr, si, tr, ti = br + er, bi + ei, cr + dr, ci + di
    ur, ui, vr, vi = br - er, bi - ei, cr - dr, ci - di
    mr, mi = ar + COS51 * sr + COS52 * tr, ai + COS51 * si + COS52 * ti
    nr, ni = ar + COS52 * sr + COS51 * tr, ai + COS52 * si + COS51 * ti
    fr, fi = SIN51 * ui + SIN52 * vi, SIN51 * ur + SIN52 * vr
    gr, gi = SIN52 * ui - SIN51 * vi, SIN52 * ur - SIN51 * vr
    _put(y, y0, yg, ar + sr + tr, ai + si + ti, None, 0)
    _put(y, y0 + step, yg, mr + fr, mi - fi, w, k)
    _put(y, y0 + 2 * step, yg, nr + gr, ni - gi, w, k + 2)
    _put(y, y0 + 3 * step, yg, nr - gr, ni + gi, w, k + 4)
    _put(y, y0 + 4 * step, yg, mr - fr, mi + fi, w, k + 6)


@_inlined
def _radix6(x, x0, xg, leap, y, y0, yg, step, w, k):
    # Two by three with no factors between them: j = 3a + 2b, k = 3c + 4d modulo 6 (Good's prime factor map).
    ar, ai = _take(x, x0, xg)
    br, bi = _take(x, x0 + leap, xg)
    cr, ci = _take(x, x0 + 2 * leap, xg)
    dr, di = _take(x, x0 + 3 * leap, xg)
    er, ei = _take(x, x0 + 4 * leap, xg)
    fr, fi = _take(x, x0 + 5 * leap, xg)
    pr, pi, qr, qi, sr, si = _three(ar + dr, ai + di, cr + fr, ci + fi, er + br, ei + bi)
    tr, ti, ur, ui, vr, vi = _three(ar - dr, ai - di, cr - fr, ci - fi, er - br, ei - bi)
    _put(y, y0, yg, pr, pi, None, 0)
    _put(y, y0 + step, yg, ur, ui, w, k)
    _put(y, y0 + 2 * step, yg, sr, si, w, k + 2)
    _put(y, y0 + 3 * step, yg, tr, ti, w, k + 4)
    _put(y, y0 + 4 * step, yg, qr, qi, w, k + 6)
    _put(y, y0 + 5 * step, yg, vr, vi, w, k + 8)


@_inlined
def _radix8(x, x0, xg, leap, y, y0, yg, step, w, k):
    ar, ai = _take(x, x0, xg)
    cr, ci = _take(x, x0 + 2 * leap, xg)
    er, ei = _take(x, x0 + 4 * leap, xg)
    gr, gi = _take(x, x0 + 6 * leap, xg)
    ar, ai, cr, ci, er, ei, gr, gi = _four(ar, ai, cr, ci, er, ei, gr, gi)
    br, bi = _take(x, x0 + leap, xg)
    dr, di = _take(x, x0 + 3 * leap, xg)
    fr, fi = _take(x, x0 + 5 * leap, xg)
    hr, hi = _take(x, x0 + 7 * leap, xg)
    br, bi, dr, di, fr, fi, hr, hi = _four(br, bi, dr, di, fr, fi, hr, hi)
    # The odd half times ω₈ and ω₈³; its ω₈² = −i is an exchange.
    dr, di = EIGHTH * (dr + di), EIGHTH * (di - dr)
    hr, hi = EIGHTH * (hi - hr), EIGHTH * (hr + hi)
    _put(y, y0, yg, ar + br, ai + bi, None, 0)
    _put(y, y0 + step, yg, cr + dr, ci + di, w, k)
    _put(y, y0 + 2 * step, yg, er + fi, ei - fr, w, k + 2)
    _put(y, y0 + 3 * step, yg, gr + hr, gi - hi, w, k + 4)
    _put(y, y0 + 4 * step, yg, ar - br, ai - bi, w, k + 6)
    _put(y, y0 + 5 * step, yg, cr - dr, ci - di, w, k + 8)
    _put(y, y0 + 6 * step, yg, er - fi, ei + fr, w, k + 10)
    _put(y, y0 + 7 * step, yg, gr - hr, gi + hi, w, k + 12)


@_inlined
def _radix_any(x, x0, xg, leap, y, y0, yg, step, w, at, r, roots):
    """A prime factor with no code of its own, by the definition."""
    for k in range(r):
        sr, si = _take(x, x0, xg)
        for j in range(1, r):
            place = roots + 2 * (j * k % r)
            c, s = w[place], w[place + 1]
            vr, vi = _take(x, x0 + j * leap, xg)
            sr, si = sr + (vr * c - vi * s), si + (vr * s + vi * c)
        if k == 0:
            _put(y, y0, yg, sr, si, None, 0)
        else:
            _put(y, y0 + k * step, yg, sr, si, w, at + 2 * (k - 1))
