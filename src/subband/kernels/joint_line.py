"""Joint scattering compiled for the CPU: the fast twin of `joint_reference` for real arrays and local averages.

Time lies across the lanes of a register, a segment of the signal in each. For a few samples at a time all filters of
order 1 are read, all rows over log-frequency are computed, and of their moduli only moments are kept, so nothing of the
transform before its average is ever written to memory.
"""

from typing import Any

import numpy as np
from numba import njit
from scipy import fft

from subband.kernels import cascade_reference
from subband.kernels.cascade import Cascade
from subband.kernels.joint import Joint
from subband.kernels.joint_program import SAMPLES, Frames, Rows, frames, matrix, row_average, rows, whole
from subband.kernels.lanes import count, lanes, load, root, store, zeros
from subband.kernels.threads import share

_inlined = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)
_inner = njit(fastmath={"contract"}, error_model="numpy")
_outer = njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


def apply(x: np.ndarray, plan: Joint) -> tuple[np.ndarray, list[np.ndarray]]:
    """(batch, N) float32 or float64 → (batch, frames), and (batch, rows, frames) for each path."""
    time, dtype = plan.time, x.dtype.name
    groups = [(nodes, rows(plan, len(nodes), dtype)) for nodes in plan.second]
    width = frames(time, 0, dtype).count if plan.average is True else 1
    sizes = [len(row_average(plan, k)) for k in plan.rising]
    sizes += [len(average) for _, r in groups for average, _ in r.averages]
    zeroth = np.empty((len(x), width), x.dtype)
    out = [np.empty((len(x), size, width), x.dtype) for size in sizes]
    padded = np.asarray(cascade_reference.pad(x, time))

    def kernel(start: int, stop: int) -> None:
        for k in range(start, stop):
            _one(padded[k], plan, groups, zeroth[k], [one[k] for one in out])

    share(kernel, len(x), x.size * len(time.nodes))
    return zeroth, out


def _one(x, plan: Joint, groups, zeroth, out) -> None:
    """One padded signal."""
    time, dtype = plan.time, x.dtype.name
    spectrum: Any = fft.fft(x)
    spectra, smooth = {}, []
    zeroth[:] = _pooled(_averaged(spectrum, time, 0), plan)
    for place in plan.first:
        node = time.nodes[place]
        u1 = np.abs(_convolved(spectrum, time, place))
        spectra[place] = fft.fft(u1)
        smooth.append(_averaged(spectra[place], time, node.stride))
    s1 = np.stack(smooth)
    paths = iter(out)
    for k in plan.rising:
        u = np.abs(matrix(plan, k, len(s1)).astype(np.result_type(dtype, np.complex64)) @ s1)
        next(paths)[:] = row_average(plan, k).astype(dtype) @ _pooled(u, plan)
    for nodes, r in groups:
        stride = time.nodes[nodes[0]].stride
        y2 = np.stack([_convolved(spectra[time.nodes[place].parent], time, place) for place in nodes])
        f = (frames if plan.average is True else whole)(time, stride, dtype)
        averaged = np.zeros((r.count, f.count), x.dtype)
        _order2(
            y2.view(dtype).ravel(), y2.shape[1], len(nodes), r.table, r.weights, f.first, f.samples, f.segment, f.hop,
            f.block, f.met, f.ahead, f.moments.ravel(), f.shares.ravel(), averaged,
            memory(r, f, len(nodes), x.dtype),
        )  # fmt: skip
        for average, there in r.averages:
            next(paths)[:] = average @ averaged[there]


def memory(r: Rows, f: Frames, seen: int, dtype: np.dtype) -> tuple[np.ndarray, ...]:
    """Registers for a group of samples, for their moduli, for moments and for frames."""
    width, terms = lanes(dtype), f.moments.shape[1]
    sizes = 2 * seen * SAMPLES, 2 * SAMPLES, r.count * terms, r.count * (f.ahead + f.met)
    return tuple([np.zeros(size * width, dtype) for size in sizes])


