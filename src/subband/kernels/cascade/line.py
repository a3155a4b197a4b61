"""Cascades over one axis compiled for the CPU: the fast twin of `reference` for real arrays and
filters.

Siblings are computed two at a time, so that their real moduli go through one complex transform. A filter's
spectrum is read only where it isn't negligible, and its product folds as it is made; the average is taken
where output is wanted, in time, so that it needs no transform.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from subband.kernels.cascade.line_tables import LineProgram, program
from subband.kernels.cascade.plane import aligned
from subband.kernels.cascade.tree import Cascade
from subband.kernels.fingerprint import digest
from subband.kernels.fourier import columns as fourier_lanes
from subband.kernels.fourier import sequence as fourier_sequence
from subband.kernels.fourier.columns import int64
from subband.kernels.fourier.sequence import Sequence, scratch, transform, whole
from subband.kernels.jit import outer
from subband.kernels.simd import lanes as registers
from subband.kernels.simd.lanes import count, lanes, load, reverse, root, store, total, zeros
from subband.kernels.threads import each, share, threads

_inner = njit(fastmath={"contract"}, error_model="numpy")


class LineMemory(NamedTuple):
    """The working memory of one thread.

    Attributes:
        z: Two complex sequences.
        u: Two real ones, with margins.
        spectra: Two complex sequences for each generation.
        work: For transforms.
    """

    z: np.ndarray
    u: np.ndarray
    spectra: np.ndarray
    work: np.ndarray


def apply(x: np.ndarray, tree: Cascade) -> np.ndarray:
    """(batch, N) float32 or float64 → (batch, 1 + nodes, out)."""
    p = program(tree, x.dtype.name)
    out = np.empty((len(x), 1 + len(tree.nodes), p.out), x.dtype)
    flat = np.require(x, requirements=("C", "A", "W"))
    parts = 1 if len(x) >= 2 * threads() else len(p.parts) - 1

    own = each(lambda: memory(p, x.dtype))

    def kernel(start: int, stop: int) -> None:
        _forward(flat, out, p, own(), parts, start, stop)

    share(kernel, len(x) * parts, x.size * len(tree.nodes))
    return out


def memory(p: LineProgram, dtype: np.dtype) -> LineMemory:
    """Working memory for a program in one precision."""
    width, generations = lanes(dtype), 1 + int(p.steps[:, 0].max(initial=0))
    n = whole(int(p.lengths[0]), width) + 3 * width
    margins = whole(int(np.max(p.lengths + 2 * p.margin)), width) + 3 * width
    taps = int(p.low[:, 1].max())
    work = max(scratch(int(length), dtype.name) for length in p.lengths)
    return LineMemory(
        aligned(4 * n, dtype), aligned(2 * (margins + taps), dtype),
        aligned(4 * n * generations, dtype), aligned(work, dtype),
    )  # fmt: skip


@_inner
def _sequence(p, s):
    """The tables of the transform at one resolution."""
    t = p.transforms[s]
    return Sequence(
        t[0], t[1], p.radices[t[2] : t[3]], p.factors[t[4] : t[5]], p.radices[t[6] : t[7]],
        p.factors[t[8] : t[9]], p.factors[t[10] : t[11]],
    )  # fmt: skip


def _compiled(sources: str):
    """The loop over a batch, made from these sources (see `digest`)."""

    @outer
    def _forward(x, out, p, w, parts, start, stop):
        """The tree, or one part of it, for items start … stop − 1: signals times parts."""
        _ = sources
        gap = w.z.size // 4
        for item in range(start, stop):
            signal, part = item // parts, item % parts
            _padded(x[signal], p, w.u)
            if part == 0:
                _average(w.u, int64(0), p, int64(0), out[signal, 0])
            _spectra(w.u, p, int64(0), w, int64(0), gap)
            first, last = (p.parts[part], p.parts[part + 1]) if parts > 1 else (0, len(p.steps))
            for step in range(first, last):
                generation, slot, s, t, member, slots, deeper = p.steps[step]
                parent = 2 * gap * (2 * generation + slot)
                for k in range(slots):
                    filter_, row = p.members[member + k]
                    _convolve(w.spectra, parent, gap, s, t, filter_, p, w, k)
                    _modulus(w.z, 2 * gap * k, gap, k, p, s, t, w.u)
                    _average(w.u, k, p, t, out[signal, row])
                if deeper:
                    if slots == 1:
                        _silence(w.u, int64(1))
                    _spectra(w.u, p, t, w, 4 * gap * (generation + 1), gap)

    return _forward


@_inner
def _silence(u, slot):
    half = u.size // 2
    for i in range(slot * half, (slot + 1) * half):
        u[i] = 0


@_inner
def _padded(x, p, u):
    """The first real sequence ← the padded signal with its margins; the second ← 0."""
    n, margin = p.lengths[0], p.margin[0]
    for i in range(n):
        u[margin + i] = x[p.source[i]] if p.source[i] >= 0 else 0
    _around(u, int64(0), n, margin)
    _silence(u, int64(1))


@_inner
def _around(u, u0, n, margin):
    """Margins ← the sequence, periodically."""
    for i in range(margin):
        u[u0 + i] = u[u0 + n + i]
        u[u0 + margin + n + i] = u[u0 + margin + i]


@_inner
def _convolve(x, x0, xg, s, t, at, p, w, slot):
    """z[slot] ← ↓(parent ⋆ ψ), times the parent's samples."""
    _product(x, x0, xg, p, at, w.z, 2 * xg * slot, xg, p.lengths[s], p.lengths[t])
    z0 = 2 * xg * slot
    transform(w.z, z0 + xg, -xg, w.z, z0 + xg, -xg, _sequence(p, t), w.work)


