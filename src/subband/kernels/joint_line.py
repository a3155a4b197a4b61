"""Joint scattering compiled for the CPU: the fast twin of `joint_reference` for real arrays and local averages.

The scalogram and its filtering over time are the compiled cascade's. Then time lies across the lanes of a register, a
segment of the signal in each. For a few samples at a time all rows over log-frequency are computed, and only moments of
their moduli are kept: nothing of the transform between its two filterings and its average is written to memory.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit

from subband.kernels import cascade_line
from subband.kernels.cascade_line import _average, _convolve, _padded, _silence, _spectra
from subband.kernels.cascade_line import _modulus as _line_modulus
from subband.kernels.cascade_line_program import program
from subband.kernels.joint import Joint
from subband.kernels.joint_program import SAMPLES, Frames, Rows, frames, matrix, row_average, rows, whole
from subband.kernels.lanes import count, lanes, load, root, store, zeros
from subband.kernels.threads import share, threads

_inlined = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)
_inner = njit(fastmath={"contract"}, error_model="numpy")
_outer = njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


def apply(x: np.ndarray, plan: Joint) -> tuple[np.ndarray, list[np.ndarray]]:
    """(batch, N) float32 or float64 → (batch, frames), and (batch, rows, frames) for each path."""
    time, dtype = plan.time, x.dtype.name
    line, groups = program(time, dtype), _groups(plan, dtype)
    smooth = np.empty((len(x), 1 + len(plan.first), line.out), x.dtype)
    sizes = [len(row_average(plan, k)) for k in plan.rising]
    sizes += [len(mean) for group in groups for mean, _ in group.rows.averages]
    width = line.out if plan.average is True else 1
    out = [np.empty((len(x), size, width), x.dtype) for size in sizes]
    starts = np.full(len(time.nodes), -1)
    for group in groups:
        starts[list(group.nodes)] = group.start + 2 * group.period * np.arange(len(group.nodes))
    y2 = np.empty((min(len(x), threads()), groups[-1].end if groups else 0), x.dtype)
    # As many signals as there are threads at a time, or branches of one.
    for first in range(0, len(x), len(y2)):
        some = x[first : first + len(y2)]
        parts = 1 if len(some) == threads() else len(line.parts) - 1

        def scalograms(start: int, stop: int, some=some, first=first, parts=parts) -> None:
            w = cascade_line.memory(line, x.dtype)
            for k in range(start // parts, -(-stop // parts)):
                a, b = max(start - k * parts, 0), min(stop - k * parts, parts)
                steps = (line.parts[a], line.parts[b]) if parts > 1 else (0, len(line.steps))
                _scalogram(some[k], line, w, *steps, starts, y2[k], smooth[first + k])

        def patterns(start: int, stop: int, first=first) -> None:
            for item in range(start, stop):
                k, group = divmod(item, len(groups))
                for place, averaged in _patterns(y2[k], groups[group]):
                    out[len(plan.rising) + place][first + k] = averaged

        share(scalograms, len(some) * parts, some.size * len(time.nodes))
        share(patterns, len(some) * len(groups), some.size * len(time.nodes))
    for place, k in enumerate(plan.rising):
        across = matrix(plan, k, len(plan.first)).astype(np.result_type(x.dtype, np.complex64))
        out[place][:] = row_average(plan, k).astype(dtype) @ _pooled(np.abs(across @ smooth[:, 1:]), plan)
    return _pooled(smooth[:, 0], plan), out


class Group(NamedTuple):
    """Order 2 with one filter over time.

    Attributes:
        nodes: Its nodes, in the order of the filters of order 1.
        period: Samples of each.
        start: Where their convolutions are kept, (nodes, 2, period) real and imaginary parts.
        end: And where they end.
        place: Of its first path among those of order 2.
        rows: The matrices over log-frequency.
        frames: The average over time.
    """

    nodes: tuple[int, ...]
    period: int
    start: int
    end: int
    place: int
    rows: Rows
    frames: Frames


@lru_cache(maxsize=64)
def _groups(plan: Joint, dtype: str) -> tuple[Group, ...]:
    made, end = [], 0
    for k, nodes in enumerate(plan.second):
        stride, start = plan.time.nodes[nodes[0]].stride, end
        period = plan.time.padded[0] >> stride
        end += 2 * period * len(nodes)
        made.append(
            Group(
                nodes, period, start, end, k * len(plan.spins), rows(plan, len(nodes), dtype),
                (frames if plan.average is True else whole)(plan.time, stride, dtype),
            )
        )  # fmt: skip
    return tuple(made)


def _patterns(y2: np.ndarray, group: Group) -> Iterator[tuple[int, np.ndarray]]:
    """Paths of one filter of order 2: their places, and (rows, frames) averages."""
    r, f = group.rows, group.frames
    averaged = np.zeros((r.count, f.count), y2.dtype)
    _order2(
        y2[group.start : group.end], group.period, len(group.nodes), r.table, r.weights, f.first, f.samples,
        f.segment, f.hop, f.block, f.met, f.ahead, f.moments.ravel(), f.shares.ravel(), averaged,
        memory(r, f, len(group.nodes), y2.dtype),
    )  # fmt: skip
    for place, (mean, there) in enumerate(r.averages, group.place):
        yield place, mean @ averaged[there]


@_outer
def _scalogram(x, p, w, first, last, starts, y2, smooth):
    """Steps first … last − 1: U₁ ⋆ φ_T → smooth, and Y₂ = U₁ ⋆ ψ₂ → y2, where its node starts."""
    gap = w.z.size // 4
    _padded(x, p, w.u)
    if first == 0:
        _average(w.u, 0, p, 0, smooth[0])
    _spectra(w.u, p, 0, w, 0, gap)
    for step in range(first, last):
        generation, slot, s, t, member, slots, deeper = p.steps[step]
        for k in range(slots):
            node = p.members[member + k, 1]  # 0 is the signal
            _convolve(
                w.spectra, 2 * gap * (2 * generation + slot), gap, s, t, p.members[member + k, 0], p, w, k
            )
            if generation == 0:
                _line_modulus(w.z, 2 * gap * k, gap, k, p, s, t, w.u)
                _average(w.u, k, p, t, smooth[node])
            else:
                _keep(w.z, 2 * gap * k, gap, 1 / p.lengths[s], p.lengths[t], y2, starts[node - 1])
        if deeper:
            if slots == 1:
                _silence(w.u, 1)
            _spectra(w.u, p, t, w, 4 * gap * (generation + 1), gap)


@_inner
def _keep(z, z0, zg, scale, n, y, y0):
    """n real and n imaginary parts, one behind the other."""
    for i in range(n):
        y[y0 + i] = scale * z[z0 + i]
        y[y0 + n + i] = scale * z[z0 + zg + i]


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
    """averaged ← |Y₂ ⋆_λ ψ_fr| ⋆ φ_T for all rows, from Y₂ (seen, 2, period), real and imaginary parts."""
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
                samples[to + 2 * v * width] = y[2 * i * period + t] if there else 0
                samples[to + (2 * v + 1) * width] = y[(2 * i + 1) * period + t] if there else 0


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
