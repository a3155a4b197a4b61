"""Cross-wavelet spectrum and wavelet coherence of two signals, with their significance."""

from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from subband.arrays.arguments import integer, number
from subband.arrays.concrete import known
from subband.arrays.fft import for_any_batch
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, library, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.transforms.container import Container
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.cwt import constant, cwt
from subband.transforms.continuous.significance import cross_significance, plain_level
from subband.transforms.continuous.spec import ContinuousSpec
from subband.transforms.coordinates import signal_axes, time_frequency

DECORRELATION = 0.6
"""Width in octaves of the average over scales: the decorrelation length of the Morlet wavelet (Torrence & Compo
1998, table 2)."""


@final
@pytree("array", "power")
@dataclass(frozen=True, eq=False)
class WaveletCoherence(Container):
    """Smoothed cross-wavelet spectrum of two signals, returned by `wavelet_coherence`.

    Attributes:
        array: (*batch, S, N) complex S(W_x W_y*), averaged over time and scale.
        power: (*batch, S, N) real √(S|W_x|² S|W_y|²).
        spec: Parameters of the transform.
        octaves: Width of the average over scales.

    See also: `coherence_significance`.
    """

    power: Array
    spec: ContinuousSpec
    octaves: float

    @property
    def coherence(self) -> Array:
        """(*batch, S, N) R² = |S(W_x W_y*)|² / (S|W_x|² S|W_y|²), from 0 to 1; 0 where a signal has no power."""
        xp = namespace(self.array)
        there = self.power > 0
        ratio = abs(self.array) / xp.where(there, self.power, xp.ones_like(self.power))
        return xp.where(there, ratio * ratio, xp.zeros_like(ratio))

    @property
    def phase(self) -> Array:
        """(*batch, S, N) phase of x relative to y in radians, −π to π; positive where x leads."""
        return _angle(self.array)

    @property
    def frequencies(self) -> Array:
        """(S,) frequencies in hertz."""
        return constant(np.asarray(self.spec.frequencies), self.power)

    @property
    def trusted(self) -> Array:
        """(S, N) True outside the cone of influence, see `ContinuousCoefficients`."""
        return ContinuousCoefficients(self.array, self.spec).trusted

    def to_xarray(self) -> Any:
        spec = self.spec
        axes = signal_axes(self.labels, spec.shape, (spec.axis,), spec.fs)
        return time_frequency(self.labels, self.coherence, axes, spec.axis, spec.frequencies)


@partial(labelled, like=cwt)
def cross_spectrum(x: Array, y: Array, wavelet: Any = "morlet", **how: Any) -> ContinuousCoefficients:
    """Cross-wavelet spectrum W_x(f, t) W_y*(f, t): where both signals have power, and their relative phase.

    Args:
        x, y: Signals of one shape and library.
        wavelet: As in `cwt`.
        how: The other arguments of `cwt`: frequencies, fs, axis, voices, mode, impl, and norm, "l2" by default.

    Returns:
        The product, as coefficients: `.array` is (*batch, S, N), with phase positive where x leads.

    Raises:
        InvalidInput: signals of different shapes or libraries, or as in `cwt`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> t = np.arange(512) / 512
        >>> x, y = np.cos(2 * np.pi * 32 * t), np.sin(2 * np.pi * 32 * t)
        >>> c = sb.cross_spectrum(x, y, frequencies=[32], fs=512)
        >>> round(float(np.angle(c.array[0, 256]) / np.pi), 3)
        0.5

    Source: L. Hudgins, C. A. Friehe, M. E. Mayer, Wavelet transforms and atmospheric turbulence (1993).

    See also: `cross_spectrum_significance`, `wavelet_coherence`.
    """
    a, b = _both(x, y, wavelet, {"norm": "l2"} | how)
    return a.replace(a.array * namespace(b.array).conj(b.array))


