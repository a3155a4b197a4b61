"""Static parameters of a continuous transform: validation, frequency grid, multipliers and weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, log2, prod
from typing import Any

import numpy as np

from subband.arrays.arguments import LONGEST, choice, integer, number, shown
from subband.arrays.axes import count_axis
from subband.arrays.compilers import compiling, static
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.kernels.fourier.lengths import fast_length
from subband.transforms.continuous.mothers import Mother, mother

Numbers = tuple[Any, ...]
EXTENSIONS = ("symmetric", "periodic", "zero")
NORMS = ("l1", "l2")
MOST_VOICES = 4096
"""Largest number of frequencies per octave."""


@dataclass(frozen=True)
class ContinuousSpec:
    """Parameters of a continuous transform of one array, as static data: hashable, comparable, without arrays.

    Attributes:
        shape: Shape of the transformed array.
        axis: Transformed axis, non-negative.
        wavelet: The mother wavelet.
        frequencies: Peak frequencies in hertz; negative for the conjugate wavelet.
        fs: Sampling rate in hertz.
        mode: Boundary extension: "symmetric", "periodic" or "zero".
        norm: "l1" or "l2".
        real: Whether the array is real.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> spec = sb.cwt(np.zeros(256), "morse", fs=100.0).spec
        >>> spec.samples, spec.fs, spec.mode, len(spec.scales) == len(spec.frequencies)
        (256, 100.0, 'symmetric', True)
    """

    shape: tuple[int, ...]
    axis: int
    wavelet: Mother
    frequencies: tuple[float, ...]
    fs: float
    mode: str
    norm: str
    real: bool

    @property
    def samples(self) -> int:
        """Length N of the transformed axis."""
        return self.shape[self.axis]

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the untransformed axes, in order."""
        return self.shape[: self.axis] + self.shape[self.axis + 1 :]

    @property
    def scales(self) -> np.ndarray:
        """(S,) scales in seconds."""
        return self.wavelet.scale(np.abs(self.frequencies))

    @property
    def period(self) -> int:
        """Period of the extended signal in samples; the length L of the Fourier transforms."""
        if self.mode == "symmetric":
            return 2 * self.samples
        if self.mode == "periodic":
            return self.samples
        longest = self.wavelet.scale(min([abs(f) for f in self.frequencies]))
        # Six e-folding times of the longest wavelet: a Gaussian envelope wraps around at exp(−36).
        padding = ceil(6 * self.wavelet.e_folding * longest * self.fs)
        return fast_length(self.samples + min(padding, self.samples))

    @property
    def numbers(self) -> Numbers:
        """All parameters except the batch, as arguments of cached functions; inverse of `from_numbers`."""
        kind, parameters = type(self.wavelet), self.wavelet.parameters
        return self.samples, kind, parameters, self.frequencies, self.fs, self.mode, self.norm, self.real

    @property
    def gains(self) -> np.ndarray:
        """(S,) peak value of each multiplier on the half-spectrum ω > 0.

        ℓ1: 2, so that the modulus of a sinusoid is its amplitude. ℓ2: unit energy at the sampling rate.
        """
        if self.norm == "l1":
            return np.full(len(self.frequencies), 2.0)
        sides = 1 if self.wavelet.analytic else 2
        gain = np.sqrt(self.scales * self.fs / (sides * self.wavelet.energy))
        return gain if self.wavelet.analytic else 2 * gain

    @property
    def weights(self) -> np.ndarray:
        """(S,) weights of the sum over frequencies: trapezoidal cell widths in ln f, divided by half the gain."""
        return _weights(self.numbers)

    def gather(self, x: Array) -> Array:
        """The array as (batch, N), with the transformed axis last."""
        xp = namespace(x)
        return xp.reshape(xp.moveaxis(x, (self.axis,), (-1,)), (prod(self.batch), self.samples))

    def scatter(self, x: Array) -> Array:
        """The inverse of `gather`."""
        xp = namespace(x)
        return xp.moveaxis(xp.reshape(x, (*self.batch, self.samples)), (-1,), (self.axis,))


def from_numbers(numbers: Numbers) -> ContinuousSpec:
    """The spec of a single signal with these `ContinuousSpec.numbers`."""
    samples, kind, parameters, *others = numbers
    return ContinuousSpec((samples,), 0, kind(*parameters), *others)


@partial(static, large=True)
def _weights(numbers: Numbers) -> np.ndarray:
    spec = from_numbers(numbers)
    f = np.asarray(spec.frequencies)
    widths = np.zeros(len(f))
    for side in (f > 0, f < 0) if not spec.real else (f != 0,):
        widths[side] = _cells(np.log(np.abs(f[side])))
    return 2 * widths / spec.gains


def multipliers(spec: ContinuousSpec, dtype: str) -> np.ndarray:
    """(S, K) gain · response(sω) at the K = period // 2 + 1 bins ω ≥ 0, as `dtype`.

    The Nyquist bin is shared by both halves of the spectrum, and is halved.
    """
    *filters, _ = spec.numbers
    return _multipliers((*filters, True), dtype)


