"""Red noise, the null hypothesis of significance tests: its spectrum, its estimate from data, and samples of it."""

from dataclasses import dataclass
from math import inf
from typing import Any, final

import numpy as np

from subband.arrays.arguments import LONGEST, integer, number, shown
from subband.arrays.axes import count_axis
from subband.arrays.concrete import values
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput

MOST_CORRELATION = 1 - 1e-6
"""Largest lag-1 autocorrelation of red noise; at 1 its variance is infinite."""

FEWEST = 8
"""Fewest samples from which red noise is estimated."""

Numbers = Any
"""A number, or one for each signal of a batch."""


@final
@dataclass(frozen=True, eq=False)
class RedNoise:
    """Gaussian red noise, the autoregressive process of order 1: xₙ = α xₙ₋₁ + zₙ with white zₙ.

    Attributes:
        variance: σ² of x: a number, or (*batch,) one for each signal.
        correlation: Lag-1 autocorrelation α, from −1 to 1; 0 for white noise.

    Raises:
        InvalidInput: a negative variance, or a correlation out of range.

    Example:
        >>> import subband as sb
        >>> sb.RedNoise(correlation=0.5).spectrum([0.0, 0.5]).round(3).tolist()
        [3.0, 0.333]

    See also: `fit_red_noise`, `power_significance`, `coherence_significance`.
    """

    variance: Numbers = 1.0
    correlation: Numbers = 0.0

    def __post_init__(self) -> None:
        variance = _numbers("variance", self.variance, "a variance, 0 or more", 0, inf)
        correlation = _numbers("correlation", self.correlation, "a lag-1 autocorrelation from −1 to 1", -1, 1)
        object.__setattr__(self, "variance", variance)
        object.__setattr__(self, "correlation", correlation)

    def spectrum(self, frequencies: Any, *, fs: float = 1.0) -> np.ndarray:
        """Power spectrum σ² (1 − α²) / (1 + α² − 2α cos 2πf/fs), of mean σ² over all frequencies.

        Args:
            frequencies: (F,) frequencies in hertz.
            fs: Sampling rate in hertz.

        Returns:
            (*batch, F) power, in NumPy.

        Raises:
            InvalidInput: frequencies that are not real numbers, or fs not positive.

        Source: Torrence & Compo 1998, eq. 16.
        """
        fs = number("fs", fs, "a positive number of samples a second", above=0)
        turn = 2 * np.pi * _numbers("frequencies", frequencies, "a list of hertz", -inf, inf) / fs
        alpha = np.clip(self.correlation, -MOST_CORRELATION, MOST_CORRELATION)[..., None]
        spectrum = (1 - alpha**2) / (1 + alpha**2 - 2 * alpha * np.cos(turn))
        return np.asarray(self.variance)[..., None] * spectrum

    def draw(self, samples: int, *, seed: Any = 0) -> np.ndarray:
        """Stationary samples, (*batch, N) in NumPy.

        Args:
            samples: N, 1 or more.
            seed: A whole number, or a `numpy.random.Generator`.

        Raises:
            InvalidInput: another number of samples, or another seed.
        """
        samples = integer("samples", samples, 1, LONGEST)
        rng = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(plain_seed(seed))
        variance, correlation = np.broadcast_arrays(self.variance, self.correlation)
        alpha = np.clip(correlation, -MOST_CORRELATION, MOST_CORRELATION)[..., None]
        x = rng.standard_normal((*variance.shape, samples))
        x[..., 1:] *= np.sqrt(1 - alpha**2)  # the first sample has the variance of all
        # Σₖ αᵏ z⁻ᵏ = Πⱼ (1 + α^(2ʲ) z^(−2ʲ))
        shift, power = 1, alpha
        while shift < samples and np.abs(power).max(initial=0) > 1e-20:
            x[..., shift:] = x[..., shift:] + power * x[..., :-shift]
            shift, power = 2 * shift, power * power
        return np.sqrt(variance)[..., None] * x


