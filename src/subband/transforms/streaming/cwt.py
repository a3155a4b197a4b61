"""The continuous wavelet transform in blocks, by overlap-save with the wavelet's essential support.

A wavelet's modulus decays, and what lies beyond a halo of H samples on either side changes a coefficient by at
most ∫_{|t| > H} |ψ(t)| dt · max |x|. H is the least for which this is below a tolerance at the lowest
frequency.

Near the Nyquist frequency there is no such H: where the response has not fallen there, the spectrum of the
sampled wavelet jumps, and its modulus falls no faster than 1/n. If that concerns any of the frequencies, the
top tenth of the signal's band is tapered off, by a Gaussian edge with a short response.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, pi, sqrt
from typing import Any, ClassVar

import numpy as np

from subband.arrays.arguments import choice, number
from subband.arrays.compilers import static
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.cwt import analyse, constant, flatten_response
from subband.transforms.continuous.mothers import Mother
from subband.transforms.continuous.spec import EXTENSIONS, ContinuousSpec, fast_length, make_spec
from subband.transforms.fourier.inputs import as_wide_signal, complex_dtype, zeros
from subband.transforms.streaming.kind import Chain, Kind, Shape
from subband.transforms.streaming.slide import Arrays, Slide, Window

TAPERED = 0.1
"""Part of the band below the Nyquist frequency in which content is tapered off, if any response reaches it."""

SPAN = 2048
"""Times of the peak's period in which a wavelet's decay is looked for."""


@dataclass(frozen=True)
class Overlap(Window):
    """All frequencies at one sample, from `halo` samples on either side; by FFTs of one length."""

    spec: ContinuousSpec
    halo: int
    mode: str
    tapered: float
    stride: ClassVar[int] = 1

    @property
    def width(self) -> int:
        return 2 * self.halo + 1

    @property
    def before(self) -> int:
        return self.halo

    def after(self, samples: int) -> int:
        return self.halo

    @property
    def most_after(self) -> int:
        return self.halo

    def apply(self, inputs: Arrays, count: int) -> Arrays:
        (x,), parts = inputs, []
        xp, step = namespace(x), self.spec.samples - 2 * self.halo
        taper = _taper(self.spec.samples, self.tapered) if self.tapered else None
        for start in range(0, count, step):
            part = x[..., start : min(start + self.spec.samples, int(x.shape[-1]))]
            part = xp.concat([part, zeros(part, self.spec.samples - part.shape[-1])], axis=-1)
            w = analyse(part, self.spec, None, taper)
            parts.append(w[..., self.halo : self.halo + min(step, count - start)])
        return (parts[0] if len(parts) == 1 else xp.concat(parts, axis=-1),)

    def empty(self, inputs: Arrays) -> Arrays:
        (x,) = inputs
        xp = namespace(x)
        nothing = zeros(x[:, None, :] + zeros(x, len(self.spec.frequencies))[..., None], 0)
        return (xp.astype(nothing, complex_dtype(x)) if self.spec.wavelet.analytic else nothing,)


@dataclass(frozen=True)
class Pointwise(Window):
    """The sum over frequencies at one sample."""

    spec: ContinuousSpec
    mode: ClassVar[str] = "zero"
    stride: ClassVar[int] = 1
    width: ClassVar[int] = 1
    before: ClassVar[int] = 0

    def apply(self, inputs: Arrays, count: int) -> Arrays:
        (w,) = inputs
        weights = constant(self.spec.weights[:, None], w)
        return (flatten_response(namespace(w).sum(w[..., :count] * weights, axis=1), self.spec, "delta"),)

    def empty(self, inputs: Arrays) -> Arrays:
        (w,) = inputs
        return ((namespace(w).real(w) if self._gives_real(w) else w)[:, 0, :0],)

    def _gives_real(self, w: Array) -> bool:
        return self.spec.real and namespace(w).isdtype(w.dtype, "complex floating")


class Cascade:
    """Analysis, in single precision at least."""

    def __init__(self, slide: Slide) -> None:
        self.slide = slide

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        return list(self.slide.push([as_wide_signal(x) for x in inputs], last))


class Rebuild:
    """The inverse, which has no memory."""

    def __init__(self, slide: Slide) -> None:
        self.slide = slide

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        return list(self.slide.push(inputs, last))


@dataclass(frozen=True)
class Cwt(Kind):
    """`subband.cwt` along one axis; `spec` is that of a real signal of one sample."""

    spec: ContinuousSpec
    tolerance: float
    halo: int
    tapers: bool
    name: ClassVar[str] = "cwt"
    modes: ClassVar[tuple[str, ...]] = ("symmetric", "zero")
    time_last: ClassVar[bool] = True

    @classmethod
    def of(
        cls, wavelet: Any = "morlet", *, frequencies: Any = None, fs: Any = 1.0, mode: Any = "symmetric",
        norm: Any = "l1", tolerance: Any = 1e-6,
    ) -> "Cwt":  # fmt: skip
        if frequencies is None:
            raise InvalidInput(
                "frequencies=None are chosen by the signal's length, which is not known yet: give a list of hertz, "
                "e.g. subband.log_frequencies('morlet', 4096, fs=fs)"
            )
        mode = choice("mode", mode, EXTENSIONS)
        tolerance = number("tolerance", tolerance, "a number between 0 and 1", above=0, below=1)
        spec = make_spec((1,), True, wavelet, frequencies, fs, 0, 1, mode, norm)
        return cls(spec, tolerance, *support(spec, tolerance))

    @property
    def mode(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.spec.mode

    def __str__(self) -> str:
        f = self.spec.frequencies
        return f"cwt, {self.spec.wavelet}, {len(f)} frequencies, {min(f):.4g} to {max(f):.4g} Hz, mode={self.mode}"

    @property
    def delay(self) -> int:
        return self.halo

    @property
    def round_trip(self) -> int:
        return self.halo

    @property
    def strides(self) -> tuple[int, ...]:
        return (1,)

    @property
    def reach(self) -> int:
        return self.halo

    @property
    def default_block(self) -> int:
        return self.halo

    @property
    def rate(self) -> float:
        return self.spec.fs

    def frequencies(self, is_real: bool) -> list[float]:
        return list(self.spec.frequencies)

    def density(self, is_real: bool) -> float:
        return len(self.spec.frequencies) * (2.0 if self.spec.wavelet.analytic else 1.0)

    def counts(self, samples: int) -> tuple[int, ...]:
        return (samples,)

    def window(self, is_real: bool, block: int) -> Overlap:
        """The sliding window for blocks of this size."""
        length = fast_length(2 * self.halo + block)
        spec = replace(self.spec, shape=(length,), mode="periodic", real=is_real)
        return Overlap(
            spec, self.halo, self.mode if self.streams else "zero", self.tolerance if self.tapers else 0.0
        )

    def analysis(self, is_real: bool, block: int) -> Chain:
        return Cascade(Slide(self.window(is_real, block), block))

    def synthesis(self, is_real: bool) -> Chain:
        return Rebuild(Slide(Pointwise(replace(self.spec, real=is_real))))

    def whole(self, x: Array) -> list[Array]:
        window = self.window(not namespace(x).isdtype(x.dtype, "complex floating"), 1)
        taper = _taper(int(x.shape[-1]), self.tolerance) if self.tapers else None
        return [analyse(x, replace(window.spec, shape=(int(x.shape[-1]),)), None, taper)]

    def shape(self, batch: Shape, samples: int, is_real: bool) -> Shape:
        return (*batch, len(self.spec.frequencies), samples)

    def wrap(
        self, array: Array, shape: Shape, axis: int, is_real: bool, dtype: Any
    ) -> ContinuousCoefficients:
        return ContinuousCoefficients(array, replace(self.spec, shape=shape, axis=axis, real=is_real))


def support(spec: ContinuousSpec, tolerance: float) -> tuple[int, bool]:
    """Halo in samples, and whether the signal's band must be tapered off below the Nyquist frequency."""
    wavelet, scales = spec.wavelet, spec.scales * spec.fs
    at_nyquist = np.asarray([float(wavelet.response(np.asarray(pi * scale))) for scale in scales])
    jumps = at_nyquist > tolerance
    extent = _extent(type(wavelet), wavelet.parameters, tolerance / 4)
    halo = extent * scales.max()
    if jumps.any():
        # The response of the Gaussian edge, whose own tail is below the tolerance at `deviations`.
        halo = max(halo, extent * scales[jumps].max() + deviations(tolerance) / _edge(tolerance))
    return ceil(halo) + 1, bool(jumps.any())


