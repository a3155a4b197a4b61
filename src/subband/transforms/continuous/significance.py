"""Significance of wavelet power and cross-wavelet power against red noise, by the chi-square laws."""

from functools import partial
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, number
from subband.arrays.compilers import static
from subband.arrays.namespace import Array, namespace
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.continuous.coefficients import ContinuousCoefficients, trusted_times
from subband.transforms.continuous.cross_spectrum import CrossSpectrum
from subband.transforms.continuous.cwt import constant
from subband.transforms.continuous.red_noise import RedNoise
from subband.transforms.continuous.spec import ContinuousSpec

AVERAGES = ("time", "frequency")


def average_power(c: ContinuousCoefficients, *, over: str = "time") -> Array:
    """Mean wavelet power |W|² over time, the global wavelet spectrum, or over the frequencies.

    Args:
        c: Coefficients of `cwt`.
        over: "time": outside the cone of influence (`c.trusted`). "frequency": over all frequencies of `c`, with
            equal weights on a logarithmic axis: the power in that band. With norm "l1" this is the scale-averaged
            power of Torrence & Compo, eq. 24, up to a constant.

    Returns:
        (*batch, S) over time, NaN where the cone covers the whole signal, or (*batch, N) over frequency.

    Raises:
        InvalidInput: coefficients of another type, or an unknown average.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> c = sb.cwt(3 * np.cos(np.arange(512)), frequencies=[0.5 / np.pi])
        >>> sb.average_power(c).round(1).tolist()
        [9.0]

    Source: Torrence & Compo 1998, eqs. 22 and 24.

    See also: `power_significance`.
    """
    over = choice("over", over, AVERAGES)
    _check(c)
    xp = namespace(c.array)
    # Squares of coefficients divided by their unit neither overflow nor vanish.
    unit = power_of_two(c.array, (c.array.ndim - 2, c.array.ndim - 1))
    w = c.array / unit
    power = xp.real(w * xp.conj(w)) if xp.isdtype(w.dtype, "complex floating") else w * w
    unit = unit[..., 0]
    if over == "frequency":
        weights = _octave_weights(c.spec)
        return xp.sum(power * constant(weights[:, None], power), axis=-2) * unit * unit
    counts = trusted_times(c.spec.numbers).sum(axis=1)
    inside = xp.where(c.trusted, power, xp.zeros_like(power))
    with np.errstate(divide="ignore"):
        shares = np.where(counts > 0, 1 / counts, np.nan)
    return xp.sum(inside, axis=-1) * constant(shares, power) * unit * unit


def power_significance(
    c: ContinuousCoefficients,
    noise: RedNoise | None = None,
    *,
    level: float = 0.95,
    average: str | None = None,
) -> np.ndarray:
    """Wavelet power |W|² that red noise exceeds with probability 1 − level.

    At one time and frequency |W|² / E|W|² of Gaussian noise is distributed as χ²_ν/ν, with ν = 2 for complex
    coefficients and ν = 1 for real ones. E|W|² is the spectrum of the noise weighted with the wavelet's |ψ̂|²; for
    white noise and norm "l2" it is σ².

    A mean over n times, or over several frequencies, has more degrees of freedom, ν · (Σ wᵢ Cᵢᵢ)² / Σᵢⱼ wᵢwⱼ |Cᵢⱼ|²
    for weights w and the covariance C of the noise's coefficients. For averages over time this is near
    Torrence & Compo's fit, ν √(1 + (n / γ s fs)²) with γ = 2.32 for Morlet.

    Args:
        c: Coefficients of `cwt`; only their parameters are used.
        noise: The null hypothesis, usually `fit_red_noise` of the signals; white noise of unit variance by default.
        level: Probability, e.g. 0.95. Of the values of noise, 1 − level exceed the result somewhere: for a test of
            many frequencies at once, divide 1 − level by their number.
        average: None for |W|² itself, "time" or "frequency" for results of `average_power`.

    Returns:
        (*batch, S) levels for |c.array|² or the average over time, with the batch of `noise`; (*batch,) for the
        average over frequencies. In NumPy. NaN where the cone of influence covers all times of an average.

    Raises:
        InvalidInput: arguments of another type, numbers out of range, or an unknown average.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> c = sb.cwt(np.ones(256), frequencies=[0.1], norm="l2")
        >>> sb.power_significance(c).round(3).tolist()  # χ²₂(95 %) / 2
        [2.996]

    Source: Torrence & Compo 1998, eqs. 17, 18, 23 and 28.

    See also: `average_power`, `fit_red_noise`, `coherence_significance`.
    """
    from scipy.special import chdtri

    _check(c)
    noise, level = plain_noise("noise", noise), plain_level(level)
    if average is not None:
        average = choice("average", average, AVERAGES, ", or None")
    expected, own = expected_power(c.spec, noise), degrees_of_freedom(c.spec)
    freedom: Any = own
    if average == "time":
        freedom = own * _independent_times(c.spec, noise)
    elif average == "frequency":
        freedom = own * _independent_frequencies(c.spec, noise)
        expected = expected @ _octave_weights(c.spec)
    return expected * chdtri(freedom, 1 - level) / freedom


