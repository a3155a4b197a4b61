"""Joint scattering as tables of numbers, for the compiled loops (`native/joint/tables.h`).

Over log-frequency there are few filters, so a convolution along that axis is a banded matrix of the filters
in space: no padding is filtered, and both spins, which are conjugates, share every product. Over time the
average is banded, too, and smooth: within a stretch of `block` samples a few moments of the moduli say all
that it asks for.
"""

from typing import NamedTuple

import numpy as np

from subband.arrays.caches import within_budget
from subband.kernels.cascade import Cascade
from subband.kernels.instructions import lanes
from subband.kernels.joint.plan import Joint

SAMPLES = 8
"""Samples in each lane that are worked on together."""
LONGEST = 256
"""Samples of the longest cell of several hops."""
OTHER = 40
"""What a modulus costs before it is averaged, in products."""


class Rows(NamedTuple):
    """The matrices over log-frequency for one filter of order 2.

    Attributes:
        table: (pairs + lows, 4) first filter of order 1, how many, where its weights start, and 1 for a
            pair of spins, 0 for the low-pass.
        weights: Re ψ and Im ψ in turn.
        averages: For each node, the (rows, made) matrix of the average over log-frequency, of the `made`
            rows that are not zero; and where those rows stand among all that are computed.
        count: Rows that are computed, both spins counted.
    """

    table: np.ndarray
    weights: np.ndarray
    averages: tuple[tuple[np.ndarray, np.ndarray], ...]
    count: int


class Frames(NamedTuple):
    """The average over time at one resolution.

    Time is cut into as many segments as a register has lanes, a segment into cells of a few hops, and a
    cell into blocks. Moments of a block are shared out among the frames that its cell meets.

    Attributes:
        first: Sample of the padded signal, subsampled, at which the first segment begins (it may be
        negative).
        samples: From there on; what the segments have beyond them counts as zero.
        segment: Samples in each, whole cells.
        cell: Samples in a cell.
        block: Samples in a block, a multiple of `SAMPLES`.
        met: Frames that a cell meets.
        step: Frames between the first ones of two cells.
        ahead: Frames between the first ones of two segments.
        moments: (block, p) weights of the samples of a block.
        shares: (cell / block, met, p) what a frame takes of the moments of a block.
        count: Frames.
    """

    first: int
    samples: int
    segment: int
    cell: int
    block: int
    met: int
    step: int
    ahead: int
    moments: np.ndarray
    shares: np.ndarray
    count: int


@within_budget
def rows(plan: Joint, seen: int, dtype: str) -> Rows:
    """The matrices for a filter of order 2 that sees the first `seen` filters of order 1."""
    frequency, small = plan.frequency, float(np.finfo(dtype).eps)
    made, weights, averages, at = [], [], [], 0
    stood: dict[int, list[np.ndarray]] = {}
    for place in range(len(frequency.nodes)):
        if plan.spins[place] < 0:
            continue  # the conjugate of its namesake, computed beside it
        across = matrix(plan, place, seen)
        across[np.abs(across) < small * np.abs(across).max()] = 0
        there = np.flatnonzero(np.abs(across).sum(axis=1))
        pair = plan.spins[place] != 0
        for row in across[there]:
            taps = np.flatnonzero(row)
            first, last = taps[0], taps[-1] + 1
            start = sum(map(len, weights))
            weights.append(np.stack([row[first:last].real, row[first:last].imag], axis=1).ravel())
            made.append((first, last - first, start, int(pair)))
        stood[place] = [there, at + np.arange(len(there)) * (1 + pair)]
        at += len(there) * (1 + pair)
    ups = [place for place, spin in enumerate(plan.spins) if spin > 0]
    for place, spin in enumerate(plan.spins):
        # Filters of both spins come in one order.
        there, computed = stood[place] if spin >= 0 else stood[ups[place - len(ups) - 1]]
        average = row_average(plan, place)[:, there].astype(dtype)
        averages.append((average, computed + (spin < 0)))
    table = np.array(made, np.int64).reshape(-1, 4)
    return Rows(table, np.concatenate(weights).astype(dtype), tuple(averages), at)


def matrix(plan: Joint, place: int, seen: int) -> np.ndarray:
    """(rows, seen) complex: zeros behind the first filters of order 1, a node's filter, and its subsampling."""
    node = plan.frequency.nodes[place]
    return circulant(plan.frequency.at(node.filter, 0), node.stride)[:, :seen]


