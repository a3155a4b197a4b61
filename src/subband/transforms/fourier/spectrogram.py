"""The coefficients of a short-time Fourier transform."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container
from subband.transforms.fourier.inputs import constant, real_dtype


@dataclass(frozen=True)
class Framing:
    """How a signal was cut into frames, as static data. Frame m is centred on sample m·hop.

    Attributes:
        shape: Shape of the array that was transformed.
        axis: The axis of time, counted from the front.
        dtype: Its dtype, which the inverse returns.
        real: Whether it was real, so that only frequencies from 0 on are kept.
        fs: Samples per second.
        size: Samples N of the window.
        hop: Samples from one frame to the next.
        n_fft: Samples of the Fourier transform of a frame.
        window: The window, unless it is learnable.
    """

    shape: tuple[int, ...]
    axis: int
    dtype: Any
    real: bool
    fs: float
    size: int
    hop: int
    n_fft: int
    window: tuple[float, ...] | None

    @property
    def length(self) -> int:
        """Samples of the signal."""
        return self.shape[self.axis]

    @property
    def centre(self) -> int:
        """The sample of the window that stands on the frame's time."""
        return self.size // 2

    @property
    def first(self) -> int:
        """Number of the first frame that touches the signal, 0 or below."""
        return -((self.size - 1 - self.centre) // self.hop)

    @property
    def frames(self) -> int:
        """Number of frames that touch the signal."""
        return (self.length - 1 + self.centre) // self.hop - self.first + 1

    @property
    def overlap(self) -> int:
        """Hops that a window spans, ⌈N / hop⌉."""
        return -(-self.size // self.hop)

    @property
    def left(self) -> int:
        """Zeros before the signal, where the first frame starts."""
        return self.centre - self.first * self.hop

    @property
    def padded(self) -> int:
        """Samples from the start of the first frame to the last frame's end, in whole hops."""
        return (self.frames - 1 + self.overlap) * self.hop


@final
@pytree("array", "learnt")
@dataclass(frozen=True, eq=False)
class StftCoefficients(Container):
    """A signal by time and frequency.

    JAX and PyTorch see a pytree whose leaf is `array`, and a second one, the window, only where it is learnable.

    Attributes:
        array: (…, frequencies, frames), complex. A value's phase is counted from its frame's centre, so a
            window that is symmetric there makes a cosine that peaks there real.
        framing: How the signal was cut.
        learnt: (n,) The window, if it was given as an array of PyTorch, JAX or the like; else None.
    """

    noun: ClassVar[str] = "a spectrogram"

    framing: Framing
    learnt: Array | None = None

    @property
    def frequencies(self) -> Array:
        """(frequencies,) In hertz: from 0 to fs/2 for a real signal, else in the order of the FFT."""
        f = self.framing
        order = np.fft.rfftfreq if f.real else np.fft.fftfreq
        return constant(order(f.n_fft, 1 / f.fs), self.array)

    @property
    def times(self) -> Array:
        """(frames,) Centres of the frames in seconds; the signal's first sample is at 0."""
        f = self.framing
        return constant((f.first + np.arange(f.frames)) * f.hop / f.fs, self.array)

    @property
    def window(self) -> Array:
        """(n,) The window, of the precision of `array`."""
        return window_like(self.array, self.framing, self.learnt)

    def __repr__(self) -> str:
        f = self.framing
        return (
            f"StftCoefficients(window of {f.size}, hop={f.hop}, n_fft={f.n_fft}, fs={f.fs}, axis={f.axis}, "
            f"of {f.shape}, array {tuple(self.array.shape)})"
        )


def window_like(x: Array, framing: Framing, learnt: Array | None) -> Array:
    """(N,) The window in the library, precision and place of `x`."""
    if learnt is None:
        return constant(np.asarray(framing.window), x)
    return namespace(x).astype(learnt, real_dtype(x))
