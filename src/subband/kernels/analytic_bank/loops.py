"""The compiled loops of the fast analytic bank: products of spectra, and samples between samples.

One file of compiled code, because numba's cache on disk looks at no other when it decides whether to compile again.
"""

from typing import Any

import numpy as np
from numba import njit

from subband.kernels.jit import outer
from subband.kernels.simd import lanes
from subband.kernels.simd.lanes import REGISTER

# Their first argument, the compiler's, is not the caller's.
load: Any = lanes.load
store: Any = lanes.store

_inner = njit(fastmath={"contract"}, error_model="numpy")
_inlined = njit(fastmath={"contract"}, error_model="numpy", forceinline=True)

# Of numbers that are finite, the largest is found a register at a time.
_finite = njit(fastmath={"nnan", "nsz"}, error_model="numpy")

STRETCH = 16
"""Bins that are in a band together or not at all."""

TAPS_AT_ONCE = 4
"""Weights of so many taps, for both parts of a number, stay in registers."""

CELLS_AT_ONCE = 64
"""Blocks of outputs that are summed up while they are in the nearest cache."""


@outer
def find_bands(bank, tail, bands, start, stop):
    """bands[s] ← the first bin and the one after the last at which filter s exceeds `tail` of its peak."""
    size = bank.shape[1]
    peaks = np.empty((size + STRETCH - 1) // STRETCH, bank.dtype)
    for s in range(start, stop):
        row = bank[s]
        for j in range(len(peaks)):
            peaks[j] = _largest(row[j * STRETCH : (j + 1) * STRETCH])
        floor = tail * _largest(peaks)
        low, high = 0, len(peaks)
        while low < high - 1 and peaks[low] <= floor:
            low += 1
        while high > low + 1 and peaks[high - 1] <= floor:
            high -= 1
        bands[s, 0], bands[s, 1] = low * STRETCH, min(high * STRETCH, size)


@_finite
def _largest(numbers):
    """The largest modulus."""
    most = numbers[0] * 0
    for i in range(len(numbers)):
        most = max(most, abs(numbers[i]))
    return most


@outer
def multiply(spectrum, bank, gain, factor, rows, bands, start, products):
    """products[i] ← the products of item start + i in its band, wrapped round.

    Items are pairs of a filter and a signal, the signal running faster. The filter's number in the bank, its band
    and one more complex factor are those of `rows`, (rows, 2) `bands` and `factor`.
    """
    signals, points = len(spectrum), products.shape[1]
    for i in range(len(products)):
        row, signal = divmod(start + i, signals)
        low, high = bands[row]
        z, x, h = products[i], spectrum[signal], bank[rows[row]]
        z[:] = 0
        own = factor[row]
        skip = len(gain) // 2 - (low + high) // 2
        while low < high:
            place = low % points
            run = min(high - low, points - place)
            a, b, c = z[place:], x[low : low + run], h[low : low + run]
            if len(gain):
                d = gain[low + skip : low + skip + run]
                for k in range(run):
                    a[k] += b[k] * (c[k] * (own * d[k]))
            else:
                for k in range(run):
                    a[k] += b[k] * (c[k] * own)
            low += run


@outer
def spread(sampled, mirror, start, rows, weights, cells, block, shift, low, out):
    """out[…] ← what the transformed products stand for.

    Args:
        sampled: (items, P) samples on the grid, or every other one of a mirrored signal.
        mirror: As in `Line`.
        start: The first of the items.
        rows: Which filters they belong to, as in `multiply`.
        weights: (rows, taps, 2, 2 · width) of the samples' real and imaginary parts; none if each is an output.
        cells, block: Grid cells, and outputs, of a block.
        shift: Samples before the first cell that weigh on it.
        low: Memory for one item's samples.
        out: (signals, S, N) complex.
    """
    signals, scales, n = out.shape
    flat, parts = out.reshape(-1), out.view(weights.dtype).reshape(-1)
    for i in range(len(sampled)):
        row, signal = divmod(start + i, signals)
        place = (signal * scales + rows[row]) * n
        if len(weights):
            _unfold(sampled[i], mirror, shift, low)
            _interpolate(low.view(weights.dtype), weights[row], cells, block, parts, 2 * place, n)
        else:
            _unfold(sampled[i], mirror, 0, flat[place : place + n])


@_inner
def _unfold(z, mirror, shift, out):
    """out[i] ← sample i − shift of the periodic signal that z gives, whole or by halves; see the reference."""
    n, half = len(out), len(z)
    if not mirror:
        for i in range(n):
            out[i] = z[(i - shift) % half]
        return
    i = 0
    while i < n:
        # Runs of even and odd samples, up and down through z, until one of them comes to an end.
        j = (i - shift) % (2 * half)
        run = min(n - i, 2 * half - j)
        piece = out[i : i + run]
        even, odd = j % 2, 1 - j % 2
        rising, falling = z[(j + even) // 2 :], z[: half - (j + odd) // 2]
        for k in range((run - even + 1) // 2):
            piece[2 * k + even] = rising[k]
        last = len(falling) - 1
        for k in range((run - odd + 1) // 2):
            value = falling[last - k]
            piece[2 * k + odd] = complex(mirror * value.real, -mirror * value.imag)
        i += run


@_inner
def _interpolate(low, weights, cells, block, out, place, n):
    """out[place : place + 2n] ← Σ weights · low, as real and imaginary parts in turn.

    Registers reach beyond a block where its length is no multiple of theirs. There the weights are zeros, and what
    they leave is overwritten by the block that follows.
    """
    width = weights.shape[-1]
    flat = weights.reshape(-1)
    safe = max(0, (2 * n - width) // (2 * block) + 1)
    for t in range(0, safe, CELLS_AT_ONCE):
        count = min(CELLS_AT_ONCE, safe - t)
        _blocks(low, 2 * t * cells, flat, width, cells, block, out, place + 2 * t * block, count)
    tail = np.empty(width, out.dtype)
    for t in range(safe, (n + block - 1) // block):
        _blocks(low, 2 * t * cells, flat, width, cells, block, tail, 0, 1)
        first = 2 * t * block
        for i in range(min(2 * block, 2 * n - first)):
            out[place + first + i] = tail[i]


@_inner
def _blocks(low, at, weights, width, cells, block, out, place, count):
    """`count` blocks of outputs from one place on, four taps at a time."""
    taps = len(weights) // (2 * width)
    step = REGISTER // out.itemsize
    for tap in range(0, taps, TAPS_AT_ONCE):
        # From the right, so that the first register of the next block is written after the last of this one.
        for v in range(width - step, -1, -step):
            first, to = 2 * tap * width + v, place + v
            _four_taps(
                low, at + 2 * tap, weights, first, width, out, to, 2 * cells, 2 * block, count, tap > 0
            )


@_inlined
def _four_taps(low, at, w, first, width, out, place, low_step, out_step, count, add):
    a, b, c, d = first, first + width, first + 2 * width, first + 3 * width
    w0, w1, w2, w3 = load(w, a), load(w, b), load(w, c), load(w, d)
    a, b, c, d = a + 4 * width, b + 4 * width, c + 4 * width, d + 4 * width
    w4, w5, w6, w7 = load(w, a), load(w, b), load(w, c), load(w, d)
    for t in range(count):
        x = low[at + t * low_step : at + t * low_step + 8]
        y = x[0] * w0 + x[1] * w1 + x[2] * w2 + x[3] * w3
        y += x[4] * w4 + x[5] * w5 + x[6] * w6 + x[7] * w7
        if add:
            y += load(out, place + t * out_step)
        store(out, place + t * out_step, y)