@partial(static, large=True)
def _multipliers(numbers: Numbers, dtype: str) -> np.ndarray:
    spec = from_numbers(numbers)
    bins = spec.period // 2 + 1
    omega = 2 * np.pi * spec.fs / spec.period * np.arange(bins)
    table = np.empty((len(spec.frequencies), bins), dtype=dtype)
    # Row by row: float64 of all scales at once would be the largest array of the whole transform.
    for row, scale, gain in zip(table, spec.scales, spec.gains, strict=True):
        row[:] = gain * spec.wavelet.response(scale * omega)
    if spec.period % 2 == 0:
        table[:, -1] /= 2
    return table


def make_spec(
    shape: Sequence[int],
    real: bool,
    wavelet: Any,
    frequencies: Any,
    fs: float,
    axis: int,
    voices: int,
    mode: str,
    norm: str,
) -> ContinuousSpec:
    """Validate the arguments of `cwt` for an array of this shape.

    Raises:
        InvalidInput: as `cwt`.
    """
    axis = count_axis(axis, tuple(shape))
    # Only the transformed length must be concrete; batch sizes may be symbolic while a program is exported.
    shape = tuple(int(n) if i == axis else n for i, n in enumerate(shape))
    chosen = mother(wavelet)
    fs, voices = plain_rate(fs), plain_voices(voices)
    mode = choice("mode", mode, EXTENSIONS)
    norm = choice("norm", norm, NORMS)
    if frequencies is None:
        grid = _log_grid(chosen, shape[axis], fs, voices)
        grid = grid if real or not chosen.analytic else (*[-f for f in grid[::-1]], *grid)
    else:
        grid = _checked_frequencies(frequencies, chosen, fs)
    return ContinuousSpec(shape, axis, chosen, grid, fs, mode, norm, real)


@keyword_only_after("samples", "fs", "voices")
def log_frequencies(
    wavelet: Any,
    samples: int,
    *,
    fs: float = 1.0,
    voices: int = 10,
) -> np.ndarray:
    """Default frequencies of `cwt`: f_max 2^(−k/voices), ascending.

    At the lowest frequency the cones of influence of both ends just meet; at f_max the wavelet's response has
    fallen to 1/10 at the Nyquist frequency.

    Args:
        wavelet: A name, or an object such as `Morse(beta=20, gamma=3)`, as in `cwt`.
        samples: Length N of the signal.
        fs: Sampling rate in hertz.
        voices: Frequencies per octave.

    Returns:
        (S,) frequencies in hertz, S ≥ 1.

    Raises:
        InvalidInput: an unknown wavelet, or samples, fs or voices out of range.

    Example:
        >>> import subband as sb
        >>> f = sb.log_frequencies("morlet", 1024, voices=4)
        >>> round(float(f[4] / f[0]), 6)
        2.0

    See also: `cwt`.
    """
    samples = integer("samples", samples, 1, LONGEST)
    return np.asarray(_log_grid(mother(wavelet), samples, plain_rate(fs), plain_voices(voices)))


def plain_rate(fs: Any) -> float:
    """A validated sampling rate."""
    return number("fs", fs, "a positive number of samples a second", above=0)


def plain_voices(voices: Any) -> int:
    """A validated number of frequencies per octave."""
    return integer("voices", voices, 1, MOST_VOICES, "a whole number of frequencies in an octave")


def _log_grid(wavelet: Mother, samples: int, fs: float, voices: int) -> tuple[float, ...]:
    high = wavelet.highest(fs / 2)
    low = min(high, wavelet.frequency(samples / (2 * fs * wavelet.e_folding)))
    return tuple([high * 2 ** (-k / voices) for k in range(int(voices * log2(high / low)), -1, -1)])


def _cells(log_f: np.ndarray) -> np.ndarray:
    """Width of the cell around each value, whose ends are the midpoints to its neighbours."""
    if len(log_f) < 2 or np.ptp(log_f) == 0:
        return np.ones(len(log_f))
    order = np.argsort(log_f, kind="stable")
    steps = np.diff(log_f[order])
    widths = np.empty(len(log_f))
    widths[order] = (np.append(steps, steps[-1]) + np.append(steps[0], steps)) / 2
    return widths


def _row(frequencies: Any) -> np.ndarray:
    """A number, a list or an array as (S,) real numbers."""
    listed = frequencies.tolist() if hasattr(frequencies, "tolist") else frequencies
    if not isinstance(listed, list | tuple | range):
        listed = [listed]
    if not listed:
        raise InvalidInput(f"frequencies={shown(frequencies)} is empty: give a list of hertz")
    return np.asarray([number("frequencies", f, "a list of hertz, in one row") for f in listed])


def _checked_frequencies(frequencies: Any, wavelet: Mother, fs: float) -> tuple[float, ...]:
    if not compiling():
        frequencies = _row(frequencies)
    grid = tuple([float(f) for f in frequencies])
    for f in grid:
        if not 0 < abs(f) <= fs / 2 * (1 + 1e-12):
            raise InvalidInput(
                f"can't analyse {f} Hz at {fs} samples a second: give frequencies above 0 and up to {fs / 2} Hz"
            )
    if not wavelet.analytic and min(grid) < 0:
        raise InvalidInput(
            f"{wavelet} is real, with the same response at −f and f: give positive frequencies, or an analytic "
            "wavelet"
        )
    return grid