def cross_spectrum_significance(
    c: ContinuousCoefficients,
    *,
    deviations: tuple[float, float] = (1.0, 1.0),
    correlations: tuple[float, float] = (0.0, 0.0),
    level: float = 0.95,
) -> np.ndarray:
    """(S,) modulus of the cross-wavelet spectrum that independent red noises exceed with probability 1 − level.

    Args:
        c: A result of `cross_spectrum`; only its parameters are used.
        deviations: Standard deviations of both noises, usually those of the signals.
        correlations: Their lag-1 autocorrelations.
        level: Probability.

    Raises:
        InvalidInput: numbers out of range.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> c = sb.cross_spectrum(np.ones(256), np.ones(256), frequencies=[0.1])
        >>> sb.cross_spectrum_significance(c).round(3).tolist()  # Z₂(95 %) / 2
        [2.0]

    Source: Torrence & Compo 1998, eq. 31.
    """
    deviations = _pair("deviations", deviations)
    return cross_significance(c.spec, deviations, _pair("correlations", correlations), level)


@partial(labelled, like=cwt)
def wavelet_coherence(
    x: Array, y: Array, wavelet: Any = "morlet", *, octaves: float = DECORRELATION, **how: Any
) -> WaveletCoherence:
    """Wavelet coherence: the local correlation of two signals at each frequency, from 0 to 1.

        R²(f, t) = |S(W_x W_y*)|² / (S|W_x|² S|W_y|²),

    with transforms of norm "l1", in which S(s⁻¹ |W|²) of the energy norm is S|W|². S averages over time with the
    wavelet's own Gaussian envelope exp(−t²/2s²), and over scales with a boxcar. Without it R² would be 1.

    Args:
        x, y: Signals of one shape and library.
        wavelet: As in `cwt`.
        octaves: Width of the average over scales; 0.6 is the decorrelation length of the Morlet wavelet.
        how: The other arguments of `cwt`, except norm: frequencies, fs, axis, voices, mode, impl.

    Returns:
        The smoothed spectra, with `.coherence` and `.phase` of shape (*batch, S, N). Differentiable.

    Raises:
        InvalidInput: signals of different shapes or libraries, octaves not positive, or as in `cwt`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal(1024)
        >>> c = sb.wavelet_coherence(x, -2 * x, frequencies=[0.05, 0.1])
        >>> c.coherence.round(6).min(), round(float(abs(c.phase).min()), 6)
        (np.float64(1.0), 3.141593)

    Source: C. Torrence, P. J. Webster, Interdecadal Changes in the ENSO–Monsoon System (1999), appendix;
    A. Grinsted, J. C. Moore, S. Jevrejeva, Application of the cross wavelet transform and wavelet coherence to
    geophysical time series (2004).

    See also: `coherence_significance`, `cross_spectrum`.
    """
    if "norm" in how:
        raise InvalidInput("coherence does not depend on the norm: leave norm out")
    octaves = number("octaves", octaves, "a positive number of octaves", above=0)
    a, b = _both(x, y, wavelet, how)
    xp = namespace(a.array)
    cross, first, second = (
        _smooth(product, a.spec, octaves)
        for product in (a.array * xp.conj(b.array), _power(a.array), _power(b.array))
    )
    return WaveletCoherence(cross, xp.sqrt(first) * xp.sqrt(second), a.spec, octaves)


def coherence_significance(
    c: WaveletCoherence,
    *,
    correlations: tuple[float, float] = (0.0, 0.0),
    level: float = 0.95,
    surrogates: int = 300,
    seed: int = 0,
) -> np.ndarray:
    """(S,) coherence that independent red noises exceed with probability 1 − level, by Monte Carlo.

    Args:
        c: A result of `wavelet_coherence`; only its parameters are used.
        correlations: Lag-1 autocorrelations of the two noises; the level hardly depends on them.
        level: Probability.
        surrogates: Pairs of random signals of the length of the data. The standard error of the level falls as
            1/√surrogates; it is largest at low frequencies, where a signal has few independent values.
        seed: Random seed.

    Returns:
        Levels; NaN at frequencies whose cone of influence covers the whole signal.

    Raises:
        InvalidInput: numbers out of range.

    Source: Grinsted, Moore, Jevrejeva 2004, §3.4.
    """
    level, correlations = plain_level(level), _pair("correlations", correlations)
    surrogates = integer("surrogates", surrogates, 1, what="a number of pairs of random signals")
    rng, spec = np.random.default_rng(integer("seed", seed, 0)), c.spec
    how = {"frequencies": spec.frequencies, "fs": spec.fs, "mode": spec.mode, "octaves": c.octaves}
    trusted = known(c.trusted)
    found = []
    for _ in range(surrogates):
        pair = (red_noise(spec.samples, correlation, rng) for correlation in correlations)
        found.append(wavelet_coherence(*pair, spec.wavelet, **how).coherence)
    rows = np.stack(found, axis=1)
    return np.array(
        [
            np.quantile(row[:, inside], level) if inside.any() else np.nan
            for row, inside in zip(rows, trusted, strict=True)
        ]
    )


