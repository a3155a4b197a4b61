"""Joint scattering compiled for the CPU: the fast twin of `joint_reference` for real arrays and local
averages.

The scalogram and its filtering over time are the compiled cascade's. Then time lies across the lanes of a
register, a segment of the signal in each. For a few samples at a time all rows over log-frequency are
computed, and only moments of their moduli are kept: nothing of the transform between its two filterings and
its average is written to memory.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from subband.arrays.caches import within_budget
from subband.kernels.cascade import line as cascade_line
from subband.kernels.cascade.line import _average, _convolve, _padded, _silence, _spectra
from subband.kernels.cascade.line import _modulus as _line_modulus
from subband.kernels.cascade.line_tables import program
from subband.kernels.fingerprint import digest
from subband.kernels.fourier import columns as fourier_lanes
from subband.kernels.fourier import sequence as fourier_sequence
from subband.kernels.jit import outer
from subband.kernels.joint.plan import Joint
from subband.kernels.joint.tables import SAMPLES, Frames, Rows, frames, matrix, row_average, rows, whole
from subband.kernels.simd import lanes as registers
from subband.kernels.simd.lanes import count, lanes, load, root, store, zeros
from subband.kernels.threads import each, share, threads

_inlined = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)
_inner = njit(fastmath={"contract"}, error_model="numpy")


def apply(x: np.ndarray, plan: Joint) -> tuple[np.ndarray, list[np.ndarray]]:
    """(batch, N) float32 or float64 → (batch, frames), and (batch, rows, frames) for each path."""
    time, dtype = plan.time, x.dtype.name
    line, groups = program(time, dtype), _groups(plan, dtype)
    first_order = _first(plan, dtype)
    smooth = np.empty((len(x), 1 + len(plan.first), line.out), x.dtype)
    sizes = [len(mean) for _, mean in first_order]
    sizes += [len(mean) for group in groups for mean, _ in group.rows.averages]
    width = line.out if plan.average is True else 1
    out = [np.empty((len(x), size, width), x.dtype) for size in sizes]
    # Of each node of order 2: where its convolution goes, from which sample on, and how many.
    kept = np.zeros((len(time.nodes), 3), np.int64)
    for group in groups:
        total = group.frames.samples
        kept[list(group.nodes), 0] = group.start + 2 * total * np.arange(len(group.nodes))
        kept[list(group.nodes), 1:] = group.frames.first, total
    y2 = np.empty((max(1, min(len(x), threads())), groups[-1].end if groups else 0), x.dtype)
    own = each(lambda: cascade_line.memory(line, x.dtype))
    # As many signals as there are threads at a time, or branches of one.
    for first in range(0, len(x), len(y2)):
        some = x[first : first + len(y2)]
        parts = 1 if len(some) == threads() else len(line.parts) - 1

        def scalograms(start: int, stop: int, some=some, first=first, parts=parts) -> None:
            w = own()
            for k in range(start // parts, -(-stop // parts)):
                a, b = max(start - k * parts, 0), min(stop - k * parts, parts)
                steps = (line.parts[a], line.parts[b]) if parts > 1 else (0, len(line.steps))
                _scalogram(some[k], line, w, *steps, kept, y2[k], smooth[first + k])

        def patterns(start: int, stop: int, first=first) -> None:
            for item in range(start, stop):
                k, group = divmod(item, len(groups))
                for place, averaged in _patterns(y2[k], groups[group]):
                    out[len(plan.rising) + place][first + k] = averaged

        share(scalograms, len(some) * parts, some.size * len(time.nodes))
        share(patterns, len(some) * len(groups), some.size * len(time.nodes))
    for place, (across, mean) in enumerate(first_order):
        out[place][:] = mean @ _pooled(np.abs(across @ smooth[:, 1:]), plan)
    return _pooled(smooth[:, 0], plan), out


class Group(NamedTuple):
    """Order 2 with one filter over time.

    Attributes:
        nodes: Its nodes, in the order of the filters of order 1.
        start: Where what their average needs of their convolutions is kept, (nodes, 2, samples) real and
            imaginary parts.
        end: And where they end.
        place: Of its first path among those of order 2.
        rows: The matrices over log-frequency.
        frames: The average over time.
    """

    nodes: tuple[int, ...]
    start: int
    end: int
    place: int
    rows: Rows
    frames: Frames


@within_budget
def _groups(plan: Joint, dtype: str) -> tuple[Group, ...]:
    made, end = [], 0
    for k, nodes in enumerate(plan.second):
        average = (frames if plan.average is True else whole)(
            plan.time, plan.time.nodes[nodes[0]].stride, dtype
        )
        start, end = end, end + 2 * average.samples * len(nodes)
        made.append(Group(nodes, start, end, k * len(plan.spins), rows(plan, len(nodes), dtype), average))
    return tuple(made)


@within_budget
def _first(plan: Joint, dtype: str) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """For each node that order 1 goes through: its matrix over log-frequency, and that of the average."""
    complex_ = np.result_type(dtype, np.complex64)
    return tuple(
        [
            (matrix(plan, k, len(plan.first)).astype(complex_), row_average(plan, k).astype(dtype))
            for k in plan.rising
        ]
    )


def _patterns(y2: np.ndarray, group: Group) -> Iterator[tuple[int, np.ndarray]]:
    """Paths of one filter of order 2: their places, and (rows, frames) averages."""
    r, f = group.rows, group.frames
    averaged = np.zeros((r.count, f.count), y2.dtype)
    _order2(
        y2[group.start : group.end], len(group.nodes), r.table, r.weights, f.samples, f.segment, f.cell,
        f.block, f.met, f.step, f.ahead, f.moments.ravel(), f.shares.ravel(), averaged,
        memory(r, f, len(group.nodes), y2.dtype),
    )  # fmt: skip
    for place, (mean, there) in enumerate(r.averages, group.place):
        yield place, mean @ averaged[there]


def _compiled_scalogram(sources: str):
    """The first half, made from these sources (see `digest`)."""

    @outer
    def _scalogram(x, p, w, first, last, kept, y2, smooth):
        """Steps first … last − 1: U₁ ⋆ φ_T → smooth, and of Y₂ = U₁ ⋆ ψ₂ what is kept → y2."""
        _ = sources
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
                    to, start, total = kept[node - 1]
                    _keep(w.z, 2 * gap * k, gap, 1 / p.lengths[s], p.lengths[t], start, total, y2, to)
            if deeper:
                if slots == 1:
                    _silence(w.u, 1)
                _spectra(w.u, p, t, w, 4 * gap * (generation + 1), gap)

    return _scalogram


@_inner
def _keep(z, z0, zg, scale, n, first, total, y, y0):
    """Real and imaginary parts of a sequence that repeats after n samples, from one on, one behind the other."""
    width, done, t = count(z), 0, first % n
    while done < total:
        run = min(total - done, n - t)
        for part in range(2):
            to, of = y0 + part * total + done, z0 + part * zg + t
            whole_ = run - run % width
            for i in range(0, whole_, width):
                store(y, to + i, scale * load(z, of + i))
            for i in range(whole_, run):
                y[to + i] = scale * z[of + i]
        done += run
        t = 0


def memory(r: Rows, f: Frames, seen: int, dtype: np.dtype) -> tuple[np.ndarray, ...]:
    """Registers for a group of samples, for moments and for frames."""
    width, terms = lanes(dtype), f.moments.shape[1]
    sizes = 2 * seen * SAMPLES, r.count * terms, r.count * (f.ahead + f.met)
    return tuple([np.zeros(size * width, dtype) for size in sizes])


def _compiled_order2(sources: str):
    """The second half, likewise."""

    @outer
    def _order2(
        y, seen, table, weights, total, segment, cell, block, met, step, ahead, moments, shares, averaged,
        memory,
    ):  # fmt: skip
        """averaged ← |Y₂ ⋆_λ ψ_fr| ⋆ φ_T for all rows, from Y₂ (seen, 2, total), real and imaginary parts."""
        _ = sources
        samples, sums, accumulated = memory
        width, terms = count(samples), moments.size // block
        pitch = (ahead + met) * width
        sums[:] = 0
        accumulated[:] = 0
        for s in range(0, segment, SAMPLES):
            _gather(y, seen, s, total, segment, samples)
            within = s % cell
            at, row = within % block * terms, 0
            for k in range(table.shape[0]):
                if table[k, 3]:
                    _both_spins(
                        samples, table[k, 0], table[k, 1], weights, table[k, 2], moments, at, terms, sums, row
                    )
                else:
                    _no_spin(
                        samples, table[k, 0], table[k, 1], weights, table[k, 2], moments, at, terms, sums, row
                    )
                row += 1 + table[k, 3]
            if (within + SAMPLES) % block == 0:
                frame, share_ = s // cell * step * width, within // block * met
                for row in range(averaged.shape[0]):
                    _share_out(
                        sums,
                        row * terms * width,
                        terms,
                        shares,
                        share_,
                        met,
                        accumulated,
                        row * pitch + frame,
                    )
        # Frames at the seams of two segments have a part in either.
        frames_out, places = averaged.shape[1], max(1, ahead + met - step)
        for row in range(averaged.shape[0]):
            for lane in range(width):
                for q in range(places):
                    frame = lane * ahead + q - met + step
                    if 0 <= frame < frames_out:
                        averaged[row, frame] += accumulated[row * pitch + q * width + lane]

    return _order2


@_inner
def _gather(y, seen, s, total, segment, samples):
    """samples ← both parts of y at s + v + lane · segment, for v < SAMPLES; beyond the total, zeros."""
    width = count(samples)
    for lane in range(width):
        start = s + lane * segment
        there = max(0, min(SAMPLES, total - start))
        for i in range(2 * seen):
            to = (2 * SAMPLES * (i // 2) + i % 2) * width + lane
            for v in range(there):
                samples[to + 2 * v * width] = y[i * total + start + v]
            for v in range(there, SAMPLES):
                samples[to + 2 * v * width] = 0


@_inner
def _both_spins(x, low, taps, weights, at, moments, first, terms, sums, row):
    """Moments of |Σ (g + ih)(a + ib)| and |Σ (g − ih)(a + ib)| for SAMPLES samples a + ib, four at a time."""
    width = count(x)
    step = 2 * SAMPLES * width
    rising, falling = row * terms * width, (row + 1) * terms * width
    for v in range(0, SAMPLES, 4):
        i, m = low * step + 2 * v * width, first + v * terms
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
        u0, u1 = _modulus(ga0 - hb0, gb0 + ha0), _modulus(ga1 - hb1, gb1 + ha1)
        u2, u3 = _modulus(ga2 - hb2, gb2 + ha2), _modulus(ga3 - hb3, gb3 + ha3)
        _take_moments(u0, u1, u2, u3, moments, m, terms, sums, rising)
        u0, u1 = _modulus(ga0 + hb0, gb0 - ha0), _modulus(ga1 + hb1, gb1 - ha1)
        u2, u3 = _modulus(ga2 + hb2, gb2 - ha2), _modulus(ga3 + hb3, gb3 - ha3)
        _take_moments(u0, u1, u2, u3, moments, m, terms, sums, falling)


@_inner
def _no_spin(x, low, taps, weights, at, moments, first, terms, sums, row):
    """Moments of |Σ g (a + ib)| for SAMPLES samples, four at a time."""
    width = count(x)
    step = 2 * SAMPLES * width
    for v in range(0, SAMPLES, 4):
        i, m = low * step + 2 * v * width, first + v * terms
        a0 = a1 = a2 = a3 = zeros(x)
        b0 = b1 = b2 = b3 = zeros(x)
        for k in range(at, at + 2 * taps, 2):
            g = weights[k]
            a0, b0 = a0 + g * load(x, i), b0 + g * load(x, i + width)
            a1, b1 = a1 + g * load(x, i + 2 * width), b1 + g * load(x, i + 3 * width)
            a2, b2 = a2 + g * load(x, i + 4 * width), b2 + g * load(x, i + 5 * width)
            a3, b3 = a3 + g * load(x, i + 6 * width), b3 + g * load(x, i + 7 * width)
            i += step
        u0, u1, u2, u3 = _modulus(a0, b0), _modulus(a1, b1), _modulus(a2, b2), _modulus(a3, b3)
        _take_moments(u0, u1, u2, u3, moments, m, terms, sums, row * terms * width)


@_inlined
def _modulus(a, b):
    return root(a * a + b * b)


@_inlined
def _take_moments(u0, u1, u2, u3, moments, m, terms, sums, to):
    """sums += Σ over four samples of their moduli times each moment's weights."""
    width = count(sums)
    for p in range(terms):
        one = load(sums, to + p * width) + moments[m + p] * u0 + moments[m + terms + p] * u1
        two = moments[m + 2 * terms + p] * u2 + moments[m + 3 * terms + p] * u3
        store(sums, to + p * width, one + two)


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


_scalogram = _compiled_scalogram(digest(registers, fourier_lanes, fourier_sequence, cascade_line))
_order2 = _compiled_order2(digest(registers))