@static
def _extent(kind: type[Mother], parameters: tuple[float, ...], tolerance: float) -> float:
    """Least U with 2 ∫_{|u| > U} |κ(u)| du ≤ tolerance, for the wavelet κ of scale 1 whose peak response is 1.

    Raises:
        InvalidInput: the wavelet decays too slowly, or the tolerance is below rounding errors.
    """
    wavelet = kind(*parameters)
    highest = 2.0 * wavelet.peak
    while float(wavelet.response(np.asarray(highest))) > 1e-18 and highest < 64 * wavelet.peak:
        highest *= 1.25
    period = SPAN * 2 * pi / wavelet.peak
    bins = ceil(highest * period / (2 * pi))
    size = fast_length(2 * bins + 2)
    spectrum = np.zeros(size)
    spectrum[:bins] = wavelet.response(2 * pi / period * np.arange(bins))
    spectrum[0] = 0.0
    if not wavelet.analytic:
        spectrum[size - bins + 1 :] = spectrum[bins - 1 : 0 : -1]
    # |κ| du at u = period · n / size, then the sum over all n beyond each |n|.
    modulus = np.abs(np.fft.ifft(spectrum))
    both = modulus[1 : size // 2] + modulus[: size // 2 : -1][: size // 2 - 1]
    tail = 2 * np.cumsum(both[::-1])[::-1]
    above = np.flatnonzero(tail > tolerance)
    last = int(above[-1]) + 2 if above.size else 1
    if last > len(tail) // 2:
        reachable = float(tail[len(tail) // 4])
        raise InvalidInput(
            f"tolerance={4 * tolerance:.1e} is out of reach: {wavelet} decays to {4 * reachable:.1e} within "
            f"{SPAN // 8} of its periods; give a larger tolerance, or another wavelet"
        )
    return last * period / size


def deviations(tolerance: float) -> float:
    """Standard deviations from which on a Gaussian's tail is below the tolerance."""
    return sqrt(-2 * np.log(tolerance / 2))


def _edge(tolerance: float) -> float:
    """Standard deviation of the Gaussian edge, in radians per sample; the band is twice `deviations` wide."""
    return TAPERED * pi / 2 / deviations(tolerance)


@partial(static, large=True)
def _taper(length: int, tolerance: float) -> np.ndarray:
    """(length // 2 + 1,) ½ erfc((ω − ω₀) / √2σ) at the bins ω ≥ 0 of a spectrum, ω₀ amid the tapered band."""
    # Imported here, as the import is slow.
    from scipy.special import erfc

    omega = 2 * pi * np.arange(length // 2 + 1) / length
    taper: np.ndarray = erfc((omega - (1 - TAPERED / 2) * pi) / (sqrt(2) * _edge(tolerance))) / 2
    return taper