@_outer
def _order2(
    y,
    period,
    seen,
    table,
    weights,
    first,
    total,
    segment,
    hop,
    block,
    met,
    ahead,
    moments,
    shares,
    averaged,
    memory,
):
    """averaged ← |Y₂ ⋆_λ ψ_fr| ⋆ φ_T for all rows, from Y₂ (seen, period) complex as pairs of real numbers."""
    samples, moduli, sums, accumulated = memory
    width, terms = count(samples), moments.size // block
    piece, pitch = min(block, SAMPLES), (ahead + met) * count(samples)
    sums[:] = 0
    accumulated[:] = 0
    for s in range(0, segment, SAMPLES):
        _gather(y, period, seen, first, s, total, segment, samples)
        row = 0
        for k in range(table.shape[0]):
            spins = 1 + table[k, 3]
            if spins == 2:
                _both_spins(samples, table[k, 0], table[k, 1], weights, table[k, 2], moduli)
            else:
                _no_spin(samples, table[k, 0], table[k, 1], weights, table[k, 2], moduli)
            for spin in range(spins):
                u, m = spin * SAMPLES * width, row * terms * width
                for v in range(0, SAMPLES, piece):
                    within = (s + v) % hop
                    _take_moments(moduli, u + v * width, piece, moments, within % block, terms, sums, m)
                    if (within + piece) % block == 0:
                        to = row * pitch + (s + v) // hop * width
                        _share_out(sums, m, terms, shares, within // block * met, met, accumulated, to)
                row += 1
    # Frames at the seams of two segments have a part in either.
    frames_out, places = averaged.shape[1], max(1, ahead + met - 1)
    for row in range(averaged.shape[0]):
        for lane in range(width):
            for q in range(places):
                frame = lane * ahead + q - met + 1
                if 0 <= frame < frames_out:
                    averaged[row, frame] += accumulated[row * pitch + q * width + lane]


@_inner
def _gather(y, period, seen, first, s, total, segment, samples):
    """samples ← real and imaginary parts of y at first + s + v + lane · segment, for v < SAMPLES."""
    width = count(samples)
    for lane in range(width):
        start = (first + s + lane * segment) % period
        left = total - s - lane * segment
        for i in range(seen):
            to = 2 * SAMPLES * i * width + lane
            for v in range(SAMPLES):
                t = start + v
                if t >= period:
                    t -= period
                there = v < left
                samples[to + 2 * v * width] = y[2 * (i * period + t)] if there else 0
                samples[to + (2 * v + 1) * width] = y[2 * (i * period + t) + 1] if there else 0


@_inner
def _both_spins(x, low, taps, weights, at, moduli):
    """moduli ← |Σ (g + ih)(a + ib)| and |Σ (g − ih)(a + ib)| for SAMPLES samples a + ib, four at a time."""
    width = count(x)
    step = 2 * SAMPLES * width
    for v in range(0, SAMPLES, 4):
        i = low * step + 2 * v * width
        ga0 = ga1 = ga2 = ga3 = zeros(x)
        gb0 = gb1 = gb2 = gb3 = zeros(x)
        ha0 = ha1 = ha2 = ha3 = zeros(x)
        hb0 = hb1 = hb2 = hb3 = zeros(x)
        for k in range(at, at + 2 * taps, 2):
            g, h = weights[k], weights[k + 1]
            a, b = load(x, i), load(x, i + width)
            ga0, gb0, ha0, hb0 = ga0 + g * a, gb0 + g * b, ha0 + h * a, hb0 + h * b
            a, b = load(x, i + 2 * width), load(x, i + 3 * width)
            ga1, gb1, ha1, hb1 = ga1 + g * a, gb1 + g * b, ha1 + h * a, hb1 + h * b
            a, b = load(x, i + 4 * width), load(x, i + 5 * width)
            ga2, gb2, ha2, hb2 = ga2 + g * a, gb2 + g * b, ha2 + h * a, hb2 + h * b
            a, b = load(x, i + 6 * width), load(x, i + 7 * width)
            ga3, gb3, ha3, hb3 = ga3 + g * a, gb3 + g * b, ha3 + h * a, hb3 + h * b
            i += step
        rising, falling = v * width, (SAMPLES + v) * width
        _modulus(ga0 - hb0, gb0 + ha0, moduli, rising)
        _modulus(ga0 + hb0, gb0 - ha0, moduli, falling)
        _modulus(ga1 - hb1, gb1 + ha1, moduli, rising + width)
        _modulus(ga1 + hb1, gb1 - ha1, moduli, falling + width)
        _modulus(ga2 - hb2, gb2 + ha2, moduli, rising + 2 * width)
        _modulus(ga2 + hb2, gb2 - ha2, moduli, falling + 2 * width)
        _modulus(ga3 - hb3, gb3 + ha3, moduli, rising + 3 * width)
        _modulus(ga3 + hb3, gb3 - ha3, moduli, falling + 3 * width)


@_inner
def _no_spin(x, low, taps, weights, at, moduli):
    """moduli ← |Σ g (a + ib)| for SAMPLES samples, four at a time."""
    width = count(x)
    step = 2 * SAMPLES * width
    for v in range(0, SAMPLES, 4):
        i = low * step + 2 * v * width
        a0 = a1 = a2 = a3 = zeros(x)
        b0 = b1 = b2 = b3 = zeros(x)
        for k in range(at, at + 2 * taps, 2):
            g = weights[k]
            a0, b0 = a0 + g * load(x, i), b0 + g * load(x, i + width)
            a1, b1 = a1 + g * load(x, i + 2 * width), b1 + g * load(x, i + 3 * width)
            a2, b2 = a2 + g * load(x, i + 4 * width), b2 + g * load(x, i + 5 * width)
            a3, b3 = a3 + g * load(x, i + 6 * width), b3 + g * load(x, i + 7 * width)
            i += step
        _modulus(a0, b0, moduli, v * width)
        _modulus(a1, b1, moduli, (v + 1) * width)
        _modulus(a2, b2, moduli, (v + 2) * width)
        _modulus(a3, b3, moduli, (v + 3) * width)


@_inlined
def _modulus(a, b, moduli, at):
    store(moduli, at, root(a * a + b * b))


@_inner
def _take_moments(moduli, u, samples, moments, first, terms, sums, m):
    """sums += Σ over samples of their moduli times each moment's weights."""
    width = count(moduli)
    for p in range(terms):
        total = load(sums, m + p * width)
        for v in range(samples):
            total += moments[(first + v) * terms + p] * load(moduli, u + v * width)
        store(sums, m + p * width, total)


@_inner
def _share_out(sums, m, terms, shares, first, frames_met, accumulated, to):
    """accumulated += each frame's share of a block's moments, which then begin anew."""
    width = count(sums)
    for d in range(frames_met):
        total = load(accumulated, to + d * width)
        for p in range(terms):
            total += shares[(first + d) * terms + p] * load(sums, m + p * width)
        store(accumulated, to + d * width, total)
    for p in range(terms):
        store(sums, m + p * width, zeros(sums))


def _pooled(u: np.ndarray, plan: Joint) -> np.ndarray:
    """(…, frames) as they are, or their mean."""
    return u.mean(axis=-1, keepdims=True) if plan.average == "global" else u


def _averaged(spectrum: np.ndarray, time: Cascade, stride: int) -> np.ndarray:
    """(n,) spectrum of a real signal at a resolution → (frames,) its local average."""
    product = spectrum * time.at(-1, stride).astype(spectrum.real.dtype)
    frames_: Any = fft.ifft(cascade_reference.fold(product, time.stride - stride, 1))
    return frames_.real[time.kept(time.stride)[0]]


def _convolved(spectrum: np.ndarray, time: Cascade, place: int) -> np.ndarray:
    """(n,) spectrum of a node's parent → (n / 2ᵏ,) complex: ↓(parent ⋆ ψ)."""
    node = time.nodes[place]
    start = 0 if node.parent < 0 else time.nodes[node.parent].stride
    product = spectrum * time.at(node.filter, start).astype(spectrum.real.dtype)
    made: Any = fft.ifft(cascade_reference.fold(product, node.stride - start, 1))
    return made