@_inner
def _product(x, x0, xg, p, at, y, y0, yg, n, m):
    """y ← the product of a spectrum and a filter's, folded from n to m frequencies."""
    width, here = count(x), p.starts[at]
    if m % width == 0:
        for v in range(0, m, width):
            at += 1
            then = p.starts[at]
            ar, ai = zeros(x), zeros(x)
            for entry in range(here, then):
                b, place = load(p.filters, entry * width), x0 + p.places[entry]
                ar += b * load(x, place)
                ai += b * load(x, place + xg)
            here = then
            store(y, y0 + v, ar)
            store(y, y0 + yg + v, ai)
        return
    for k in range(y0, y0 + m):
        y[k] = 0
        y[k + yg] = 0
    for entry in range(here, p.starts[at + (n + width - 1) // width]):
        place = p.places[entry]
        for i in range(min(width, n - place)):
            b, k = p.filters[entry * width + i], y0 + (place + i) % m
            y[k] += b * x[x0 + place + i]
            y[k + yg] += b * x[x0 + xg + place + i]


@_inner
def _modulus(z, z0, zg, slot, p, s, t, u):
    """The real sequence ← |z|, with its margins."""
    width, n, margin, u0 = count(z), p.lengths[t], p.margin[t], slot * (u.size // 2)
    scale = 1 / p.lengths[s]
    for i in range(0, n, width):
        a, b = load(z, z0 + i), load(z, z0 + zg + i)
        store(u, u0 + margin + i, scale * root(a * a + b * b))
    _around(u, u0, n, margin)


@_inner
def _average(u, slot, p, s, out):
    """out ← the average, four outputs at a time."""
    width, u0 = count(u), slot * (u.size // 2)
    tap, taps, first, hop = p.low[s]
    for o in range(0, p.out - p.out % 4, 4):
        at = u0 + first + o * hop
        a, b, c, d = zeros(u), zeros(u), zeros(u), zeros(u)
        for j in range(0, taps, width):
            h, k = load(p.taps, tap + j), at + j
            a += h * load(u, k)
            b += h * load(u, k + hop)
            c += h * load(u, k + 2 * hop)
            d += h * load(u, k + 3 * hop)
        out[o], out[o + 1], out[o + 2], out[o + 3] = total(a), total(b), total(c), total(d)
    for o in range(p.out - p.out % 4, p.out):
        a = zeros(u)
        for j in range(0, taps, width):
            a += load(p.taps, tap + j) * load(u, u0 + first + o * hop + j)
        out[o] = total(a)


@_inner
def _spectra(u, p, s, w, y0, yg):
    """The spectra of both real sequences, by one complex transform: A = (Z + Z′) / 2, B = (Z − Z′) / 2i,
    Z′[k] = Z[−k]*."""
    width, n, margin, half = count(u), p.lengths[s], p.margin[s], u.size // 2
    z, y = w.z, w.spectra
    transform(u, margin, half, z, int64(0), yg, _sequence(p, s), w.work)
    z[n], z[yg + n] = z[0], z[yg]
    y1 = y0 + 2 * yg
    together = n - n % width
    for k in range(0, together, width):
        back = n - k - width + 1
        zr, zi = load(z, k), load(z, yg + k)
        mr, mi = reverse(load(z, back)), reverse(load(z, yg + back))
        store(y, y0 + k, 0.5 * (zr + mr))
        store(y, y0 + yg + k, 0.5 * (zi - mi))
        store(y, y1 + k, 0.5 * (zi + mi))
        store(y, y1 + yg + k, 0.5 * (mr - zr))
    for k in range(together, n):
        zr, zi, mr, mi = z[k], z[yg + k], z[n - k], z[yg + n - k]
        y[y0 + k], y[y0 + yg + k] = (zr + mr) / 2, (zi - mi) / 2
        y[y1 + k], y[y1 + yg + k] = (zi + mi) / 2, (mr - zr) / 2


ROOMS = (fourier_lanes, fourier_sequence, registers)
"""Where the code comes from that is compiled into the loop."""

_forward = _compiled(digest(*ROOMS))
