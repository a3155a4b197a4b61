"""Wavelet covariance and correlation of two series, scale by scale (Whitcher, Guttorp & Percival 2000)."""

from dataclasses import dataclass
from typing import final

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.namespace import Array, library, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.transforms.stationary.by_level import (
    ByLevel,
    as_series,
    counts,
    like,
    maximal_overlap,
    mean_product,
    settings,
    sizes,
)
from subband.transforms.wavelets.spec import Wavelets


@final
@pytree("array", "lower", "upper", "correlation", "correlation_lower", "correlation_upper")
@dataclass(frozen=True, eq=False, repr=False)
class WaveletCovariance(ByLevel):
    """Wavelet covariances and correlations of two series, returned by `wavelet_covariance`. The finest level first.

    Attributes:
        array: (*batch, J) covariance at each level.
        spec: Parameters of the transform.
        fs: Sampling rate in hertz.
        mode: Treatment of the ends.
        confidence: Probability of the intervals.
        lower, upper: (*batch, J) ends of the interval of the covariance.
        correlation: (*batch, J) correlation at each level, −1 to 1; 0 where a series has no power.
        correlation_lower, correlation_upper: (*batch, J) ends of its interval.

    See also: `wavelet_variance`.
    """

    lower: Array
    upper: Array
    correlation: Array
    correlation_lower: Array
    correlation_upper: Array


def wavelet_covariance(
    x: Array,
    y: Array,
    wavelet: Wavelets = "haar",
    *,
    level: int | None = None,
    axis: int = -1,
    fs: float = 1.0,
    mode: str = "interior",
    confidence: float = 0.95,
) -> WaveletCovariance:
    """Wavelet covariance and correlation of two series at each scale τⱼ = 2^(j−1)/fs.

        γ(τⱼ) = 1/Mⱼ Σ W̃_x,ⱼ[n] W̃_y,ⱼ[n],    ρ(τⱼ) = γ(τⱼ) / √(ν²_x(τⱼ) ν²_y(τⱼ)),

    with maximal-overlap coefficients as in `wavelet_variance`. Covariances of all levels sum to that of the series.

    Intervals: γ̂ ± Φ⁻¹(1 − p) √(Â/M), with the product of both periodograms, Â = ∫ Ŝ_x Ŝ_y df. Its mean is
    ∫ S_x S_y + |S_xy|² df, and M times the variance of γ̂ is ∫ S_x S_y + Re S_xy² df: the same for series without a
    lag between them, and less for others. For ρ, tanh(atanh ρ̂ ± Φ⁻¹(1 − p)/√(Mⱼ/2ʲ − 3)), Fisher's z with as many
    values as a decimated transform has; −1 to 1 where these are 3 or fewer.

    Args:
        x, y: (…) real series of one shape and library.
        wavelet, level, axis, fs, mode: As in `wavelet_variance`.
        confidence: Probability 1 − 2p of the intervals.

    Returns:
        Covariances (*batch, J) as `.array`, with `.lower` and `.upper`; `.correlation`, with `.correlation_lower`
        and `.correlation_upper`; and the `.scales`, `.periods` and `.bands` that they belong to. Differentiable.

    Raises:
        InvalidInput: series of different shapes, libraries or dtypes, or as in `wavelet_variance`.
        UnsupportedArray: an array of another library, or a dtype that can't be filtered.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x, z = np.random.default_rng(0).standard_normal((2, 4096))
        >>> c = sb.wavelet_covariance(x, x + z, "sym4", level=3)
        >>> bool(np.all((c.correlation_lower < 0.5**0.5) & (c.correlation_upper > 0.5**0.5)))
        True

    Source: B. Whitcher, P. Guttorp, D. B. Percival, Wavelet analysis of covariance with application to atmospheric
    time series (2000).

    See also: `wavelet_variance`, `wavelet_coherence`.
    """
    x, unit, counted = as_series(x, axis)
    y, other, _ = as_series(y, axis, "y")
    if library(x) != library(y) or tuple(x.shape) != tuple(y.shape) or x.dtype != y.dtype:
        raise InvalidInput(
            f"can't compare x, {x.dtype} of {library(x)} of shape {tuple(x.shape)}, with y, {y.dtype} of "
            f"{library(y)} of shape {tuple(y.shape)}: give two series of one shape, dtype and library"
        )
    spec, fs, mode, confidence = settings(x, wavelet, level, counted, fs, mode, confidence)
    xp = namespace(x)
    pairs = list(zip(*(maximal_overlap(series, spec, mode)[1] for series in (x, y)), strict=True))
    covariance, first, second = (
        xp.stack([xp.mean(v * w, axis=-1) for v, w in some], axis=-1)
        for some in (pairs, [(v, v) for v, _ in pairs], [(w, w) for _, w in pairs])
    )
    spread = xp.sqrt(xp.stack([mean_product(v, w) / v.shape[-1] for v, w in pairs], axis=-1))
    reach = _normal_quantile(confidence)
    there = (first > 0) & (second > 0)
    scale = xp.sqrt(xp.where(there, first, 1.0)) * xp.sqrt(xp.where(there, second, 1.0))
    correlation = xp.clip(xp.where(there, covariance / scale, 0.0), -1.0, 1.0)
    width = like(_fisher(*sizes(spec), mode, reach), covariance)
    below, above = _shifted(correlation, -width), _shifted(correlation, width)
    product = (unit * other)[..., None]
    return WaveletCovariance(
        covariance * product,
        *(spec, fs, mode, confidence),
        (covariance - reach * spread) * product,
        (covariance + reach * spread) * product,
        correlation,
        below,
        above,
    )


@static
def _normal_quantile(confidence: float) -> float:
    """Standard deviations from the mean within which a normal variable lies with this probability."""
    from statistics import NormalDist  # here, since its imports take 5 ms of any first call

    return NormalDist().inv_cdf((1 + confidence) / 2)


@static
def _fisher(samples: int, taps: int, level: int, mode: str, reach: float) -> np.ndarray:
    """(J,) tanh of the half-width of the interval of Fisher's z, whose variance is 1/(n − 3) for n values."""
    values = counts(samples, taps, level, mode) / 2.0 ** np.arange(1, level + 1)
    return np.where(values > 3, np.tanh(reach / np.sqrt(np.maximum(values - 3, 1e-9))), 1.0)


def _shifted(correlation: Array, t: Array) -> Array:
    """tanh(atanh ρ + atanh t), without infinities where |ρ| is 1; t where |t| is 1, of which nothing is known."""
    xp = namespace(t)
    whole = abs(correlation) == 1
    inside = xp.where(whole, 0.0, correlation)
    moved = xp.where(whole, correlation, (inside + t) / (1 + inside * t))
    return xp.where(abs(t) == 1, t, moved)
