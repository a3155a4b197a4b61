"""Container of short-time Fourier coefficients, and their framing as static metadata."""

from dataclasses import dataclass
from math import sqrt
from typing import Any, ClassVar, final

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.concrete import known
from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container
from subband.transforms.coordinates import signal_axes, time_frequency
from subband.transforms.fourier.inputs import constant, real_dtype


@dataclass(frozen=True)
class Framing:
    """Division of a signal into frames, as static data. Frame m is centred on sample m·hop.

    Attributes:
        shape: Shape of the transformed array.
        axis: Time axis, non-negative.
        dtype: The array's dtype, which the inverse returns.
        real: Whether the array is real, so that only non-negative frequencies are stored.
        fs: Sampling rate in hertz.
        size: Window length N in samples.
        hop: Samples between successive frames.
        n_fft: Length of the Fourier transform of each frame.
        window: The window, or None if it is learnable.
        scaling: What the coefficients measure, as in `stft`: "magnitude", "psd", or None.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> framing = sb.stft(np.zeros(100), "hann", hop=8).framing
        >>> framing.size, framing.frames, framing.first  # the first frames begin before the signal
        (32, 16, -1)
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
    scaling: str | None = None

    @property
    def length(self) -> int:
        """Length of the signal in samples."""
        return self.shape[self.axis]

    @property
    def centre(self) -> int:
        """Index of the window sample at the frame's centre, ⌊N/2⌋."""
        return self.size // 2

    @property
    def first(self) -> int:
        """Index m of the first frame that overlaps the signal, at most 0."""
        return -((self.size - 1 - self.centre) // self.hop)

    @property
    def frames(self) -> int:
        """Number of frames that overlap the signal."""
        return (self.length - 1 + self.centre) // self.hop - self.first + 1

    @property
    def overlap(self) -> int:
        """Window length in hops, ⌈N / hop⌉."""
        return -(-self.size // self.hop)

    @property
    def left(self) -> int:
        """Zeros before the signal, from the start of the first frame."""
        return self.centre - self.first * self.hop

    @property
    def padded(self) -> int:
        """Length of the zero-padded signal: a multiple of hop that contains all frames."""
        return (self.frames - 1 + self.overlap) * self.hop


@final
@pytree("array", "learnt")
@dataclass(frozen=True, eq=False)
class StftCoefficients(Container):
    """Short-time Fourier coefficients X[k, m], returned by `stft`.

    A pytree of JAX and PyTorch with the leaf `array`, and, if the window is learnable, `learnt`.

    Attributes:
        array: (…, frequencies, frames), complex. Phases are relative to the frame's centre: with a window symmetric
            about it, a cosine with a maximum there has real coefficients.
        framing: Parameters of the transform.
        learnt: (N,) The window, if given as an array of PyTorch or JAX; else None.

    See also: `istft`.
    """

    noun: ClassVar[str] = "a spectrogram"

    framing: Framing
    learnt: Array | None = None

    @property
    def frequencies(self) -> Array:
        """(frequencies,) Frequencies in hertz: 0 to fs/2 for a real signal, else in FFT order."""
        f = self.framing
        order = np.fft.rfftfreq if f.real else np.fft.fftfreq
        return constant(order(f.n_fft, 1 / f.fs), self.array)

    @property
    def times(self) -> Array:
        """(frames,) Centres of the frames in seconds, relative to the first sample."""
        f = self.framing
        return constant((f.first + np.arange(f.frames)) * f.hop / f.fs, self.array)

    @property
    def window(self) -> Array:
        """(N,) The window, in the precision of `array`."""
        return window_like(self.array, self.framing, self.learnt)

    @property
    def scale(self) -> Array:
        """(frequencies, 1) Factors of the scaling, by which the Fourier transforms were multiplied."""
        return scale_factors(self.framing, self.window)

    def to_xarray(self) -> Any:
        f = self.framing
        axes = signal_axes(self.labels, f.shape, (f.axis,), f.fs)
        starts = (f.first + np.arange(f.frames)) * float(f.hop)
        frequencies = known(self.frequencies).astype(float)
        return time_frequency(self.labels, self.array, axes, f.axis, frequencies, starts)

    def __repr__(self) -> str:
        f = self.framing
        return (
            f"StftCoefficients(window of {f.size}, hop={f.hop}, n_fft={f.n_fft}, fs={f.fs}, axis={f.axis}, "
            f"{'' if f.scaling is None else f'scaling={f.scaling}, '}of {f.shape}, array {tuple(self.array.shape)})"
        )


def window_like(x: Array, framing: Framing, learnt: Array | None) -> Array:
    """(N,) The window as an array of the library, precision and device of `x`."""
    if learnt is None:
        return constant(np.asarray(framing.window), x)
    return namespace(x).astype(learnt, real_dtype(x))


def scale_factors(framing: Framing, window: Array) -> Array:
    """(frequencies, 1) 1/|Σ w| for "magnitude", 1/√(fs Σ w²) for "psd", else 1; one-sided for real signals."""
    xp = namespace(window)
    match framing.scaling:
        case "magnitude":
            unit, sides = 1 / xp.abs(xp.sum(window)), 2.0
        case "psd":
            unit, sides = 1 / xp.sqrt(framing.fs * xp.sum(window * window)), sqrt(2)
        case _:
            return xp.ones_like(window[:1])[:, None]
    return unit * constant(_sides(framing.n_fft, framing.real, sides), window)[:, None]


@static
def _sides(n_fft: int, real: bool, sides: float) -> np.ndarray:
    """(frequencies,) `sides` for a frequency of a real signal whose negative is left out, else 1."""
    if not real:
        return np.ones(n_fft)
    factors = np.full(n_fft // 2 + 1, sides)
    factors[0] = 1
    if n_fft % 2 == 0:
        factors[-1] = 1
    return factors
