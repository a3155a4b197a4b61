"""Cascades over two axes compiled for the CPU: the fast twin of `reference` for real arrays and
filters.

Each image goes through the whole tree while its planes are in cache. A stack of siblings is one plane: their
columns stand side by side, so registers stay full at coarse resolutions. A two-dimensional transform is one
down the columns, a transposition, and one down the columns; spectra stay transposed. Filters multiply and
frequencies fold in one reading; the average is a pair of small matrix products, so it needs no transform. Of
real moduli two columns are transformed as one complex one, and only half of the spectrum is.

Planes have room for a register more than they need in both directions: what is computed there is never read.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from subband.kernels.cascade.plane_tables import Program, program, team
from subband.kernels.cascade.tree import Cascade
from subband.kernels.fingerprint import digest
from subband.kernels.fourier import columns as fourier_lanes
from subband.kernels.fourier.columns import columns, int64
from subband.kernels.fourier.sequence import whole
from subband.kernels.jit import outer
from subband.kernels.simd import lanes as registers
from subband.kernels.simd.lanes import count, lanes, load, root, store, transpose, zeros
from subband.kernels.threads import each, share, threads

_inner = njit(fastmath={"contract"}, error_model="numpy")
_team = njit(team)


class Memory(NamedTuple):
    """The working memory of one thread.

    Attributes:
        a, b: Stacks of complex planes: a before and after a transposition.
        u: A stack of real planes.
        spectra: A stack of complex planes for each generation, one behind the other.
        passes: For the passes of a transform.
        line: For one row of products, and for rows of averages.
    """

    a: np.ndarray
    b: np.ndarray
    u: np.ndarray
    spectra: np.ndarray
    passes: np.ndarray
    line: np.ndarray


def apply(x: np.ndarray, tree: Cascade) -> np.ndarray:
    """(batch, *shape) float32 or float64 → (batch, 1 + nodes, *out)."""
    p = program(tree, x.dtype.name)
    out = np.empty((len(x), 1 + len(tree.nodes), *p.out), x.dtype)
    flat = np.require(x, requirements=("C", "A", "W")).reshape(len(x), int(np.prod(x.shape[1:])))
    # A large batch is shared by images; a small one by branches of the tree as well.
    parts = 1 if len(x) >= 2 * threads() else len(p.parts) - 1

    own = each(lambda: memory(p, x.dtype))

    def kernel(start: int, stop: int) -> None:
        _forward(flat, out, p, own(), parts, start, stop)

    share(kernel, len(x) * parts, x.size * len(tree.nodes))
    return out


def memory(p: Program, dtype: np.dtype) -> Memory:
    """Working memory for a program in one precision."""
    width = lanes(dtype)
    stack = [(0, 1, True), *((int(t), int(members), bool(deeper)) for *_, t, _, members, deeper in p.steps)]
    largest = max(_numbers(p.sizes[t], members, width) for t, members, _ in stack)
    deep = max(_numbers(p.sizes[t], members, width) for t, members, deeper in stack if deeper)
    generations = 1 + int(p.steps[:, 0].max(initial=0))
    longest = int(p.sizes.max()) + 4 * width
    widest = max(members * int(p.sizes[t][1]) for t, members, _ in stack) + 4 * width
    return Memory(
        aligned(2 * largest, dtype), aligned(2 * largest, dtype), aligned(largest, dtype),
        aligned(2 * deep * generations, dtype), aligned(4 * longest * width, dtype),
        aligned(max(16 * longest, 4 * widest + 4 * width), dtype),
    )  # fmt: skip


def _numbers(size: np.ndarray, slots: int, width: int) -> int:
    """Real numbers of the larger of a stack of planes and its transposed one."""
    rows, columns = map(int, size)
    return max(
        (columns + width) * (whole(slots * rows, 2 * width) + 2 * width),
        (rows + width) * (whole(slots * columns, 2 * width) + 2 * width),
    )


def aligned(n: int, dtype: np.dtype) -> np.ndarray:
    """n zeros that start where a cache line does."""
    raw = np.zeros(n * dtype.itemsize + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + n * dtype.itemsize].view(dtype)


@_inner
def _pitch(lanes_used, width):
    """How far apart rows of so many numbers are."""
    return (lanes_used + 2 * width - 1) // (2 * width) * (2 * width) + 2 * width


def _compiled(sources: str):
    """The loop over a batch, made from these sources (see `digest`)."""

    @outer
    def _forward(x, out, p, w, parts, start, stop):
        """The tree, or one part of it, for items start … stop − 1: images times parts."""
        _ = sources
        width = count(x)
        deep = w.spectra.size // (1 + p.steps[:, 0].max())
        for item in range(start, stop):
            image, part = item // parts, item % parts
            rows, cols = p.sizes[0]
            pitch = _pitch(cols, width)
            _padded(x[image], p.source, rows, cols, w.u, pitch)
            if part == 0:
                _average(
                    w.u, pitch, rows, cols, int64(1), p, int64(0), w.line, out[image], p.members, int64(-1)
                )
            _spectrum(w.u, pitch, rows, cols, int64(1), p, int64(0), w, int64(0), deep // 2)
            first, last = (p.parts[part], p.parts[part + 1]) if parts > 1 else (0, len(p.steps))
            for step in range(first, last):
                generation, slot, beside, s, t, member, slots, deeper = p.steps[step]
                rows, cols = p.sizes[t]
                _convolve(w.spectra, generation * deep, deep // 2, slot, beside, s, t, member, slots, p, w)
                pitch = _pitch(slots * cols, width)
                _modulus(w.b, rows, slots * cols, pitch, 1 / (p.sizes[s, 0] * p.sizes[s, 1]), w.u)
                _average(w.u, pitch, rows, cols, slots, p, t, w.line, out[image], p.members, member)
                if deeper:
                    _spectrum(w.u, pitch, rows, cols, slots, p, t, w, (generation + 1) * deep, deep // 2)

    return _forward


@_inner
def _padded(x, source, rows, cols, u, pitch):
    """u ← the padded image, and zeros beside it."""
    for i in range(rows):
        for j in range(cols):
            place = source[i * cols + j]
            u[i * pitch + j] = x[place] if place >= 0 else 0
        for j in range(cols, pitch):
            u[i * pitch + j] = 0


@_inner
def _transform(x, x0, gap, pitch, n, m, p, s, axis, w):
    """The transforms down the columns of x, in place; from imaginary to real parts: the inverse."""
    a, b, c, d = p.ffts[s, axis]
    columns(x, x0, gap, pitch, x, x0, gap, pitch, n, m, p.radices[a:b], p.twiddles[c:d], w.passes)


@_inner
def _transposed(x, xg, xp, rows, length, slots, y, yg, yp):
    """For each slot of a stack: y[slot] ← x[slot]ᵀ, rows × length → length × rows."""
    width = count(x)
    for slot in range(slots):
        for i in range(0, rows, width):
            for j in range(0, length, width):
                here, there = i * xp + slot * length + j, j * yp + slot * rows + i
                transpose(x, here, xp, y, there, yp)
                transpose(x, xg + here, xp, y, yg + there, yp)


@_inner
def _convolve(spectra, x0, xg, slot, beside, s, t, member, slots, p, w):
    """b ← ↓(parent ⋆ ψ) for a stack of siblings, rows upright, times the parent's samples."""
    width, gap = count(spectra), w.a.size // 2
    rows, cols = p.sizes[t]
    parent_rows = p.sizes[s, 0]
    xp, pitch = _pitch(beside * parent_rows, width), _pitch(slots * rows, width)
    here = x0 + slot * parent_rows
    for k in range(0, slots, _team(slots)):
        at, there = p.members[member + k, 0], k * rows
        if _team(slots) == 4:
            _product4(
                spectra,
                here,
                xg,
                xp,
                parent_rows,
                p,
                at,
                w.a,
                there,
                gap,
                pitch,
                rows,
                cols,
                w.line,
                slots - k,
            )
        else:
            _product(spectra, here, xg, xp, parent_rows, p, at, w.a, there, gap, pitch, rows, cols, w.line)
    _transform(w.a, gap, -gap, pitch, cols, slots * rows, p, t, int64(1), w)
    flat = _pitch(slots * cols, width)
    _transposed(w.a, gap, pitch, cols, rows, slots, w.b, gap, flat)
    _transform(w.b, gap, -gap, flat, rows, slots * cols, p, t, int64(0), w)


