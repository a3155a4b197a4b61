"""Generalised Morse wavelets, and those of Paul, which are the ones with γ = 1."""

from dataclasses import dataclass
from math import expm1, inf, sqrt
from typing import final

import numpy as np

from subband.transforms.continuous.mothers.mother import Mother, positive, whole

MOST_ORDER = 1000
"""Largest order of `Paul`."""


@final
@dataclass(frozen=True)
class Morse(Mother):
    """Generalised Morse wavelet: ψ̂(ω) ∝ ω^β exp(−ω^γ) for ω > 0, else 0 (Lilly & Olhede 2009, eq. 3).

    Attributes:
        beta: β, the decay in time; the duration is √(βγ) radians of the peak frequency (β/γ)^(1/γ). MATLAB's
            time–bandwidth product is βγ.
        gamma: γ, the shape; the response is most symmetric for γ = 3.

    Raises:
        InvalidInput: beta or gamma not positive.

    Example:
        >>> import subband as sb
        >>> round(sb.Morse(beta=20, gamma=3).peak, 4)
        1.8821

    See also: `Paul`, `Morlet`, `cwt`.
    """

    beta: float = 20.0
    gamma: float = 3.0

    def __post_init__(self) -> None:
        positive(self, "beta", "gamma")

    @property
    def peak(self) -> float:
        return (self.beta / self.gamma) ** (1 / self.gamma)

    @property
    def e_folding(self) -> float:
        # Gaussian approximation at the peak: standard deviation √(βγ) / ω_peak in time.
        return sqrt(2 * self.beta * self.gamma) / self.peak

    def response(self, omega: np.ndarray) -> np.ndarray:
        u = np.asarray(omega) / self.peak
        with np.errstate(divide="ignore"):
            return np.exp(self.beta * (np.log(u) - (u**self.gamma - 1) / self.gamma))

    @property
    def time_width(self) -> float:
        # ψ decays as t^(−β−1), so the variance of |ψ|² is infinite for β ≤ ½.
        return super().time_width if self.beta > 0.5 else inf


@final
@dataclass(frozen=True)
class Paul(Mother):
    """Paul wavelet: ψ(t) ∝ (1 − it)^(−m−1), ψ̂(ω) ∝ ωᵐ e^−ω for ω > 0, else 0 (Torrence & Compo 1998, table 1).

    The same as `Morse(beta=m, gamma=1)`: short in time and wide in frequency. Frequencies are those of the peak,
    m / 2πs at scale s, as for all wavelets here; Torrence & Compo's Fourier period 4πs / (2m + 1) is that of the
    scale with the largest unit-energy coefficient.

    Attributes:
        order: m, 1 … 1000.

    Raises:
        InvalidInput: order out of range.

    Example:
        >>> import subband as sb
        >>> sb.Paul(4).peak
        4.0

    See also: `Morse`, `cwt`.
    """

    order: int = 4

    def __post_init__(self) -> None:
        whole(self, "order", MOST_ORDER)

    @property
    def peak(self) -> float:
        return float(self.order)

    @property
    def e_folding(self) -> float:
        # |ψ(t)| = (1 + t²)^(−(m+1)/2)
        return sqrt(expm1(2 / (self.order + 1)))

    def response(self, omega: np.ndarray) -> np.ndarray:
        u = np.asarray(omega) / self.peak
        with np.errstate(divide="ignore"):
            return np.exp(self.order * (np.log(u) - (u - 1)))