def cross_spectrum_significance(
    c: CrossSpectrum,
    noises: tuple[RedNoise, RedNoise] | None = None,
    *,
    level: float = 0.95,
) -> np.ndarray:
    """Modulus of the cross-wavelet spectrum that independent red noises exceed with probability 1 − level.

    |W_x W_y*| / √(E|W_x|² E|W_y|²) of independent noises is distributed as √(χ²_ν χ²_ν)/ν, with Z₂(95 %) = 3.999.

    Args:
        c: A result of `cross_spectrum`; only its parameters are used.
        noises: Null hypotheses for x and y, usually `fit_red_noise` of each; white noises of unit variance by
            default.
        level: Probability.

    Returns:
        (*batch, S) levels for `c.power`, with the batch of the noises. In NumPy.

    Raises:
        InvalidInput: arguments of another type, or numbers out of range.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> c = sb.cross_spectrum(np.ones(256), np.ones(256), frequencies=[0.1], norm="l2")
        >>> sb.cross_spectrum_significance(c).round(2).tolist()  # Z₂(95 %) / 2
        [2.0]

    Source: Torrence & Compo 1998, eqs. 30 and 31.

    See also: `cross_spectrum`, `coherence_significance`.
    """
    if not isinstance(c, CrossSpectrum):
        raise InvalidInput(f"c is a {type(c).__name__}: give what cross_spectrum returned")
    first, second = (expected_power(c.spec, noise) for noise in plain_noises(noises))
    freedom = degrees_of_freedom(c.spec)
    return np.sqrt(first) * np.sqrt(second) * product_quantile(freedom, plain_level(level)) / freedom


@partial(static)
def product_quantile(freedom: int, level: float) -> float:
    """Z with P(√(χ²_ν χ²_ν) < Z) = level, for independent chi-square variables of ν = 1 or 2 degrees of freedom.

    The density is 2^(2−ν) z^(ν−1) K₀(z) / Γ(ν/2)². For ν = 2 the probability is 1 − z K₁(z), and for ν = 1 an
    integral of K₀.
    """
    from scipy.special import iti0k0, k1

    def missing(z: float) -> float:
        return z * k1(z) if freedom == 2 else 1 - 2 / np.pi * iti0k0(z)[1]

    low, high = 0.0, 1.0
    while missing(high) > 1 - level and high < 700:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if missing(middle) > 1 - level else (low, middle)
    return high


def degrees_of_freedom(spec: ContinuousSpec) -> int:
    """ν of |W|² at one time: 2 for complex coefficients, 1 for real ones."""
    return 2 if spec.wavelet.analytic or not spec.real else 1


def expected_power(spec: ContinuousSpec, noise: RedNoise) -> np.ndarray:
    """(*batch, S) E|W|² of the noise: its spectrum weighted with the squared responses."""
    bank, frequencies, steps = _bank(spec)
    return (noise.spectrum(frequencies, fs=spec.fs) * steps) @ (bank**2).T


