"""Threshold rules for wavelet coefficients in white Gaussian noise.

Each rule maps the details of one sub-band, (…, n), and the standard deviation of their noise, (…), to a threshold
per signal, (…). The wavelet is assumed orthonormal, so the noise has the same deviation in all sub-bands.
"""

from collections.abc import Callable
from math import inf, log, log2, sqrt

from subband.arrays.namespace import Array, device_of, namespace


def universal_threshold(details: Array, sigma: Array, samples: int) -> Array:
    """VisuShrink: T = σ √(2 ln N) (Donoho & Johnstone 1994).

    The maximum of N noise coefficients is below it with a probability that tends to 1.

    Args:
        details: (…, n); unused, as the threshold is the same in all sub-bands.
        sigma: (…) standard deviation of the noise.
        samples: Number of samples N of the signal.

    Returns:
        (…) thresholds.
    """
    return sigma * sqrt(2 * log(samples))


def bayes_threshold(details: Array, sigma: Array, samples: int) -> Array:
    """BayesShrink: T = σ² / √(E[d²] − σ²) (Chang, Yu & Vetterli 2000).

    Close to the minimiser of the Bayes risk of soft thresholding for generalised Gaussian coefficients; infinite
    if E[d²] ≤ σ².

    Args:
        details: (…, n) coefficients of one sub-band.
        sigma: (…) standard deviation of the noise.
        samples: Unused, as the threshold depends on the sub-band only.

    Returns:
        (…) thresholds.
    """
    xp = namespace(details)
    signal = xp.mean(details * details, axis=-1) - sigma * sigma
    absent = signal <= 0
    deviation = xp.sqrt(xp.where(absent, xp.ones_like(signal), signal))
    return xp.where(absent, xp.full_like(signal, inf), sigma * sigma / deviation)


def sure_threshold(details: Array, sigma: Array, samples: int) -> Array:
    """SureShrink: the soft threshold of minimal estimated risk (Donoho & Johnstone 1995, §2).

    For u = |d|/σ, Stein's unbiased estimate SURE(t) = n − 2·#{u ≤ t} + Σ min(u, t)² is minimal at t = 0 or at
    one of the u; candidates above √(2 ln n) are excluded. If the sub-band is too sparse for a reliable estimate,
    (‖u‖² − n)/n ≤ log₂(n)^(3/2)/√n, the universal threshold √(2 ln n) is used.

    Args:
        details: (…, n) coefficients of one sub-band.
        sigma: (…) standard deviation of the noise.
        samples: Unused, as the threshold depends on the sub-band only.

    Returns:
        (…) thresholds.
    """
    xp, n = namespace(details), details.shape[-1]
    device = device_of(details)
    universal = sqrt(2 * log(n))
    silent = sigma <= 0
    scale = xp.where(silent, xp.ones_like(sigma), sigma)
    u = xp.sort(xp.abs(details), axis=-1) / scale[..., None]
    u = xp.concat([xp.zeros_like(u[..., :1]), u], axis=-1)  # t = 0, which contributes nothing to the sums
    below = xp.arange(n + 1, dtype=u.dtype, **device)
    risk = n - 2 * below + xp.cumulative_sum(u * u, axis=-1) + (n - below) * u * u
    risk = xp.where(u > universal, xp.full_like(risk, inf), risk)
    best = xp.min(xp.where(risk > xp.min(risk, axis=-1, keepdims=True), xp.full_like(u, inf), u), axis=-1)
    sparse = xp.sum(u * u, axis=-1) / n - 1 <= log2(n) ** 1.5 / sqrt(n)
    t = scale * xp.where(sparse, xp.full_like(best, universal), best)
    return xp.where(silent, xp.zeros_like(t), t)


RULES: dict[str, Callable[[Array, Array, int], Array]] = {
    "bayes": bayes_threshold,
    "visu": universal_threshold,
    "sure": sure_threshold,
}
"""Threshold rules of `denoise` by name."""