@_inner
def _product(x, x0, xg, xp, rows, p, at, y, y0, yg, yp, rows_out, cols_out, line):
    """y ← the product of a transposed spectrum and a filter's, folded: frequencies that coincide are added.

    A row is folded after the next one is multiplied: what was just stored is slow to read in other registers.
    """
    width, half = count(x), line.size // 16
    tap, here = p.starts[at], p.starts[at + 1]
    at += 2
    for k in range(cols_out + 1):
        now = k % 2 * 8 * half
        for v in range(0, rows if k < cols_out else 0, width):
            then = p.starts[at]
            at += 1
            ar, ai = zeros(x), zeros(x)
            for entry in range(here, then):
                place = x0 + p.rows[entry] * xp + v
                b = load(p.filters, tap)
                ar += b * load(x, place)
                ai += b * load(x, place + xg)
                tap += width
            here = then
            store(line, now + v, ar)
            store(line, now + half + v, ai)
        if k > 0:
            _folded(line, 8 * half - now, half, rows, y, y0 + (k - 1) * yp, yg, rows_out)


@_inner
def _product4(x, x0, xg, xp, rows, p, at, y, y0, yg, yp, rows_out, cols_out, line, slots):
    """`_product` for a team of four filters, some of which may be idle; results stand side by side."""
    width, half = count(x), line.size // 16
    tap, here = p.starts[at], p.starts[at + 1]
    at += 2
    for k in range(cols_out + 1):
        now = k % 2 * 8 * half
        for v in range(now, now + (rows if k < cols_out else 0), width):
            then = p.starts[at]
            at += 1
            ar, ai, br, bi = zeros(x), zeros(x), zeros(x), zeros(x)
            cr, ci, dr, di = zeros(x), zeros(x), zeros(x), zeros(x)
            for entry in range(here, then):
                place = x0 + p.rows[entry] * xp + v - now
                xr, xi = load(x, place), load(x, place + xg)
                a, b = load(p.filters, tap), load(p.filters, tap + width)
                c, d = load(p.filters, tap + 2 * width), load(p.filters, tap + 3 * width)
                ar += a * xr
                ai += a * xi
                br += b * xr
                bi += b * xi
                cr += c * xr
                ci += c * xi
                dr += d * xr
                di += d * xi
                tap += 4 * width
            here = then
            store(line, v, ar)
            store(line, half + v, ai)
            store(line, 2 * half + v, br)
            store(line, 3 * half + v, bi)
            store(line, 4 * half + v, cr)
            store(line, 5 * half + v, ci)
            store(line, 6 * half + v, dr)
            store(line, 7 * half + v, di)
        for slot in range(min(4, slots) if k > 0 else 0):
            before = 8 * half - now + 2 * slot * half
            _folded(line, before, half, rows, y, y0 + (k - 1) * yp + slot * rows_out, yg, rows_out)


