"""Significance of wavelet power and cross-wavelet power against red noise, by the chi-square laws."""

from functools import partial
from typing import Any

import numpy as np

from subband.arrays.arguments import number
from subband.arrays.compilers import static
from subband.errors import InvalidInput
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.spec import ContinuousSpec

MOST_CORRELATION = 1 - 1e-6
"""Largest lag-1 autocorrelation of red noise; at 1 its variance is infinite."""


def red_noise_power(frequencies: Any, correlation: float, *, fs: float = 1.0) -> np.ndarray:
    """Power spectrum of red noise of unit variance: P(f) = (1 − α²) / (1 + α² − 2α cos 2πf/fs).

    Red noise is the process xₙ = α xₙ₋₁ + zₙ with white zₙ. White noise, α = 0, has P = 1.

    Args:
        frequencies: (…) frequencies in hertz.
        correlation: Lag-1 autocorrelation α, from −1 to 1.
        fs: Sampling rate in hertz.

    Returns:
        (…) power, of mean 1 over all frequencies.

    Raises:
        InvalidInput: a correlation that is not between −1 and 1, or fs not positive.

    Example:
        >>> import subband as sb
        >>> sb.red_noise_power([0.0, 0.5], 0.5).round(3).tolist()
        [3.0, 0.333]

    Source: C. Torrence, G. P. Compo, A Practical Guide to Wavelet Analysis (1998), eq. 16.

    See also: `power_significance`.
    """
    alpha = plain_correlation(correlation)
    fs = number("fs", fs, "a positive number of samples a second", above=0)
    turn = 2 * np.pi * np.asarray(frequencies, dtype=float) / fs
    return (1 - alpha**2) / (1 + alpha**2 - 2 * alpha * np.cos(turn))


def power_significance(
    c: ContinuousCoefficients, *, variance: float = 1.0, correlation: float = 0.0, level: float = 0.95
) -> np.ndarray:
    """Wavelet power |W|² that red noise exceeds with probability 1 − level, at each frequency.

    At one time and frequency |W|² / E|W|² of Gaussian noise is distributed as χ²_ν/ν, with ν = 2 for an analytic
    wavelet and ν = 1 for a real one. With norm "l2", E|W|² = σ² P(f), the spectrum of `red_noise_power`.

    Args:
        c: Coefficients of `cwt`; only their parameters are used.
        variance: Variance σ² of the noise, usually that of the signal.
        correlation: Lag-1 autocorrelation α of the noise, usually that of the signal; 0 for white noise.
        level: Probability, e.g. 0.95.

    Returns:
        (S,) levels, to be compared with |c.array|².

    Raises:
        InvalidInput: coefficients of another type, or numbers out of range.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> c = sb.cwt(np.ones(256), frequencies=[0.1], norm="l2")
        >>> sb.power_significance(c).round(3).tolist()
        [2.996]

    Source: Torrence & Compo 1998, eq. 18.

    See also: `wavelet_coherence`, `cross_spectrum`.
    """
    from scipy.special import chdtri

    if not isinstance(c, ContinuousCoefficients):
        raise InvalidInput(f"can't say what is significant in a {type(c).__name__}: give what cwt returned")
    variance = number("variance", variance, "a variance, 0 or more", low=0)
    freedom = degrees_of_freedom(c.spec)
    return variance * _expected(c.spec, correlation) * chdtri(freedom, 1 - plain_level(level)) / freedom


def cross_significance(
    spec: ContinuousSpec, deviations: tuple[float, float], correlations: tuple[float, float], level: float
) -> np.ndarray:
    """(S,) |W_x W_y*| that independent red noises exceed with probability 1 − level (Torrence & Compo, eq. 31)."""
    powers = [_expected(spec, alpha) for alpha in correlations]
    freedom = degrees_of_freedom(spec)
    return (
        np.prod(deviations)
        * np.sqrt(powers[0] * powers[1])
        * product_quantile(freedom, plain_level(level))
        / freedom
    )


@partial(static)
def product_quantile(freedom: int, level: float) -> float:
    """Z with P(√(χ²_ν χ²_ν) < Z) = level, for independent chi-square variables of ν = 1 or 2 degrees of freedom.

    The density is 2^(2−ν) z^(ν−1) K₀(z) / Γ(ν/2)². For ν = 2 the probability is 1 − z K₁(z).
    """
    from scipy.integrate import quad
    from scipy.optimize import brentq
    from scipy.special import k0, k1

    def probability(z: float) -> float:
        return 1 - z * k1(z) if freedom == 2 else 2 / np.pi * quad(k0, 0, z)[0]

    return float(brentq(lambda z: probability(z) - level, 1e-9, 200.0))  # pyright: ignore[reportArgumentType]


def degrees_of_freedom(spec: ContinuousSpec) -> int:
    """ν of |W|² at one time: 2 for complex coefficients, 1 for real ones."""
    return 2 if spec.wavelet.analytic else 1


def _expected(spec: ContinuousSpec, correlation: float) -> np.ndarray:
    """(S,) E|W|² for red noise of unit variance."""
    power = red_noise_power(np.abs(spec.frequencies), correlation, fs=spec.fs)
    unit = ContinuousSpec(**{**vars(spec), "norm": "l2"}).gains
    return power * (spec.gains / unit) ** 2


def plain_correlation(value: Any) -> float:
    """A validated lag-1 autocorrelation."""
    given = number("correlation", value, "a lag-1 autocorrelation from −1 to 1", low=-1)
    if given > 1:
        raise InvalidInput(f"correlation={given:g}: give a lag-1 autocorrelation from −1 to 1")
    return max(-MOST_CORRELATION, min(MOST_CORRELATION, given))


def plain_level(level: Any) -> float:
    """A validated probability."""
    given = number("level", level, "a probability between 0 and 1, e.g. 0.95", above=0)
    if given >= 1:
        raise InvalidInput(f"level={given:g}: give a probability between 0 and 1, e.g. 0.95")
    return given
