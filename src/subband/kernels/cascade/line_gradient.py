"""Gradients of cascades over one axis, compiled for the CPU: `cascade_line` walked back, as in
`cascade_plane_gradient`."""

import numpy as np
from numba import njit

from subband.kernels.cascade import line as cascade_line
from subband.kernels.cascade import plane as cascade_plane
from subband.kernels.cascade.line import (  # fmt: skip
    LineMemory,
    _convolve,
    _modulus,
    _padded,
    _sequence,
    _silence,
    _spectra,
    memory,
)
from subband.kernels.cascade.line_tables import program
from subband.kernels.cascade.plane import aligned
from subband.kernels.cascade.plane_gradient import tour
from subband.kernels.cascade.tree import Cascade
from subband.kernels.fingerprint import digest
from subband.kernels.fourier import columns as fourier_lanes
from subband.kernels.fourier import sequence as fourier_sequence
from subband.kernels.fourier.columns import int64
from subband.kernels.fourier.sequence import transform
from subband.kernels.jit import outer
from subband.kernels.simd import lanes
from subband.kernels.simd.lanes import count, inverse_root, load, reverse, store, zeros
from subband.kernels.threads import each, share, threads

_inner = njit(fastmath={"contract"}, error_model="numpy")


def apply(x: np.ndarray, gradient: np.ndarray, tree: Cascade) -> np.ndarray:
    """(batch, N) signals and (batch, 1 + nodes, out) gradients of their averages → those of the signals."""
    p = program(tree, x.dtype.name)
    flat = np.require(x, requirements=("C", "A", "W"))
    given = np.require(gradient, requirements=("C", "A", "W")).reshape(len(x), 1 + len(tree.nodes), p.out)
    parts = 1 if len(x) >= 2 * threads() else len(p.parts) - 1
    out = np.zeros((len(x), parts, flat.shape[1]), x.dtype)
    way = tour(p.steps)

    @each
    def own() -> tuple[LineMemory, np.ndarray, np.ndarray]:
        w = memory(p, x.dtype)
        return w, aligned(w.spectra.size, x.dtype), aligned(w.spectra.size, x.dtype)

    def kernel(start: int, stop: int) -> None:
        _backward(flat, given, out, p, way, *own(), parts, start, stop)

    share(kernel, len(x) * parts, x.size * len(tree.nodes))
    return out.sum(axis=1) if parts > 1 else out[:, 0]