@_inner
def _folded(line, at, half, rows, y, y0, yg, rows_out):
    """A row of y ← the numbers of a line that coincide, added."""
    width = count(line)
    for v in range(0, rows_out, width):
        sr, si = load(line, at + v), load(line, at + half + v)
        for a in range(at + rows_out, at + rows, rows_out):
            sr += load(line, a + v)
            si += load(line, half + a + v)
        store(y, y0 + v, sr)
        store(y, y0 + yg + v, si)


@_inner
def _modulus(z, rows, m, pitch, scale, u):
    """u ← scale |z|, and zeros beside it."""
    width, gap = count(z), z.size // 2
    for i in range(rows):
        for j in range(i * pitch, i * pitch + m, width):
            a, b = load(z, j), load(z, j + gap)
            store(u, j, scale * root(a * a + b * b))
        for j in range(i * pitch + m, (i + 1) * pitch):
            u[j] = 0


@_inner
def _filled(n, width):
    """n, filled up to whole registers and to a multiple of four."""
    unit = max(4, width)
    return (n + unit - 1) // unit * unit


@_inner
def _average(u, pitch, rows, cols, slots, p, s, line, out, members, member):
    """out[row of each slot] ← Σ over terms of left · u · right."""
    width = count(u)
    high, wide = p.out
    op, cp = _filled(high, width), _filled(wide, width)
    flat, low = (line.size - 4 * width) // 4, p.lowpass
    spare = 4 * flat
    for term in range(p.terms[s]):
        left, right = p.low[s, 0] + term * rows * op, p.low[s, 1] + term * cols * cp
        for o in range(0, high, 4):
            for v in range(0, slots * cols, width):
                a, b, c, d = zeros(u), zeros(u), zeros(u), zeros(u)
                for r in range(rows):
                    h, at = load(u, r * pitch + v), left + r * op + o
                    a += low[at] * h
                    b += low[at + 1] * h
                    c += low[at + 2] * h
                    d += low[at + 3] * h
                store(line, v, a)
                store(line, flat + v, b)
                store(line, 2 * flat + v, c)
                store(line, 3 * flat + v, d)
            for slot in range(slots):
                row = 0 if member < 0 else members[member + slot, 1]
                for q in range(0, wide, width):
                    a, b, c, d = zeros(u), zeros(u), zeros(u), zeros(u)
                    for j in range(cols):
                        h, at = load(low, right + j * cp + q), slot * cols + j
                        a += line[at] * h
                        b += line[flat + at] * h
                        c += line[2 * flat + at] * h
                        d += line[3 * flat + at] * h
                    store(line, spare, a)
                    store(line, spare + width, b)
                    store(line, spare + 2 * width, c)
                    store(line, spare + 3 * width, d)
                    for k in range(min(4, high - o)):
                        for j in range(min(width, wide - q)):
                            value = line[spare + k * width + j]
                            out[row, o + k, q + j] = value if term == 0 else out[row, o + k, q + j] + value


