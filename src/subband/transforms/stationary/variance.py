"""Wavelet variance: the variance of a series by scale, with confidence intervals (Percival & Walden 2000)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice
from subband.arrays.compilers import static
from subband.arrays.concrete import values
from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.transforms.stationary.by_level import (
    ByLevel,
    as_series,
    counts,
    like,
    maximal_overlap,
    mean_product,
    one_wavelet,
    settings,
    sizes,
)
from subband.transforms.wavelets.filters import Wavelet
from subband.transforms.wavelets.spec import Spec, Wavelets

FREEDOMS = ("eta3", "eta1")
INTERVALS = ("chi2", "gaussian")
Spectrum = Callable[[np.ndarray], Any]


@final
@pytree("array", "approx", "freedom", "lower", "upper")
@dataclass(frozen=True, eq=False, repr=False)
class WaveletVariance(ByLevel):
    """Wavelet variances of series, returned by `wavelet_variance`. The finest level is the first.

    Attributes:
        array: (*batch, J) variance ν² at each level.
        spec: Parameters of the transform.
        fs: Sampling rate in hertz.
        mode: Treatment of the ends.
        confidence: Probability of the interval.
        approx: (*batch,) variance of the scaling coefficients of level J: that of all coarser scales.
        freedom: (*batch, J) equivalent degrees of freedom η.
        lower, upper: (*batch, J) ends of the confidence interval.

    See also: `wavelet_covariance`.
    """

    approx: Array
    freedom: Array
    lower: Array
    upper: Array


def wavelet_variance(
    x: Array,
    wavelet: Wavelets = "haar",
    *,
    level: int | None = None,
    axis: int = -1,
    fs: float = 1.0,
    mode: str = "interior",
    freedom: str | Spectrum = "eta3",
    interval: str = "chi2",
    confidence: float = 0.95,
) -> WaveletVariance:
    """Wavelet variance: how much of a series' variance comes from changes over each scale τⱼ = 2^(j−1)/fs.

        ν²(τⱼ) = 1/Mⱼ Σ W̃ⱼ[n]²,  with the maximal-overlap coefficients W̃ⱼ, which are those of `swt` with norm "l1".

    Level j covers about fs/2^(j+1) to fs/2^j hertz. The sum over all levels is the variance of the series; white
    noise has ν² = σ²/2ʲ. A wavelet of L taps contains L/2 differences ("db", "sym"), so that polynomial trends of
    lower degree do not matter, and only the differences need be stationary. With "haar", 2ν² is the Allan variance.

    The confidence interval is [η ν̂²/Q(1 − p), η ν̂²/Q(p)] with quantiles Q of χ² at η degrees of freedom.

    Args:
        x: (…) real series of NumPy, PyTorch or JAX; integers become floating.
        wavelet: An orthogonal wavelet: a name, a `Wavelet` or four filters.
        level: Number of levels J; by default all whose filter, of Lⱼ = (2ʲ − 1)(L − 1) + 1 taps, is no longer than
            the series.
        axis: The axis of time.
        fs: Sampling rate in hertz.
        mode: "interior": only the Mⱼ = N − Lⱼ + 1 coefficients without influence of the ends; unbiased. "periodic":
            all N of the periodic series, of which levels and `approx` sum to the sample variance exactly; biased
            where its ends differ. "symmetric": all of the mirrored series.
        freedom: η. "eta3", max(Mⱼ/2ʲ, 1), is for spectra that are nearly flat within an octave, and wide enough for
            short series. "eta1" is estimated from the autocovariance of the coefficients, for Mⱼ of 128 or more. A
            function of frequencies (K,) in hertz that gives a known spectrum up to a factor, such as
            lambda f: f**-2.0, makes it η₂.
        interval: "chi2", or "gaussian" for ν̂² (1 ± Φ⁻¹(1 − p) √(2/η)), its limit for large η, cut off at 0.
        confidence: Probability 1 − 2p of the interval.

    Returns:
        Variances (*batch, J) as `.array`, with `.lower`, `.upper`, `.freedom`, and the `.scales`, `.periods` and
        `.bands` that they belong to. Differentiable, with the degrees of freedom as constants.

    Raises:
        InvalidInput: complex, NaN or infinite samples, a wavelet that is not orthogonal, too many levels for the
            length, an unknown mode, freedom or interval, a spectrum that is not positive, or "eta1" of an array
            that is being traced.
        UnsupportedArray: an array of another library, or a dtype that can't be filtered.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal(4096)
        >>> v = sb.wavelet_variance(x, "sym4", level=3)
        >>> bool(np.all((v.lower < [1 / 2, 1 / 4, 1 / 8]) & (v.upper > [1 / 2, 1 / 4, 1 / 8])))
        True

    Source: D. B. Percival, A. T. Walden, Wavelet Methods for Time Series Analysis (2000), §8.3 and §8.4;
    D. B. Percival, On estimation of the wavelet variance (1995).

    See also: `wavelet_covariance`, `swt`, `mra`.
    """
    interval = choice("interval", interval, INTERVALS)
    if not callable(freedom):
        freedom = choice(
            "freedom", freedom, FREEDOMS, ", or a function that gives the spectrum at frequencies"
        )
    x, unit, axis = as_series(x, axis)
    spec, fs, mode, confidence = settings(x, wavelet, level, axis, fs, mode, confidence)
    approx, details = maximal_overlap(x, spec, mode)
    xp = namespace(x)
    variance = xp.stack([xp.mean(w * w, axis=-1) for w in details], axis=-1)
    centred = approx - xp.mean(approx, axis=-1, keepdims=True)
    if freedom == "eta3":
        eta, below, above = _of_counts(*sizes(spec), mode, interval, confidence)
    else:
        eta = _freedom(freedom, details, spec, fs, mode)
        below, above = _factors(eta, interval, confidence)
    power = (unit * unit)[..., None]
    return WaveletVariance(
        variance * power,
        spec,
        fs,
        mode,
        confidence,
        xp.mean(centred * centred, axis=-1) * unit * unit,
        xp.zeros_like(variance) + like(eta, variance),
        variance * like(below, variance) * power,
        variance * like(above, variance) * power,
    )


@static
def _of_counts(
    samples: int, taps: int, level: int, mode: str, interval: str, confidence: float
) -> np.ndarray:
    """(3, J) η₃ and the ends of its interval over the estimate (Percival & Walden 2000, eq. 314c)."""
    eta = np.maximum(counts(samples, taps, level, mode) / 2.0 ** np.arange(1, level + 1), 1.0)
    return np.stack([eta, *_factors(eta, interval, confidence)])


def _freedom(
    freedom: str | Spectrum, details: Sequence[Array], spec: Spec, fs: float, mode: str
) -> np.ndarray:
    """(J,) η₂ of a spectrum or (*batch, J) η₁ of the coefficients, at least 1."""
    used = counts(*sizes(spec), mode).tolist()
    if callable(freedom):
        w = one_wavelet(spec)
        eta = [_of_spectrum(freedom, w, level, count, fs) for level, count in enumerate(used, start=1)]
    else:
        own = [w[..., :count] for w, count in zip(details, used, strict=True)]
        eta = np.stack([_of_coefficients(w) for w in own], axis=-1)
    return np.maximum(eta, 1.0)


def _of_coefficients(w: Array) -> np.ndarray:
    """(…, M) → (…,) η₁ = M ν̂⁴/Â with  = ½ Σ ŝ(τ)² over all lags (Percival & Walden 2000, §8.4).

    The half is for the variance of periodograms, whose squares have twice the square of the spectrum as mean.
    """
    xp, count = namespace(w), w.shape[-1]
    power, spread = values(xp.mean(w * w, axis=-1)), values(mean_product(w, w)) / 2
    return count * power**2 / np.where(spread > 0, spread, 1)


def _of_spectrum(spectrum: Spectrum, w: Wavelet, level: int, count: int, fs: float) -> float:
    """η₂ (Percival & Walden 2000, eq. 314): 2 (Σₖ Cₖ)² / Σₖ Cₖ² with the spectrum C of the coefficients."""
    frequencies = np.arange(1, (count - 1) // 2 + 1) / count
    if len(frequencies) == 0:
        return 1.0
    given = spectrum(fs * frequencies)
    try:
        shape = np.broadcast_to(np.asarray(given, dtype=float), frequencies.shape)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidInput(
            f"freedom gave a {type(given).__name__} as the spectrum at {len(frequencies)} frequencies: give a "
            "function of an array of hertz to as many numbers"
        ) from error
    if not (np.isfinite(shape).all() and (shape >= 0).all() and shape.any()):
        raise InvalidInput(
            "freedom gave a spectrum that is not positive and finite at all frequencies above 0"
        )
    power = shape / shape.max() * squared_gain(w, level, frequencies)
    return float(2 * power.sum() ** 2 / np.sum(power**2))


def squared_gain(w: Wavelet, level: int, frequencies: np.ndarray) -> np.ndarray:
    """|H̃ⱼ(f)|² of the maximal-overlap wavelet filter of a level, at frequencies in cycles a sample."""

    def power(taps: Sequence[float], f: np.ndarray) -> np.ndarray:
        return np.abs(np.exp(-2j * np.pi * f[:, None] * np.arange(len(taps))) @ np.asarray(taps)) ** 2 / 2

    gain = power(w.dec_hi, 2 ** (level - 1) * frequencies)
    for j in range(level - 1):
        gain = gain * power(w.dec_lo, 2**j * frequencies)
    return gain


def _factors(eta: np.ndarray, interval: str, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the confidence interval over the estimate."""
    from scipy.special import chdtri, ndtri

    tail = (1 - confidence) / 2
    if interval == "chi2":
        return eta / chdtri(eta, tail), eta / chdtri(eta, 1 - tail)
    reach = -ndtri(tail) * np.sqrt(2 / eta)
    return np.maximum(1 - reach, 0), 1 + reach
