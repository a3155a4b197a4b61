"""Coefficients and samples near the ends of a long signal, in any boundary mode.

A whole number of periods of the transform can be taken out of the middle of a signal without changing what
happens at its ends: the lengths at all levels stay odd or even, and what is near one end meets what it met at
the other. So the ends of a transform are those of the whole transform of a short signal: the beginning and the
end put together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import lcm

from subband.arrays.namespace import Array, namespace
from subband.transforms.streaming.kind import Kind

Read = Callable[[int, int, int], Array]
"""(band, start, stop) → (batch, …, stop − start) of a signal, which is band 0, or of coefficients."""


@dataclass(frozen=True)
class Ends:
    """Arrays of a short signal, whose first and last items replace those of arrays of a long one.

    Attributes:
        short: Items of each array of the short signal.
        totals: Number of items of each array of the long signal.
        heads, tails: Number of items to replace at the beginning and at the end of each array.
    """

    short: Sequence[Array]
    totals: Sequence[int]
    heads: Sequence[int]
    tails: Sequence[int]

    def replaced(self, i: int, values: Array, start: int) -> Array:
        """Items of the long signal's array i from `start` on, with the ends put right."""
        stop, total, short = start + int(values.shape[-1]), self.totals[i], self.short[i]
        head, tail = min(stop, self.heads[i]), max(start, total - self.tails[i])
        if start >= head and tail >= stop:
            return values
        gap = total - int(short.shape[-1])
        parts = [
            short[..., start:head],
            values[..., max(start, head) - start : max(tail, head) - start],
            short[..., max(tail, head) - gap : stop - gap],
        ]
        return namespace(values).concat([part for part in parts if part.shape[-1]], axis=-1)


def _cut(kind: Kind, samples: int) -> tuple[int, int]:
    """(head, tail): lengths of the beginning and the end that make the short signal; (N, 0) for all of it."""
    period = lcm(*kind.strides)
    head = (2 * kind.reach // period + 1) * period
    tail = head + samples % period
    return (head, tail) if head + tail < samples else (samples, 0)


def ends_of_bands(kind: Kind, read: Read, samples: int) -> Ends:
    """The ends of the bands of a long signal."""
    head, tail = _cut(kind, samples)
    x = read(0, 0, head)
    if tail:
        x = namespace(x).concat([x, read(0, samples - tail, samples)], axis=-1)
    totals = kind.counts(samples)
    near = [kind.reach // stride + 1 for stride in kind.strides] if tail else totals
    return Ends(kind.whole(x), totals, near, near if tail else [0] * len(totals))


def ends_of_signal(kind: Kind, read: Read, samples: int) -> Ends:
    """The ends of the signal with these long bands."""
    head, tail = _cut(kind, samples)
    totals, short = kind.counts(samples), kind.counts(head + tail)
    bands = []
    for i, (total, count, stride) in enumerate(zip(totals, short, kind.strides, strict=True)):
        first = head // stride if tail else total
        band = read(i, 0, first)
        if tail:
            band = namespace(band).concat([band, read(i, total - (count - first), total)], axis=-1)
        bands.append(band)
    near = kind.reach if tail else samples
    return Ends([kind.whole_inverse(bands, head + tail)], [samples], [near], [near if tail else 0])
