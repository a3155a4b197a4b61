"""The discrete wavelet transform in blocks: one slide for each level, of two samples for each coefficient."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

from subband.arrays.arguments import choice
from subband.arrays.namespace import Array, library, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.kernels.filterbank.boundary_modes import CRITICAL, MODES, subband_size
from subband.kernels.filterbank.plan import Bank, plan
from subband.transforms.streaming.kind import Chain, Kind, Shape
from subband.transforms.streaming.slide import Arrays, Slide, Window, joined
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.filters import Wavelet, wavelet
from subband.transforms.wavelets.spec import Spec, plain_level

LARGE = 1 << 15
"""Numbers of a block from which copying it costs more than a second, small call."""


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
        low, high, half = self._with_zeros(inputs[0])
        return low[..., half - 1 : half - 1 + count], high[..., half - 1 : half - 1 + count]

    def apply_after(self, held: Arrays, inputs: Arrays, count: int) -> Arrays:
        """As `apply`; of a large block only the beginning is copied after what was held."""
        (x,), taps = inputs, self.bank.taps
        aligned = bool(held) and held[0].shape[-1] == taps - 2 and x.shape[-1] >= 16 * taps
        if not aligned or prod(x.shape) < LARGE or not _in_place(x):
            return super().apply_after(held, inputs, count)
        low, high, half = self._with_zeros(x)
        if half > 1:
            bridge = self.apply(joined(held, (x[..., : taps - 2],)), half - 1)
            low[..., : half - 1], high[..., : half - 1] = bridge
        return low[..., :count], high[..., :count]

    def empty(self, inputs: Arrays) -> Arrays:
        return inputs[0][..., :0], inputs[0][..., :0]

    def _with_zeros(self, x: Array) -> tuple[Array, Array, int]:
        step = plan((self.bank,), (int(x.shape[-1]),), 1)
        both, size = pyramid_analysis(x, step), step.sizes[1][0]
        return both[..., :size], both[..., size:], self.bank.taps // 2


def _in_place(x: Array) -> bool:
    """Whether results may be written into, and the kernel takes the block without a copy."""
    if library(x) == "numpy":
        return bool(x.flags.c_contiguous)
    return library(x) == "torch" and x.is_contiguous() and not x.requires_grad


@dataclass(frozen=True)
class Merge(Window):
    """One level of synthesis: e[2q + p] = Σₜ f₀[2t + p] a[q − t] + f₁[2t + p] d[q − t], two samples a window."""

    bank: Bank
    before: int
    mode: ClassVar[str] = "zero"
    stride: ClassVar[int] = 1

    @property
    def width(self) -> int:
        return self.bank.taps // 2

    def after(self, samples: int) -> int:
        return self.before

    def apply(self, inputs: Arrays, count: int) -> Arrays:
        a, d = (x[..., : count + self.width - 1] for x in inputs)
        flat = namespace(a).concat([a, d], axis=-1)
        return (pyramid_synthesis(flat, plan((self.bank,), (2 * count,), 1)),)

    def empty(self, inputs: Arrays) -> Arrays:
        return (inputs[0][..., :0],)


class Cascade:
    """Analysis: each level's approximation goes on to the next."""

    def __init__(self, levels: Sequence[Slide]) -> None:
        self.levels = levels

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        (a,), details = inputs, []
        for level in self.levels:
            a, d = level.push((a,), last)
            details.append(d)
        return [a, *reversed(details)]


class Rebuild:
    """Synthesis: each level's approximation goes on to the next finer one; the first `skip` samples are dropped."""

    def __init__(self, kind: "Dwt", levels: Sequence[Slide], skip: int) -> None:
        self.kind, self.levels = kind, levels
        self.skip, self.given = skip, [0] * len(levels)

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        a, *details = inputs
        sizes = self.kind.sizes(samples) if last and samples is not None else None
        for j, (level, d) in enumerate(zip(self.levels, details, strict=True)):
            (a,) = level.push((a, d), last)
            drop = min(a.shape[-1], max(0, self.skip - self.given[j]))
            self.given[j] += a.shape[-1]
            a = a[..., drop:]
            if sizes is not None:
                surplus = self.given[j] - self.skip - sizes[len(self.levels) - 1 - j]
                a = a[..., : a.shape[-1] - max(0, surplus)]
        return [a]


@dataclass(frozen=True)
class Dwt(Kind):
    """`subband.dwt` along one axis."""

    wavelet: Wavelet
    level: int
    mode: str
    name: ClassVar[str] = "dwt"
    named: ClassVar[bool] = True

    @classmethod
    def of(cls, wavelet_: Any, *, level: Any = None, mode: Any = "symmetric") -> "Dwt":
        mode = choice("mode", mode, MODES)
        return cls(wavelet(wavelet_), needed_level(level), mode)

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
        window = Split(self.wavelet.analysis("zero"), mode, before, critical)
        return Cascade([Slide(window, block if j == 0 else 1) for j in range(self.level)])

    def synthesis(self, is_real: bool) -> Chain:
        # Critically sampled bands don't contain what lies beyond the ends: there they are taken to be zero.
        skip = self.wavelet.taps // 2 - 1 if self.mode in CRITICAL else 0
        window = Merge(self.wavelet.synthesis("zero"), skip)
        return Rebuild(self, [Slide(window) for _ in range(self.level)], skip)

    def whole(self, x: Array) -> list[Array]:
        samples = int(x.shape[-1])
        counts = self.counts(samples)
        flat = pyramid_analysis(x, self._spec(samples).analysis)
        return [flat[self.place(i, slice(0, n), counts)] for i, n in enumerate(counts)]

    def whole_inverse(self, bands: Sequence[Array], samples: int) -> Array:
        return pyramid_synthesis(self.gather(bands), self._spec(samples).synthesis)

    def _spec(self, samples: int) -> Spec:
        return Spec((samples,), (0,), (self.wavelet,), (self.mode,), self.level)

    def gather(self, bands: Sequence[Array]) -> Array:
        return namespace(bands[0]).concat(list(bands), axis=-1)

    def place(self, band: int, part: slice, counts: Sequence[int]) -> tuple[Any, ...]:
        offset = sum(counts[:band])
        return (..., slice(offset + part.start, offset + part.stop))

    def wrap(self, array: Array, shape: Shape, axis: int, is_real: bool, dtype: Any) -> Coefficients:
        return Coefficients(array, Spec(shape, (axis,), (self.wavelet,), (self.mode,), self.level))


def needed_level(level: Any) -> int:
    """The number of levels, which a signal of unknown length does not give.

    Raises:
        InvalidInput: None, or not a number of levels.
    """
    level = plain_level(level)
    if level is None:
        raise InvalidInput("level=None is chosen by the signal's length, which is not known yet: give level=5")
    return level