def fit_red_noise(x: Array, *, axis: int = -1) -> RedNoise:
    """Estimate the variance and the lag-1 autocorrelation of red noise from signals, each less its mean.

    The estimate r = c₁/c₀ of the autocorrelation is too low in short signals, as their own mean is subtracted. α is
    the value for which red noise of this length has E c₁ / E c₀ − 2α/N = r, with expectations that include the
    variance of the mean; the last term is the bias of the ratio. The variance is
    corrected likewise.

    α is at most 1 − 1/N, which signals with a trend reach: subtract it, or take differences, first.

    Args:
        x: (…) real signals, of NumPy, PyTorch or JAX.
        axis: The axis of time, of 8 samples or more.

    Returns:
        The noise, whose fields are of shape (*batch,), or numbers for one signal.

    Raises:
        InvalidInput: too few samples, complex or non-finite ones, or a constant signal.

    Example:
        >>> import subband as sb
        >>> x = sb.RedNoise(variance=4.0, correlation=0.7).draw(20_000)
        >>> noise = sb.fit_red_noise(x)
        >>> round(noise.variance, 1), round(noise.correlation, 1)
        (4.0, 0.7)

    Source: M. R. Allen, L. A. Smith, Monte Carlo SSA: detecting irregular oscillations in the presence of colored
    noise (1996), appendix, for the expectations; F. H. C. Marriott, J. A. Pope, Bias in the estimation of
    autocorrelations (1954), for the ratio.

    See also: `RedNoise`.
    """
    x = as_signal(x)
    if namespace(x).isdtype(x.dtype, "complex floating"):
        raise InvalidInput("x is complex, and red noise is real: fit its real and its imaginary part")
    given = np.moveaxis(values(x), count_axis(axis, tuple(x.shape)), -1)
    n = given.shape[-1]
    if n < FEWEST:
        raise InvalidInput(f"can't estimate red noise from {n} samples of x: give {FEWEST} or more")
    if not np.isfinite(given).all():
        raise InvalidInput("x has samples that are NaN or infinite: fill the gaps first")
    scale = np.max(np.abs(given), axis=-1, keepdims=True)
    centred = given / np.where(scale > 0, scale, 1)
    centred = centred - centred.mean(axis=-1, keepdims=True)
    c0 = np.mean(centred**2, axis=-1)
    if np.any(c0 <= (8 * np.finfo(float).eps) ** 2):
        raise InvalidInput("x has a constant signal, without an autocorrelation: leave it out")
    ratio = np.sum(centred[..., 1:] * centred[..., :-1], axis=-1) / (n * c0)
    alpha = _solve(ratio, n)
    variance = scale[..., 0] ** 2 * c0 / (1 - _of_mean(alpha, n)[0])
    return RedNoise(variance, alpha)


def _solve(ratio: np.ndarray, n: int) -> np.ndarray:
    """α with the expected ratio, by bisection, −1 + 1/n to 1 − 1/n."""
    low, high = np.full(ratio.shape, -1 + 1 / n), np.full(ratio.shape, 1 - 1 / n)
    for _ in range(60):
        middle = (low + high) / 2
        below = _expected_ratio(middle, n) < ratio
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _expected_ratio(alpha: np.ndarray, n: int) -> np.ndarray:
    """E c₁/c₀ for red noise of n samples less their mean, to order 1/n."""
    of_mean, with_first = _of_mean(alpha, n)
    c0 = 1 - of_mean
    c1 = ((n - 1) * alpha - (n + 1) * of_mean + 2 * with_first) / n
    return c1 / c0 - 2 * alpha / n


def _of_mean(alpha: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Variance of the mean of n samples of unit variance, and its covariance with the first of them."""
    power = (1 - alpha**n) / (1 - alpha)
    return 1 / n + 2 * alpha * (n - power) / (n**2 * (1 - alpha)), power / n


def _numbers(name: str, given: Any, what: str, low: float, high: float) -> Any:
    """A number, or an array of numbers, from `low` to `high`."""
    if not isinstance(given, list | tuple) and getattr(given, "ndim", 0) == 0:
        found = number(name, given, what, low=low)
        if found > high:
            raise InvalidInput(f"{name}={shown(given)} must be {what}")
        return found
    try:
        found = np.asarray(given)
        if found.dtype.kind not in "iuf":
            raise TypeError
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidInput(f"{name}={shown(given)} must be {what}") from error
    found = found.astype(np.float64)
    if not (np.isfinite(found) & (low <= found) & (found <= high)).all():
        raise InvalidInput(f"{name}={shown(given)} must be {what}, for each signal")
    return found


def plain_seed(seed: Any) -> int:
    """A validated random seed."""
    return integer("seed", seed, 0)