def _bank(spec: ContinuousSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(S, U) amplitude responses on a logarithmic grid, (U,) its frequencies in hertz, (U,) its cells df/fs.

    Real coefficients of real signals have half the power of analytic ones of the same response.
    """
    lowest, step = min([abs(f) for f in spec.frequencies]), 0.005
    points = int(np.log(spec.fs / 2 / lowest * 4096) / step) + 1
    frequencies = spec.fs / 2 * np.exp(-step * (np.arange(points) + 0.5))
    bank = spec.wavelet.response(2 * np.pi * spec.scales[:, None] * frequencies)
    half = 1 if spec.wavelet.analytic else np.sqrt(0.5)
    return half * spec.gains[:, None] * bank, frequencies, step * frequencies / spec.fs


def _independent_times(spec: ContinuousSpec, noise: RedNoise) -> np.ndarray:
    """(*batch, S) n² / Σᵢⱼ |ρᵢⱼ|² for the n samples outside the cone, the number of independent ones."""
    size = 2 * spec.samples
    frequencies = np.fft.rfftfreq(size, 1 / spec.fs)
    spectrum = noise.spectrum(frequencies, fs=spec.fs)
    found = np.full((*spectrum.shape[:-1], len(spec.frequencies)), np.nan)
    for j, (scale, count) in enumerate(
        zip(spec.scales, trusted_times(spec.numbers).sum(axis=1), strict=True)
    ):
        if count == 0:
            continue
        density = spectrum * spec.wavelet.response(2 * np.pi * scale * frequencies) ** 2
        inverse = np.fft.ifft if spec.wavelet.analytic else np.fft.irfft
        covariance = np.abs(inverse(density, size))
        n = int(count)
        squares = (covariance[..., :n] / covariance[..., :1]) ** 2
        found[..., j] = n**2 / (n + 2 * np.sum((n - np.arange(1, n)) * squares[..., 1:], axis=-1))
    return found


def _independent_frequencies(spec: ContinuousSpec, noise: RedNoise) -> np.ndarray:
    """(*batch,) (Σ wᵢ Cᵢᵢ)² / Σᵢⱼ wᵢwⱼ Cᵢⱼ² for the average over frequencies."""
    bank, frequencies, steps = _bank(spec)
    bank, side = _octave_weights(spec)[:, None] ** 0.5 * bank, np.sign(spec.frequencies)
    power = noise.spectrum(frequencies, fs=spec.fs) * steps
    covariance = (power[..., None, :] * bank) @ bank.T
    if not spec.real and spec.wavelet.analytic:  # positive and negative frequencies are independent
        covariance = covariance * (side[:, None] == side)
    total = np.trace(covariance, axis1=-2, axis2=-1)
    return total**2 / np.sum(covariance**2, axis=(-2, -1))


def _octave_weights(spec: ContinuousSpec) -> np.ndarray:
    """(S,) shares of the frequencies in a mean over octaves: their cells on a logarithmic axis."""
    widths = spec.weights * spec.gains
    return widths / widths.sum()


def _check(c: Any) -> None:
    if not isinstance(c, ContinuousCoefficients):
        raise InvalidInput(f"c is a {type(c).__name__}: give the ContinuousCoefficients that cwt returned")


def plain_noise(name: str, noise: Any) -> RedNoise:
    """A validated noise; white noise of unit variance for None."""
    if noise is None:
        return RedNoise()
    if not isinstance(noise, RedNoise):
        raise InvalidInput(
            f"{name} is a {type(noise).__name__}: give a RedNoise, such as fit_red_noise(x) or "
            "RedNoise(variance=1.0, correlation=0.7)"
        )
    return noise


def plain_noises(noises: Any) -> tuple[RedNoise, RedNoise]:
    """Two validated noises."""
    if noises is None:
        return RedNoise(), RedNoise()
    if not isinstance(noises, list | tuple) or len(noises) != 2:
        raise InvalidInput(f"noises is a {type(noises).__name__}: give two, a RedNoise for x and one for y")
    first, second = (plain_noise("noises", noise) for noise in noises)
    return first, second


def plain_level(level: Any) -> float:
    """A validated probability."""
    given = number("level", level, "a probability between 0 and 1, e.g. 0.95", above=0)
    if given >= 1:
        raise InvalidInput(f"level={given:g}: give a probability between 0 and 1, e.g. 0.95")
    return given
