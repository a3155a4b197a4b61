"""The discrete wavelet transform in blocks: one slide for each level, of two samples for each coefficient."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

from subband.arrays.arguments import choice, integer
from subband.arrays.namespace import Array, library, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.kernels.filterbank.boundary_modes import CRITICAL, MODES, subband_size
from subband.kernels.filterbank.plan import Bank, plan
from subband.transforms.fourier.inputs import zeros
from subband.transforms.streaming.kind import Chain, Kind, Shape
from subband.transforms.streaming.slide import Arrays, Slide, Window, joined
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.filters import Wavelet
from subband.transforms.wavelets.filters import wavelet as read_wavelet
from subband.transforms.wavelets.spec import Spec, plain_level

LARGE = 1 << 18
"""Numbers of a block from which copying them at each level costs more than taking its two ends twice."""

MOST_LEVELS = 32
"""Levels whose coefficients are further apart than any signal is long."""


@dataclass(frozen=True)
class Split(Window):
    """One level of analysis: a[k] = Σⱼ h₀[j] e[2k + L − 1 − j], d[k] likewise with h₁, for an extended signal e."""

    bank: Bank
    mode: str
    before: int
    critical: bool
    stride: ClassVar[int] = 2

    @property
    def width(self) -> int:
        return self.bank.taps

    def after(self, samples: int) -> int:
        taps = self.bank.taps
        bands = (samples + 1) // 2 if self.critical else (samples + taps - 1) // 2
        return 2 * bands + taps - 2 - self.before - samples

    @property
    def most_after(self) -> int:
        return self.bank.taps - 1

    def apply(self, inputs: Arrays, count: int) -> Arrays:
        # The transform extended by zeros has half − 1 coefficients more at either end, which read these.
        step = plan((self.bank,), (int(inputs[0].shape[-1]),), 1)
        both, size, first = pyramid_analysis(inputs[0], step), step.sizes[1][0], self.bank.taps // 2 - 1
        return both[..., first : first + count], both[..., size + first : size + first + count]

    def empty(self, inputs: Arrays) -> Arrays:
        return inputs[0][..., :0], inputs[0][..., :0]


class Cascade:
    """Analysis: each level's approximation goes on to the next."""

    def __init__(self, window: Split, levels: int, block: int) -> None:
        self.window, self.levels = window, [Slide(window, block if j == 0 else 1) for j in range(levels)]
        self.grid, self.margin = 2**levels, 2 ** (levels + 1) * window.bank.taps

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        (a,), details = inputs, []
        if not last and self._all_at_once(a):
            return self._push_at_once(a)
        for level in self.levels:
            a, d = level.push((a,), last)
            details.append(d)
        return [a, *reversed(details)]

    def _all_at_once(self, x: Array) -> bool:
        """Whether the block is large, and its coefficients are as many as its samples at each level."""
        if (
            x.shape[-1] < 4 * self.margin
            or prod(x.shape) < LARGE
            or x.shape[-1] % self.grid
            or not _in_place(x)
        ):
            return False
        waiting, levels = self.window.width - self.window.stride, self.levels
        even = all(
            level.begun and level.samples % 2 == 0 and level.held[0].shape[-1] - level.next == waiting
            for level in levels
        )
        return not self.window.critical and (even or levels[0].samples == 0)

    def _push_at_once(self, x: Array) -> list[Array]:
        """All levels while the block is in cache, extended by zeros: its first coefficients are then put right.

        What is held at its end is what a transform of its last samples holds.
        """
        step = plan((self.window.bank,), (int(x.shape[-1]),), len(self.levels))
        flat = pyramid_analysis(x, step)
        starts = (0, *reversed(step.offsets))
        counts = [x.shape[-1] // self.grid, *(x.shape[-1] >> j for j in range(len(self.levels), 0, -1))]
        bands = [flat[..., start : start + count] for start, count in zip(starts, counts, strict=True)]
        for band, begin in zip(bands, self.push((x[..., : self.margin],)), strict=True):
            band[..., : begin.shape[-1]] = begin
        skipped = x.shape[-1] - 2 * self.margin
        for j, level in enumerate(self.levels):
            level.held, level.next = (zeros(x, self.window.before),), 0
            level.pushed = (level.samples + (skipped >> j),)
        self.push((x[..., x.shape[-1] - self.margin :],))
        return bands


def _in_place(x: Array) -> bool:
    """Whether results may be written into, and the kernel takes the block without a copy."""
    if library(x) == "numpy":
        return bool(x.flags.c_contiguous)
    return library(x) == "torch" and x.is_contiguous() and not x.requires_grad


class Rebuild:
    """Synthesis of the samples from `start`, a multiple of 2^J, that are determined by the coefficients at hand."""

    def __init__(self, kind: "Dwt") -> None:
        self.kind, self.held, self.start, self.done = kind, (), 0, 0
        self.received = [0] * (kind.level + 1)

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        kind, held = self.kind, self.held or tuple([c[..., :0] for c in inputs])
        self.received = [n + int(c.shape[-1]) for n, c in zip(self.received, inputs, strict=True)]
        stop, end = kind.determined(self.received)
        if last:
            stop = end = kind.longest(self.received) if samples is None else samples
        if end <= self.done:
            self.held = joined(held, inputs)
            return [held[0][..., :0]]
        spec, parts = kind.interior(stop - self.start), []
        for h, c, n in zip(held, inputs, kind.counts(stop - self.start), strict=True):
            parts += _cut(h, c, 0, n)
            if missing := n - sum(int(part.shape[-1]) for part in parts[-2:]):  # of a block that never came
                parts.append(zeros(c, missing))
        y = pyramid_synthesis(namespace(parts[0]).concat(parts, axis=-1), spec.synthesis)
        y = y[..., self.done - self.start : end - self.start]
        start = kind.needed(end)
        drops = [(start - self.start) // stride for stride in kind.strides]
        self.held = tuple(
            [
                namespace(c).concat(_cut(h, c, drop, int(h.shape[-1] + c.shape[-1])), axis=-1)
                for h, c, drop in zip(held, inputs, drops, strict=True)
            ]
        )
        self.start, self.done = start, end
        return [y]


def _cut(held: Array, came: Array, start: int, stop: int) -> list[Array]:
    """The parts that are start … stop of what was held and what came, one after the other."""
    n = int(held.shape[-1])
    return [held[..., min(start, n) : min(stop, n)], came[..., max(0, start - n) : max(0, stop - n)]]


@dataclass(frozen=True)
class Dwt(Kind):
    """`subband.dwt` along one axis."""

    wavelet: Wavelet
    level: int
    mode: str
    name: ClassVar[str] = "dwt"
    named: ClassVar[bool] = True

    @classmethod
    def of(cls, wavelet: Any, *, level: Any = None, mode: Any = "symmetric") -> "Dwt":
        mode = choice("mode", mode, MODES)
        return cls(read_wavelet(wavelet), needed_level(level), mode)

    def __str__(self) -> str:
        return f"dwt, {self.wavelet.name}, level={self.level}, mode={self.mode}"

    @property
    def delay(self) -> int:
        return 2**self.level - 1

    @property
    def round_trip(self) -> int:
        return (2**self.level - 1) * (self.wavelet.taps - 1)

    @property
    def strides(self) -> tuple[int, ...]:
        return (2**self.level, *(2**j for j in range(self.level, 0, -1)))

    @property
    def reach(self) -> int:
        return 2**self.level * self.wavelet.taps

    def sizes(self, samples: int) -> list[int]:
        """Lengths of the approximations of level 0, 1, …"""
        sizes = [samples]
        for _ in range(self.level):
            sizes.append(subband_size(sizes[-1], self.wavelet.taps, self.mode))
        return sizes

    def counts(self, samples: int) -> tuple[int, ...]:
        sizes = self.sizes(samples)
        return (sizes[-1], *reversed(sizes[1:]))

    def density(self, is_real: bool) -> float:
        return 1.0

    @property
    def inverse_streams(self) -> bool:
        return self.mode not in CRITICAL

    def analysis(self, is_real: bool, block: int) -> Chain:
        critical = self.mode in CRITICAL
        mode = self.mode if self.streams else "zero"
        before = self.wavelet.taps // 2 - 1 if critical else self.wavelet.taps - 2
        return Cascade(Split(self.wavelet.analysis("zero"), mode, before, critical), self.level, block)

    def synthesis(self, is_real: bool) -> Chain:
        return Rebuild(self)

    def determined(self, received: Sequence[int]) -> tuple[int, int]:
        """(stop, end): so many coefficients are those of `stop` samples, and determine the first `end` of these.

        A coefficient k of level j contributes to the samples from 2ʲ k − left to 2ʲ k + 2ʲ − 1, left = (2ʲ −
        1)(L − 2); in critically sampled modes left = (2ʲ − 1)(L/2 − 1), and to as many samples.
        """
        if self.mode in CRITICAL:
            # Whole periods, so that every level has an even length.
            stop = (
                min(s * n for s, n in zip(self.strides, received, strict=True))
                // self.strides[0]
                * self.strides[0]
            )
            return stop, stop - (self.strides[0] - 1) * (self.wavelet.taps // 2 - 1)
        left = self.wavelet.taps - 2
        end = min(s * n - (s - 1) * left for s, n in zip(self.strides, received, strict=True))
        return end, end

    def longest(self, received: Sequence[int]) -> int:
        """Length of the longest signal with these numbers of coefficients."""
        return 2 * received[-1] if self.mode in CRITICAL else 2 * received[-1] - self.wavelet.taps + 2

    def needed(self, end: int) -> int:
        """First sample, a multiple of 2^J, from which coefficients are needed for samples from `end` on."""
        before = (self.strides[0] - 1) * (self.wavelet.taps // 2) if self.mode in CRITICAL else 0
        return max(0, end - before) // self.strides[0] * self.strides[0]

    def interior(self, samples: int) -> Spec:
        """The transform of a part of a signal, whose own ends don't matter."""
        return self.spec(samples, "periodization" if self.mode in CRITICAL else "zero")

    def whole(self, x: Array) -> list[Array]:
        samples = int(x.shape[-1])
        counts = self.counts(samples)
        flat = pyramid_analysis(x, self.spec(samples).analysis)
        return [flat[self.place(i, slice(0, n), counts)] for i, n in enumerate(counts)]

    def whole_inverse(self, bands: Sequence[Array], samples: int) -> Array:
        return pyramid_synthesis(self.gather(bands), self.spec(samples).synthesis)

    def spec(self, samples: int, mode: str = "") -> Spec:
        return Spec((samples,), (0,), (self.wavelet,), (mode or self.mode,), self.level)

    def gather(self, bands: Sequence[Array]) -> Array:
        return namespace(bands[0]).concat(list(bands), axis=-1)

    def place(self, band: int, part: slice, counts: Sequence[int]) -> tuple[Any, ...]:
        offset = sum(counts[:band])
        return (..., slice(offset + part.start, offset + part.stop))

    def shape(self, batch: Shape, samples: int, is_real: bool) -> Shape:
        return (*batch, sum(self.counts(samples)))

    def wrap(self, array: Array, shape: Shape, axis: int, is_real: bool, dtype: Any) -> Coefficients:
        return Coefficients(array, Spec(shape, (axis,), (self.wavelet,), (self.mode,), self.level))


def needed_level(level: Any) -> int:
    """The number of levels, which a signal of unknown length does not give.

    Raises:
        InvalidInput: None, or not a number of levels.
    """
    if level is None:
        raise InvalidInput(
            "level=None is chosen by the signal's length, which is not known yet: give level=5"
        )
    return integer("level", plain_level(level), 1, MOST_LEVELS)