def row_average(plan: Joint, place: int) -> np.ndarray:
    """(rows out, rows of a node) the average over log-frequency."""
    frequency, stride = plan.frequency, plan.frequency.nodes[place].stride
    size = frequency.shape[0] >> stride
    if plan.average_fr == "global":
        return np.full((1, size), 1 / size)
    if not plan.averaged_rows(place):
        return np.eye(size)
    return np.real(circulant(frequency.at(-1, stride), frequency.stride - stride))


def circulant(spectrum: np.ndarray, stride: int) -> np.ndarray:
    """(n / 2^stride, n) complex: convolution with a filter, every 2^stride-th sample of it."""
    space, n = np.fft.ifft(spectrum), len(spectrum)
    return space[((np.arange(n >> stride) << stride)[:, None] - np.arange(n)[None, :]) % n]


@within_budget
def frames(time: Cascade, stride: int, dtype: str) -> Frames:
    """The average by φ of moduli at a resolution."""
    space = np.fft.ifft(time.at(-1, stride)).real
    n, hop = len(space), 1 << (time.stride - stride)
    kept = time.kept(time.stride)[0]
    count = kept.stop - kept.start
    # A frame is a mean of samples at distances below `reach` hops.
    size = np.abs(space[: n // 2 + 1])
    far = np.flatnonzero(size > float(np.finfo(dtype).eps) * size.max())[-1] + 1
    reach = max(1, -(-int(far) // hop))
    best: tuple[float, Frames] | None = None
    for step in 1, 2, 4, 8, 16, 32:
        cell, met = step * hop, 2 * reach + step - 1
        if cell % SAMPLES or (cell > LONGEST and step > 1):
            continue
        distance = (np.arange(met)[:, None] - reach + 1) * hop - np.arange(cell)[None, :]
        weights = np.where((-n < 2 * distance) & (2 * distance <= n), space[distance % n], 0)  # (met, cell)
        hops = -(-(count + 2 * reach - 1) // (step * lanes(dtype))) * step
        segment = hops * hop
        terms = 0
        for block in [SAMPLES << k for k in range(8) if cell % (SAMPLES << k) == 0]:
            if best is not None and segment * _work(met, block, terms) >= best[0]:
                continue  # a longer block has no fewer terms
            moments, shares = _separated(weights, block, dtype)
            terms = moments.shape[1]
            cost = segment * _work(met, block, terms)
            if best is None or cost < best[0]:
                first, total = (kept.start - reach) * hop, segment * lanes(dtype)
                made = Frames(first, total, segment, cell, block, met, step, hops, moments, shares, count)
                best = cost, made
    assert best is not None
    return best[1]


@within_budget
def whole(time: Cascade, stride: int, dtype: str) -> Frames:
    """The mean of moduli at a resolution over the signal: one frame, which is met everywhere."""
    kept = time.kept(stride)[0]
    samples = kept.stop - kept.start
    segment = -(-samples // (SAMPLES * lanes(dtype))) * SAMPLES
    moments, shares = np.full((SAMPLES, 1), 1 / samples, dtype), np.ones((segment // SAMPLES, 1, 1), dtype)
    return Frames(kept.start, samples, segment, segment, SAMPLES, 1, 1, 0, moments, shares, 1)


def _work(met: int, block: int, terms: int) -> float:
    """Work on a sample. Of a product one factor comes from the cache, and a frame is read and written, too."""
    return OTHER + terms + met * (terms + 2) / block


def _separated(weights: np.ndarray, block: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """(met, cell) weights as (block, p) moments and (cell / block, met, p) shares, by singular values."""
    met, cell = weights.shape
    # (blocks · frames, block): every piece of the average that a block meets.
    pieces = weights.reshape(met, cell // block, block).transpose(1, 0, 2)
    left, values, right = np.linalg.svd(pieces.reshape(-1, block), full_matrices=False)
    terms = int(np.sum(values > float(np.finfo(dtype).eps) * values[0]))
    shares = (left[:, :terms] * values[:terms]).reshape(cell // block, met, terms)
    return right[:terms].T.astype(dtype, order="C"), shares.astype(dtype, order="C")
