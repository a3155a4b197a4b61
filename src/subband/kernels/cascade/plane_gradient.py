"""Gradients of cascades over two axes, compiled for the CPU: `cascade_plane` walked back.

The tree is walked once, depth first. Entering a stack of siblings computes it again; leaving it turns the
gradient of its averages, and that of its spectra which its children have gathered, into that of its parent's
spectrum. So memory doesn't grow with the tree. Each function here is the transpose of the one of its name in
`cascade_plane`.
"""

import numpy as np
from numba import njit

from subband.kernels.cascade import plane as cascade_plane
from subband.kernels.cascade.plane import (  # fmt: skip
    Memory,
    _convolve,
    _filled,
    _modulus,
    _padded,
    _pitch,
    _spectrum,
    _team,
    _transform,
    _transposed,
    aligned,
    memory,
)
from subband.kernels.cascade.plane_tables import program
from subband.kernels.cascade.tree import Cascade
from subband.kernels.fingerprint import digest
from subband.kernels.fourier import columns as fourier_lanes
from subband.kernels.fourier.columns import columns, int64
from subband.kernels.jit import outer
from subband.kernels.simd import lanes
from subband.kernels.simd.lanes import count, inverse_root, load, store, zeros
from subband.kernels.threads import each, share, threads

_inner = njit(fastmath={"contract"}, error_model="numpy")


def apply(x: np.ndarray, gradient: np.ndarray, tree: Cascade) -> np.ndarray:
    """(batch, *shape) signals and (batch, 1 + nodes, *out) gradients of their averages → those of the
    signals."""
    p = program(tree, x.dtype.name)
    flat = np.require(x, requirements=("C", "A", "W")).reshape(len(x), int(np.prod(x.shape[1:])))
    given = np.require(gradient, requirements=("C", "A", "W")).reshape(len(x), 1 + len(tree.nodes), *p.out)
    parts = 1 if len(x) >= 2 * threads() else len(p.parts) - 1
    out = np.zeros((len(x), parts, flat.shape[1]), x.dtype)
    way = tour(p.steps)

    @each
    def own() -> tuple[Memory, np.ndarray, np.ndarray]:
        w = memory(p, x.dtype)
        return w, aligned(w.spectra.size, x.dtype), aligned(w.spectra.size, x.dtype)

    def kernel(start: int, stop: int) -> None:
        _backward(flat, given, out, p, way, *own(), parts, start, stop)

    share(kernel, len(x) * parts, x.size * len(tree.nodes))
    return out.sum(axis=1).reshape(x.shape) if parts > 1 else out.reshape(x.shape)


def tour(steps: np.ndarray) -> np.ndarray:
    """Which step is entered (k) and left (−1 − k) when, such that a step is left after its descendants.

    Args:
        steps: (steps, …) depth first; the first number of each is its generation.
    """
    way: list[int] = []
    inside: list[int] = []
    generations = steps[:, 0].tolist()
    for k, generation in enumerate(generations):
        while inside and generations[inside[-1]] >= generation:
            way.append(-1 - inside.pop())
        way.append(k)
        inside.append(k)
    return np.array([*way, *(-1 - k for k in reversed(inside))], np.int64)


