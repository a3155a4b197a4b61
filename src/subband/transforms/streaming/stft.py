"""The short-time Fourier transform in blocks: a hop for each frame, and for the inverse a frame for each hop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.namespace import Array, library, namespace
from subband.errors import InvalidInput
from subband.kernels.fourier.dispatch import fft, ifft, irfft, rfft
from subband.transforms.fourier.coefficients import Framing, StftCoefficients, scale_factors, window_like
from subband.transforms.fourier.inputs import as_wide_signal, complex_dtype, zeros
from subband.transforms.fourier.stft import dual_window, make_framing, overlap_add, spectra
from subband.transforms.fourier.windows import WINDOWS
from subband.transforms.streaming.kind import Chain, Kind, Shape
from subband.transforms.streaming.slide import Arrays, Slide, Window


@dataclass(frozen=True)
class Frames(Window):
    """The spectrum of a frame."""

    framing: Framing
    mode: ClassVar[str] = "zero"

    @property
    def stride(self) -> int:
        return self.framing.hop

    @property
    def width(self) -> int:
        return self.framing.size

    @property
    def before(self) -> int:
        return self.framing.left

    def after(self, samples: int) -> int:
        framing = replace(self.framing, shape=(samples,))
        return (framing.frames - 1) * framing.hop + framing.size - framing.left - samples

    def apply(self, inputs: Arrays, count: int) -> Arrays:
        (x,), f = inputs, self.framing
        length = (count - 1 + f.overlap) * f.hop
        x = x[..., : min(length, int(x.shape[-1]))]
        x = namespace(x).concat([x, zeros(x, length - x.shape[-1])], axis=-1)
        window = window_like(x, f, None)
        y = spectra(x, f, window, rfft if f.real else fft)
        return (y if f.scaling is None else y * scale_factors(f, window),)

    def empty(self, inputs: Arrays) -> Arrays:
        (x,), f = inputs, self.framing
        xp, bins = namespace(x), f.n_fft // 2 + 1 if f.real else f.n_fft
        return (xp.astype(zeros(x[:, None, :] + zeros(x, bins)[..., None], 0), complex_dtype(x)),)


@dataclass(frozen=True)
class OverlapAdd(Window):
    """The samples of one hop, to which as many frames contribute as a window has hops."""

    framing: Framing
    mode: ClassVar[str] = "zero"
    stride: ClassVar[int] = 1

    @property
    def width(self) -> int:
        return self.framing.overlap

    @property
    def before(self) -> int:
        return self.framing.overlap - 1

    def after(self, samples: int) -> int:
        return self.framing.overlap - 1

    def apply(self, inputs: Arrays, count: int) -> Arrays:
        (s,), f = inputs, self.framing
        frames = s[..., : count + f.overlap - 1]
        if f.scaling is not None:
            frames = frames / scale_factors(f, window_like(frames, f, None))
        inverse = partial(irfft, n=f.n_fft) if f.real else ifft
        window = dual_window(StftCoefficients(frames, f), None)
        return (
            overlap_add(frames, f, window, inverse)[..., self.before * f.hop : (self.before + count) * f.hop],
        )

    def empty(self, inputs: Arrays) -> Arrays:
        (s,) = inputs
        return ((namespace(s).real(s) if self.framing.real else s)[:, 0, :0],)


class Cascade:
    """Analysis."""

    def __init__(self, frames: Slide) -> None:
        self.frames = frames

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        return list(self.frames.push([as_wide_signal(x) for x in inputs], last))


class Rebuild:
    """Synthesis: samples before the signal, and after it, are dropped."""

    def __init__(self, hops: Slide, skip: int) -> None:
        self.hops, self.skip, self.given = hops, skip, 0

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        (y,) = self.hops.push(inputs, last)
        drop = min(y.shape[-1], max(0, self.skip - self.given))
        self.given += y.shape[-1]
        surplus = self.given - self.skip - samples if last and samples is not None else 0
        return [y[..., drop : y.shape[-1] - max(0, surplus)]]


@dataclass(frozen=True)
class Stft(Kind):
    """`subband.stft`; both framings are those of a signal of one sample."""

    of_real: Framing
    of_complex: Framing
    mode: str = "zero"
    name: ClassVar[str] = "stft"
    time_last: ClassVar[bool] = True

    @classmethod
    def of(cls, window: Any, hop: Any, *, fs: Any = 1.0, n_fft: Any = None, scaling: Any = None) -> "Stft":
        if not isinstance(window, str | list | tuple) and not (
            hasattr(window, "ndim") and library(window) == "numpy"
        ):
            raise InvalidInput(
                f"window={shown(window)} can't be learnt in a stream: give one of {', '.join(WINDOWS)}, or its "
                "samples as a list or an array of NumPy"
            )
        framings = [
            make_framing(np.zeros(1, dtype), dtype, window, hop, fs, -1, n_fft, scaling)[0]
            for dtype in (np.float64, np.complex128)
        ]
        return cls(replace(framings[0], dtype=None), replace(framings[1], dtype=None))

    def __str__(self) -> str:
        f = self.of_real
        return f"stft, window of {f.size}, hop={f.hop}, n_fft={f.n_fft}, fs={f.fs}"

    @property
    def delay(self) -> int:
        return self.of_real.size - 1 - self.of_real.centre

    @property
    def round_trip(self) -> int:
        return self.of_real.size - 1

    @property
    def strides(self) -> tuple[int, ...]:
        return (self.of_real.hop,)

    @property
    def reach(self) -> int:
        return self.of_real.size

    @property
    def first(self) -> int:
        return self.of_real.first * self.of_real.hop

    def counts(self, samples: int) -> tuple[int, ...]:
        return (replace(self.of_real, shape=(samples,)).frames,)

    def density(self, is_real: bool) -> float:
        f = self.of_real
        return (f.n_fft if is_real else 2 * f.n_fft) / f.hop

    @property
    def rate(self) -> float:
        return self.of_real.fs

    def frequencies(self, is_real: bool) -> list[float]:
        order = np.fft.rfftfreq if is_real else np.fft.fftfreq
        return order(self.of_real.n_fft, 1 / self.rate).tolist()

    def analysis(self, is_real: bool, block: int) -> Chain:
        return Cascade(Slide(Frames(self.of_real if is_real else self.of_complex), block))

    def synthesis(self, is_real: bool) -> Chain:
        return Rebuild(Slide(OverlapAdd(self.of_real if is_real else self.of_complex)), self.of_real.left)

    def shape(self, batch: Shape, samples: int, is_real: bool) -> Shape:
        f = self.of_real
        return (*batch, f.n_fft // 2 + 1 if is_real else f.n_fft, self.counts(samples)[0])

    def wrap(self, array: Array, shape: Shape, axis: int, is_real: bool, dtype: Any) -> StftCoefficients:
        framing = self.of_real if is_real else self.of_complex
        return StftCoefficients(array, replace(framing, shape=shape, axis=axis, dtype=dtype))