def _compiled(sources: str):
    """The loop over a batch, made from these sources (see `digest`)."""

    @outer
    def _backward(x, given, out, p, way, w, gathered, z, parts, start, stop):
        """The walk, or that through one part of the tree, for items start … stop − 1: signals times parts."""
        _ = sources
        gap = w.z.size // 4
        for item in range(start, stop):
            signal, part = item // parts, item % parts
            _padded(x[signal], p, w.u)
            _spectra(w.u, p, int64(0), w, int64(0), gap)
            gathered[: 4 * gap] = 0
            first, last = (p.parts[part], p.parts[part + 1]) if parts > 1 else (0, len(p.steps))
            for turn in way:
                step = turn if turn >= 0 else -1 - turn
                if step < first or step >= last:
                    continue
                generation, slot, s, t, member, slots, deeper = p.steps[step]
                parent = 2 * gap * (2 * generation + slot)
                here, below = 4 * gap * generation, 4 * gap * (generation + 1)
                if turn >= 0:
                    for k in range(slots):
                        _convolve(w.spectra, parent, gap, s, t, p.members[member + k, 0], p, w, k)
                        if deeper:
                            _modulus(w.z, 2 * gap * k, gap, k, p, s, t, w.u)
                        _keep(w.z, z, here, 2 * gap * k, gap, p.lengths[t])
                    if deeper:
                        if slots == 1:
                            _silence(w.u, int64(1))
                        _spectra(w.u, p, t, w, below, gap)
                        _clear(gathered, below, gap, 4, p.lengths[t])
                    continue
                _clear(w.u, int64(0), w.u.size // 2, 2, p.lengths[t] + 2 * p.margin[t] + p.low[t, 1])
                if deeper:
                    _spectra_back(gathered, below, gap, p, t, w)
                for k in range(slots):
                    filter_, row = p.members[member + k]
                    _average_back(given[signal, row], k, p, t, w.u)
                    _modulus_back(w.u, k, p, s, t, z, here + 2 * gap * k, gap, w.z)
                    _convolve_back(gathered, parent, gap, s, t, filter_, p, w, k)
            w.u[:] = 0
            _spectra_back(gathered, int64(0), gap, p, int64(0), w)
            if part == 0:
                _average_back(given[signal, 0], int64(0), p, int64(0), w.u)
            _padded_back(w.u, p, out[signal, part])

    return _backward


@_inner
def _keep(z, kept, here, at, gap, n):
    """A complex sequence, kept for the way back."""
    width = count(z)
    for i in range(at, at + n, width):
        store(kept, here + i, load(z, i))
        store(kept, here + gap + i, load(z, gap + i))


@_inner
def _clear(x, x0, gap, planes, n):
    """The first n numbers of some planes ← 0."""
    width = count(x)
    for plane in range(planes):
        for i in range(x0 + plane * gap, x0 + plane * gap + n, width):
            store(x, i, zeros(x))


@_inner
def _padded_back(u, p, out):
    n, margin = p.lengths[0], p.margin[0]
    _around_back(u, int64(0), n, margin)
    for i in range(n):
        place = p.source[i]
        if place >= 0:
            out[place] += u[margin + i]


@_inner
def _around_back(u, u0, n, margin):
    for i in range(margin):
        u[u0 + margin + i] += u[u0 + margin + n + i]
    for i in range(margin - 1, -1, -1):
        u[u0 + n + i] += u[u0 + i]


@_inner
def _average_back(given, slot, p, s, u):
    width, u0 = count(u), slot * (u.size // 2)
    tap, taps, first, hop = p.low[s]
    for o in range(p.out):
        at, g = u0 + first + o * hop, given[o]
        for j in range(0, taps, width):
            store(u, at + j, load(u, at + j) + g * load(p.taps, tap + j))


@_inner
def _modulus_back(u, slot, p, s, t, z, z0, zg, y):
    """y[slot] ← the gradient u times z / |z|, and 0 where z is 0."""
    width, n, margin, u0, y0 = count(u), p.lengths[t], p.margin[t], slot * (u.size // 2), 2 * slot * zg
    scale = 1 / p.lengths[s]
    _around_back(u, u0, n, margin)
    for i in range(0, n, width):
        a, b = load(z, z0 + i), load(z, z0 + zg + i)
        factor = scale * load(u, u0 + margin + i) * inverse_root(a * a + b * b)
        store(y, y0 + i, factor * a)
        store(y, y0 + zg + i, factor * b)


@_inner
def _convolve_back(gathered, x0, xg, s, t, at, p, w, slot):
    y0 = 2 * xg * slot
    transform(w.z, y0, xg, w.z, y0, xg, _sequence(p, t), w.work)
    _product_back(w.z, y0, xg, p, at, gathered, x0, xg, p.lengths[s], p.lengths[t])


@_inner
def _product_back(y, y0, yg, p, at, x, x0, xg, n, m):
    """x ← x + a filter's spectrum times y, unfolded from m to n frequencies."""
    width, here = count(x), p.starts[at]
    if m % width == 0:
        for v in range(0, m, width):
            at += 1
            then = p.starts[at]
            ar, ai = load(y, y0 + v), load(y, y0 + yg + v)
            for entry in range(here, then):
                b, place = load(p.filters, entry * width), x0 + p.places[entry]
                store(x, place, load(x, place) + b * ar)
                store(x, place + xg, load(x, place + xg) + b * ai)
            here = then
        return
    for entry in range(here, p.starts[at + (n + width - 1) // width]):
        place = p.places[entry]
        for i in range(min(width, n - place)):
            b, k = p.filters[entry * width + i], y0 + (place + i) % m
            x[x0 + place + i] += b * y[k]
            x[x0 + xg + place + i] += b * y[k + yg]


@_inner
def _spectra_back(x, x0, xg, p, s, w):
    """Both real sequences ← the real parts of the inverse transforms, times n, of two spectra, by one
    transform."""
    width, n, margin, half = count(x), p.lengths[s], p.margin[s], w.u.size // 2
    x1, z = x0 + 2 * xg, w.z
    x[x0 + n], x[x0 + xg + n], x[x1 + n], x[x1 + xg + n] = x[x0], x[x0 + xg], x[x1], x[x1 + xg]
    together = n - n % width
    for k in range(0, together, width):
        back = n - k - width + 1
        ar, ai, br, bi = load(x, x0 + k), load(x, x0 + xg + k), load(x, x1 + k), load(x, x1 + xg + k)
        cr, ci = reverse(load(x, x0 + back)), reverse(load(x, x0 + xg + back))
        dr, di = reverse(load(x, x1 + back)), reverse(load(x, x1 + xg + back))
        # (A + A′) / 2 + i (B + B′) / 2 with A′[k] = A[−k]*
        store(z, k, 0.5 * ((ar + cr) - (bi - di)))
        store(z, xg + k, 0.5 * ((ai - ci) + (br + dr)))
    for k in range(together, n):
        ar, ai, br, bi = x[x0 + k], x[x0 + xg + k], x[x1 + k], x[x1 + xg + k]
        cr, ci, dr, di = x[x0 + n - k], x[x0 + xg + n - k], x[x1 + n - k], x[x1 + xg + n - k]
        z[k], z[xg + k] = ((ar + cr) - (bi - di)) / 2, ((ai - ci) + (br + dr)) / 2
    transform(z, xg, -xg, w.u, margin + half, -half, _sequence(p, s), w.work)


ROOMS = (cascade_line, cascade_plane, fourier_lanes, fourier_sequence, lanes)
"""Where the code comes from that is compiled into the loop."""

_backward = _compiled(digest(*ROOMS))
