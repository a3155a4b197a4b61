"""The stationary wavelet transform in blocks: one slide of a dilated filter for each level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from subband.arrays.arguments import choice
from subband.arrays.namespace import Array, namespace, widened
from subband.kernels.filterbank.plan import Taps
from subband.transforms.fourier.inputs import zeros
from subband.transforms.stationary.swt import (
    StationaryCoefficients,
    analyse,
    analysis_gain,
    plain_norm,
    synthesis_gain,
    synthesise,
)
from subband.transforms.streaming.dwt import needed_level
from subband.transforms.streaming.kind import Chain, Kind, Shape
from subband.transforms.streaming.slide import LOCAL, Arrays, Slide, Window
from subband.transforms.wavelets.filters import Wavelet
from subband.transforms.wavelets.filters import wavelet as read_wavelet
from subband.transforms.wavelets.spec import Spec

PERIODIC = "periodization"


@dataclass(frozen=True)
class Dilated(Window):
    """Two filters dilated by s, Σⱼ h[j] e[n + s (L − 1 − j)]: an output each for analysis, a sum for synthesis."""

    low: Taps
    high: Taps
    step: int
    gain: float
    sums: bool
    mode: str = "zero"
    before: int = 0
    stride: ClassVar[int] = 1

    @property
    def width(self) -> int:
        return self.step * (len(self.low) - 1) + 1

    def after(self, samples: int) -> int:
        return self.before

    @property
    def most_after(self) -> int:
        return self.before

    def apply(self, inputs: Arrays, count: int) -> Arrays:
        low, high = self._filtered(inputs[0], self.low, count), self._filtered(inputs[-1], self.high, count)
        return (low + high,) if self.sums else (low, high)

    def empty(self, inputs: Arrays) -> Arrays:
        return (inputs[0][..., :0],) if self.sums else (inputs[0][..., :0], inputs[0][..., :0])

    def _filtered(self, x: Array, taps: Taps, count: int) -> Array:
        total = None
        for j, tap in enumerate(reversed(taps)):
            term = (self.gain * tap) * x[..., self.step * j : self.step * j + count]
            total = term if total is None else total + term
        return total


class Cascade:
    """Analysis. Finer levels reach less far: what bands have before and after the range that is kept is dropped."""

    def __init__(self, levels: Sequence[Slide], skips: Sequence[int], more: int) -> None:
        self.levels, self.skips, self.more = levels, skips, more
        self.given = [0] * len(skips)

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        (x,), details = inputs, []
        a = widened(x)
        for level in self.levels:
            a, d = level.push((a,), last)
            details.append(d)
        xp, bands = namespace(x), (a, *reversed(details))
        return [xp.astype(self._kept(i, band, last), x.dtype, copy=False) for i, band in enumerate(bands)]

    def _kept(self, i: int, band: Array, last: bool) -> Array:
        drop = min(band.shape[-1], max(0, self.skips[i] - self.given[i]))
        self.given[i] += int(band.shape[-1])
        surplus = self.given[i] - self.skips[i] - self.levels[0].samples - self.more if last else 0
        return band[..., drop : band.shape[-1] - max(0, surplus)]


class Rebuild:
    """Synthesis: the details of finer levels begin before the coarser approximations.

    Zeros are put before and after bands that don't reach beyond the ends.
    """

    def __init__(self, levels: Sequence[Slide], skips: Sequence[int], around: tuple[int, int]) -> None:
        self.levels, self.skips, self.seen = levels, skips, [0] * len(levels)
        self.before, self.after = around

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        after = self.after if last else 0
        a, *details = (_padded(widened(band), self.before, after) for band in inputs)
        self.before = 0
        for j, (level, d) in enumerate(zip(self.levels, details, strict=True)):
            drop = min(d.shape[-1], max(0, self.skips[j] - self.seen[j]))
            self.seen[j] += d.shape[-1]
            (a,) = level.push((a, d[..., drop:]), last)
        return [namespace(a).astype(a, inputs[0].dtype, copy=False)]


def _padded(x: Array, before: int, after: int) -> Array:
    return namespace(x).concat([zeros(x, before), x, zeros(x, after)], axis=-1) if before or after else x


@dataclass(frozen=True)
class Swt(Kind):
    """`subband.swt` along one axis of a signal extended once, with all coefficients that its inverse reads."""

    wavelet: Wavelet
    level: int
    mode: str
    norm: str
    name: ClassVar[str] = "swt"
    named: ClassVar[bool] = True

    @classmethod
    def of(cls, wavelet: Any, *, level: Any = None, mode: Any = None, norm: Any = "l2") -> "Swt":
        mode = choice("mode", "symmetric" if mode is None else mode, (*LOCAL, PERIODIC))
        return cls(read_wavelet(wavelet), needed_level(level), mode, plain_norm(norm))

    def _right(self, level: int) -> int:
        """Samples after n that the coefficient n of a level reads; (2ʲ − 1)(L/2 − 1) before it."""
        return (2**level - 1) * (self.wavelet.taps // 2)

    def __str__(self) -> str:
        return f"swt, {self.wavelet.name}, level={self.level}, mode={self.mode}, norm={self.norm}"

    @property
    def delay(self) -> int:
        return self._right(self.level)

    @property
    def round_trip(self) -> int:
        return self.reach

    @property
    def strides(self) -> tuple[int, ...]:
        return (1,) * (self.level + 1)

    @property
    def reach(self) -> int:
        return (2**self.level - 1) * (self.wavelet.taps - 1)

    @property
    def first(self) -> int:
        return -self._right(self.level) if self.streams else 0

    def counts(self, samples: int) -> tuple[int, ...]:
        return (samples + (self.reach if self.streams else 0),) * (self.level + 1)

    def density(self, is_real: bool) -> float:
        return self.level + 1.0

    @property
    def inverse_streams(self) -> bool:
        return self.streams

    def analysis(self, is_real: bool, block: int) -> Chain:
        w, gain = self.wavelet, analysis_gain(self.norm)
        mode = self.mode if self.streams else "zero"
        # The signal is extended once, so that all levels read the same extended signal.
        first = Dilated(w.dec_lo, w.dec_hi, 1, gain, False, mode, self.reach)
        later = [Dilated(w.dec_lo, w.dec_hi, 2**j, gain, False) for j in range(1, self.level)]
        slides = [Slide(first, block), *(Slide(window) for window in later)]
        left = [(2**j - 1) * (w.taps // 2 - 1) for j in (self.level, *range(self.level, 0, -1))]
        margin, more = (0, self.reach) if self.streams else (self.delay, 0)
        return Cascade(slides, [margin + left[0] - n for n in left], more)

    def synthesis(self, is_real: bool) -> Chain:
        w, gain, levels = self.wavelet, synthesis_gain(self.norm), range(self.level, 0, -1)
        slides = [Slide(Dilated(w.rec_lo, w.rec_hi, 2 ** (j - 1), gain, True)) for j in levels]
        around = (0, 0) if self.streams else (self.delay, self.reach - self.delay)
        return Rebuild(slides, [self.delay - self._right(j) for j in levels], around)

    def whole(self, x: Array) -> list[Array]:
        both = analyse(x, self._spec(tuple(x.shape)), (self.wavelet,), analysis_gain(self.norm))
        return [both[:, i, :] for i in range(self.level + 1)]

    def whole_inverse(self, bands: Sequence[Array], samples: int) -> Array:
        both = self.gather(bands)
        c = StationaryCoefficients(both, self._spec((both.shape[0], samples)), self.norm)
        return synthesise(c, (self.wavelet,), synthesis_gain(self.norm))

    def _spec(self, shape: Shape, axis: int = 1) -> Spec:
        return Spec(shape, (axis,), (self.wavelet,), (PERIODIC,), self.level)

    def gather(self, bands: Sequence[Array]) -> Array:
        return namespace(bands[0]).stack(list(bands), axis=-2)

    def place(self, band: int, part: slice, counts: Sequence[int]) -> tuple[Any, ...]:
        return (..., band, part)

    def shape(self, batch: Shape, samples: int, is_real: bool) -> Shape:
        return (*batch, self.level + 1, self.counts(samples)[0])

    def wrap(
        self, array: Array, shape: Shape, axis: int, is_real: bool, dtype: Any
    ) -> StationaryCoefficients:
        extended = (*shape[:axis], self.counts(shape[axis])[0], *shape[axis + 1 :])
        return StationaryCoefficients(array, self._spec(extended, axis), self.norm)