def _compiled(sources: str):
    """The loop over a batch, made from these sources (see `digest`)."""

    @outer
    def _backward(x, given, out, p, way, w, gathered, z, parts, start, stop):
        """The walk, or that through one part of the tree, for items start … stop − 1: images times parts."""
        _ = sources
        width = count(x)
        deep = w.spectra.size // (1 + p.steps[:, 0].max())
        for item in range(start, stop):
            image, part = item // parts, item % parts
            rows, cols = p.sizes[0]
            pitch = _pitch(cols, width)
            _padded(x[image], p.source, rows, cols, w.u, pitch)
            _spectrum(w.u, pitch, rows, cols, int64(1), p, int64(0), w, int64(0), deep // 2)
            gathered[:deep] = 0
            first, last = (p.parts[part], p.parts[part + 1]) if parts > 1 else (0, len(p.steps))
            for turn in way:
                step = turn if turn >= 0 else -1 - turn
                if step < first or step >= last:
                    continue
                generation, slot, beside, s, t, member, slots, deeper = p.steps[step]
                rows, cols = p.sizes[t]
                pitch = _pitch(slots * cols, width)
                scale = 1 / (p.sizes[s, 0] * p.sizes[s, 1])
                here, there = generation * deep, (generation + 1) * deep
                if turn >= 0:
                    _convolve(w.spectra, here, deep // 2, slot, beside, s, t, member, slots, p, w)
                    _keep(w.b, z, here, deep // 2, rows * pitch)
                    if deeper:
                        _modulus(w.b, rows, slots * cols, pitch, scale, w.u)
                        _spectrum(w.u, pitch, rows, cols, slots, p, t, w, there, deep // 2)
                        gathered[there : there + deep] = 0
                    continue
                if deeper:
                    _spectrum_back(gathered, there, deep // 2, rows, cols, slots, p, t, w, pitch)
                else:
                    w.u[: rows * pitch] = 0
                _average_back(given[image], pitch, rows, cols, slots, p, t, w.line, w.u, p.members, member)
                _modulus_back(w.u, z, here, deep // 2, rows * pitch, scale, w.b)
                _convolve_back(gathered, here, deep // 2, slot, beside, s, t, member, slots, p, w)
            rows, cols = p.sizes[0]
            pitch = _pitch(cols, width)
            _spectrum_back(gathered, int64(0), deep // 2, rows, cols, int64(1), p, int64(0), w, pitch)
            if part == 0:
                _average_back(
                    given[image], pitch, rows, cols, int64(1), p, int64(0), w.line, w.u, p.members, int64(-1)
                )
            _padded_back(w.u, p.source, rows, cols, pitch, out[image, part])

    return _backward


@_inner
def _keep(b, z, at, gap, n):
    """A complex stack, kept for the way back."""
    width, half = count(b), b.size // 2
    for j in range(0, n, width):
        store(z, at + j, load(b, j))
        store(z, at + gap + j, load(b, half + j))


@_inner
def _padded_back(u, source, rows, cols, pitch, out):
    for i in range(rows):
        for j in range(cols):
            place = source[i * cols + j]
            if place >= 0:
                out[place] += u[i * pitch + j]


@_inner
def _modulus_back(u, z, at, gap, n, scale, b):
    """b ← scale u z / |z|, and 0 where z is 0."""
    width, half = count(u), b.size // 2
    for j in range(0, n, width):
        zr, zi = load(z, at + j), load(z, at + gap + j)
        factor = scale * load(u, j) * inverse_root(zr * zr + zi * zi)
        store(b, j, factor * zr)
        store(b, half + j, factor * zi)


@_inner
def _convolve_back(gathered, x0, xg, slot, beside, s, t, member, slots, p, w):
    """gathered ← gathered + ψ · the unfolded spectra of the stack of gradients in b."""
    width, gap = count(gathered), w.a.size // 2
    rows, cols = p.sizes[t]
    parent_rows = p.sizes[s, 0]
    xp, pitch = _pitch(beside * parent_rows, width), _pitch(slots * rows, width)
    flat = _pitch(slots * cols, width)
    _transform(w.b, int64(0), gap, flat, rows, slots * cols, p, t, int64(0), w)
    _transposed(w.b, gap, flat, rows, cols, slots, w.a, gap, pitch)
    _transform(w.a, int64(0), gap, pitch, cols, slots * rows, p, t, int64(1), w)
    here = x0 + slot * parent_rows
    for k in range(0, slots, _team(slots)):
        at, there = p.members[member + k, 0], k * rows
        if _team(slots) == 4:
            _product4_back(
                w.a,
                there,
                gap,
                pitch,
                rows,
                cols,
                gathered,
                here,
                xg,
                xp,
                parent_rows,
                p,
                at,
                w.line,
                slots - k,
            )
        else:
            _product_back(
                w.a, there, gap, pitch, rows, cols, gathered, here, xg, xp, parent_rows, p, at, w.line
            )


@_inner
def _product_back(y, y0, yg, yp, rows_out, cols_out, x, x0, xg, xp, rows, p, at, line):
    """x ← x + a filter's spectrum times y, unfolded."""
    width, half = count(x), line.size // 16
    tap, here = p.starts[at], p.starts[at + 1]
    at += 2
    for k in range(cols_out):
        _unfolded(y, y0 + k * yp, yg, rows_out, line, int64(0), half, rows)
        for v in range(0, rows, width):
            then = p.starts[at]
            at += 1
            ar, ai = load(line, v), load(line, half + v)
            for entry in range(here, then):
                place = x0 + p.rows[entry] * xp + v
                b = load(p.filters, tap)
                store(x, place, load(x, place) + b * ar)
                store(x, place + xg, load(x, place + xg) + b * ai)
                tap += width
            here = then


@_inner
def _product4_back(y, y0, yg, yp, rows_out, cols_out, x, x0, xg, xp, rows, p, at, line, slots):
    width, half = count(x), line.size // 16
    tap, here = p.starts[at], p.starts[at + 1]
    at += 2
    for k in range(cols_out):
        for slot in range(min(4, slots)):
            _unfolded(y, y0 + k * yp + slot * rows_out, yg, rows_out, line, 2 * slot * half, half, rows)
        for j in range(2 * slots * half, 8 * half):
            line[j] = 0
        for v in range(0, rows, width):
            then = p.starts[at]
            at += 1
            ar, ai = load(line, v), load(line, half + v)
            br, bi = load(line, 2 * half + v), load(line, 3 * half + v)
            cr, ci = load(line, 4 * half + v), load(line, 5 * half + v)
            dr, di = load(line, 6 * half + v), load(line, 7 * half + v)
            for entry in range(here, then):
                place = x0 + p.rows[entry] * xp + v
                a, b = load(p.filters, tap), load(p.filters, tap + width)
                c, d = load(p.filters, tap + 2 * width), load(p.filters, tap + 3 * width)
                store(x, place, load(x, place) + a * ar + b * br + c * cr + d * dr)
                store(x, place + xg, load(x, place + xg) + a * ai + b * bi + c * ci + d * di)
                tap += 4 * width
            here = then


@_inner
def _unfolded(y, y0, yg, rows_out, line, at, half, rows):
    """A line ← a row of y, again and again, and zeros behind it: registers reach into the next slot's
    columns."""
    width = count(y)
    for v in range(0, rows, rows_out):
        for j in range(0, rows_out, width):
            store(line, at + v + j, load(y, y0 + j))
            store(line, at + half + v + j, load(y, y0 + j + yg))
    store(line, at + rows, zeros(y))
    store(line, at + half + rows, zeros(y))


@_inner
def _average_back(given, pitch, rows, cols, slots, p, s, line, u, members, member):
    """u ← u + Σ over terms of left · given · right, transposed."""
    width = count(u)
    high, wide = p.out
    op, across = _filled(high, width), _filled(cols, width)
    flat, low = (line.size - 4 * width) // 4, p.lowpass
    for term in range(p.terms[s]):
        left, right = p.low[s, 0] + term * rows * op, p.low[s, 2] + term * wide * across
        for o in range(0, high, 4):
            for k in range(4):
                for slot in range(slots):
                    row = 0 if member < 0 else members[member + slot, 1]
                    for j in range(0, cols, width):
                        h = zeros(u)
                        for q in range(wide if o + k < high else 0):
                            h += given[row, o + k, q] * load(low, right + q * across + j)
                        store(line, k * flat + slot * cols + j, h)
            for v in range(0, slots * cols, width):
                a, b = load(line, v), load(line, flat + v)
                c, d = load(line, 2 * flat + v), load(line, 3 * flat + v)
                for r in range(rows):
                    at = left + r * op + o
                    h = load(u, r * pitch + v)
                    h += low[at] * a
                    h += low[at + 1] * b
                    h += low[at + 2] * c
                    h += low[at + 3] * d
                    store(u, r * pitch + v, h)


@_inner
def _spectrum_back(x, x0, xg, rows, cols, slots, p, s, w, pitch):
    """u ← the real part of the inverse transform, times n, of a stack of transposed spectra."""
    width, gap = count(x), w.a.size // 2
    half = rows // 2 + 1
    xp, thin = _pitch(slots * rows, width), _pitch(slots * half, width)
    for k in range(cols):
        mirror = (cols - k) % cols
        for slot in range(slots):
            here, there = x0 + k * xp + slot * rows, k * thin + slot * half
            behind = x0 + mirror * xp + slot * rows + rows
            w.b[there], w.b[gap + there] = x[here], x[here + xg]
            for v in range(1, rows - half + 1):
                w.b[there + v] = x[here + v] + x[behind - v]
                w.b[gap + there + v] = x[here + xg + v] - x[behind + xg - v]
            for v in range(rows - half + 1, half):
                w.b[there + v], w.b[gap + there + v] = x[here + v], x[here + xg + v]
    _transform(w.b, gap, -gap, thin, cols, slots * half, p, s, int64(1), w)
    _transposed(w.b, gap, thin, cols, half, slots, w.a, gap, pitch)
    for k in range(half):
        # The last register may go with one that holds nothing.
        for j in range(k * pitch + slots * cols, (k + 1) * pitch):
            w.a[j] = w.a[gap + j] = 0
    a, b, c, d = p.ffts[s, 0]
    radices, twiddles = p.radices[a:b], p.twiddles[c:d]
    for v in range(0, slots * cols, 2 * width):
        _joined(w.a, v, gap, pitch, w.b, rows, half)
        columns(
            w.b,
            width,
            -width,
            2 * width,
            w.u,
            v + width,
            -width,
            pitch,
            rows,
            width,
            radices,
            twiddles,
            w.passes,
        )


@_inner
def _joined(x, x0, xg, xp, z, n, half):
    """Z[k] = (A + iB) / 2 and Z[−k] = (A* + iB*) / 2; real parts alone where k = −k."""
    width = count(z)
    for k in range(half):
        at = x0 + k * xp
        ar, ai = load(x, at), load(x, at + xg)
        br, bi = load(x, at + width), load(x, at + xg + width)
        here, there = 2 * width * k, 2 * width * ((n - k) % n)
        if here == there:
            store(z, here, ar)
            store(z, here + width, br)
        else:
            store(z, here, 0.5 * (ar - bi))
            store(z, here + width, 0.5 * (ai + br))
            store(z, there, 0.5 * (ar + bi))
            store(z, there + width, 0.5 * (br - ai))


ROOMS = (cascade_plane, fourier_lanes, lanes)
"""Where the code comes from that is compiled into the loop."""

_backward = _compiled(digest(*ROOMS))