def red_noise(samples: int, correlation: float, rng: np.random.Generator) -> np.ndarray:
    """(N,) stationary red noise of unit variance."""
    from scipy.signal import lfilter

    white = rng.standard_normal(samples)
    white[1:] *= np.sqrt(1 - correlation**2)  # the first value has the variance of all
    return lfilter([1.0], [1.0, -correlation], white)


def _both(
    x: Array, y: Array, wavelet: Any, how: dict[str, Any]
) -> tuple[ContinuousCoefficients, ContinuousCoefficients]:
    x, y = as_signal(x), as_signal(y, "y")
    if library(x) != library(y) or tuple(x.shape) != tuple(y.shape):
        raise InvalidInput(
            f"can't compare a {library(x)} array of shape {tuple(x.shape)} with a {library(y)} array of shape "
            f"{tuple(y.shape)}: give two signals of one shape and library"
        )
    a, b = cwt(x, wavelet, **how), cwt(y, wavelet, **how)
    if a.spec != b.spec:  # one real, one complex
        raise InvalidInput("can't compare a real signal with a complex one: convert one of them")
    return a, b


def _smooth(w: Array, spec: ContinuousSpec, octaves: float) -> Array:
    """(*batch, S, N) averaged over time, by a Gaussian of the wavelet's own duration, and over scales."""
    xp = namespace(w)
    real = not xp.isdtype(w.dtype, "complex floating")
    forward, inverse = (xp.fft.rfft, xp.fft.irfft) if real else (xp.fft.fft, xp.fft.ifft)
    n, size = spec.samples, 2 * spec.samples
    spectrum = for_any_batch(forward)(xp.concat([w, xp.flip(w, axis=-1)], axis=-1), n=size)
    omega = 2 * np.pi * spec.fs * (np.fft.rfftfreq(size) if real else np.fft.fftfreq(size))
    duration = spec.wavelet.e_folding / np.sqrt(2) * spec.scales
    response = constant(np.exp(-0.5 * (duration[:, None] * omega) ** 2), w)
    smooth = for_any_batch(inverse)(spectrum * response, n=size)[..., :n]
    boxcar = constant(_boxcar(spec.frequencies, octaves), w, is_complex=not real)
    return xp.matmul(boxcar, smooth)


def _boxcar(frequencies: tuple[float, ...], octaves: float) -> np.ndarray:
    """(S, S) weights of the mean over the scales within octaves/2 of each, on any grid of frequencies."""
    position = np.log2(np.abs(frequencies))
    order = np.argsort(position, kind="stable")
    edges = (position[order][1:] + position[order][:-1]) / 2
    low, high = np.empty(len(position)), np.empty(len(position))
    low[order], high[order] = np.append(-np.inf, edges), np.append(edges, np.inf)
    centre = position[:, None]
    # The first and the last cell end where a cell of the same half-width would.
    low, high = np.maximum(low, 2 * position - high), np.minimum(high, 2 * position - low)
    if len(position) == 1:
        return np.ones((1, 1))
    overlap = np.minimum(high, centre + octaves / 2) - np.maximum(low, centre - octaves / 2)
    same_side = np.sign(frequencies)[:, None] == np.sign(frequencies)
    weight = np.where(same_side, np.maximum(overlap, 0), 0)
    return weight / weight.sum(axis=1, keepdims=True)


def _power(w: Array) -> Array:
    xp = namespace(w)
    return xp.real(w * xp.conj(w)) if xp.isdtype(w.dtype, "complex floating") else w * w


def _angle(w: Array) -> Array:
    xp = namespace(w)
    if not xp.isdtype(w.dtype, "complex floating"):
        return xp.where(w < 0, xp.full_like(w, np.pi), xp.zeros_like(w))
    return xp.atan2(xp.imag(w), xp.real(w))


def _pair(name: str, values: Any) -> tuple[float, float]:
    if not isinstance(values, list | tuple) or len(values) != 2:
        raise InvalidInput(f"{name}={values!r}: give two numbers, one for each signal")
    first, second = (number(name, value, "a number for each signal") for value in values)
    return first, second