@_inner
def _spectrum(u, pitch, rows, cols, slots, p, s, w, y0, yg):
    """The stack of transposed spectra of a stack of real planes; two registers of columns go as one complex
    one."""
    width, gap = count(u), w.a.size // 2
    half = rows // 2 + 1
    a, b, c, d = p.ffts[s, 0]
    radices, twiddles = p.radices[a:b], p.twiddles[c:d]
    for v in range(0, slots * cols, 2 * width):
        columns(u, v, width, pitch, w.b, int64(0), width, 2 * width, rows, width, radices, twiddles, w.passes)
        _parted(w.b, rows, half, w.a, v, gap, pitch)
    thin = _pitch(slots * half, width)
    _transposed(w.a, gap, pitch, half, cols, slots, w.b, gap, thin)
    _transform(w.b, int64(0), gap, thin, cols, slots * half, p, s, int64(1), w)
    yp = _pitch(slots * rows, width)
    for k in range(cols):
        # The other half: the conjugate at the opposite frequency.
        mirror = (cols - k) % cols * thin
        for slot in range(slots):
            here, there = k * thin + slot * half, y0 + k * yp + slot * rows
            behind = mirror + slot * half + rows - half
            for v in range(half):
                w.spectra[there + v] = w.b[here + v]
                w.spectra[there + yg + v] = w.b[gap + here + v]
            for v in range(rows - half):
                w.spectra[there + half + v] = w.b[behind - v]
                w.spectra[there + yg + half + v] = -w.b[gap + behind - v]


@_inner
def _parted(z, n, half, y, y0, yg, yp):
    """From the transform Z of a + ib for real a, b: A = (Z + Z′) / 2 and B = (Z − Z′) / 2i, Z′[k] = Z[−k]*."""
    width = count(z)
    for k in range(half):
        here, there = 2 * width * k, 2 * width * ((n - k) % n)
        zr, zi = load(z, here), load(z, here + width)
        mr, mi = load(z, there), load(z, there + width)
        at = y0 + k * yp
        store(y, at, 0.5 * (zr + mr))
        store(y, at + yg, 0.5 * (zi - mi))
        store(y, at + width, 0.5 * (zi + mi))
        store(y, at + yg + width, 0.5 * (mr - zr))


ROOMS = (fourier_lanes, registers)
"""Where the code comes from that is compiled into the loop."""

_forward = _compiled(digest(*ROOMS))
