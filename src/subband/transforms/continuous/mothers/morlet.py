"""Morlet wavelets: oscillations in a Gaussian envelope, analytic or real."""

from dataclasses import dataclass
from math import expm1, sqrt, tanh
from typing import final

import numpy as np

from subband.arrays.compilers import static
from subband.transforms.continuous.mothers.mother import Mother, positive, root


@final
@dataclass(frozen=True)
class Morlet(Mother):
    """Analytic Morlet wavelet: ψ̂(ω) ∝ exp(−B(ω − ω₀)²/4) − exp(−B(ω² + ω₀²)/4) for ω > 0, else 0.

    In time it is exp(iω₀t − t²/B). The second term makes the mean zero, so any ω₀ > 0 is admissible (Morlet et al.
    1982; Torrence & Compo 1998, table 1, and PyWavelets omit it). The small response at negative frequencies is set
    to zero.

    Attributes:
        centre: ω₀ in radians per second; the wavelet has about ω₀/π oscillations for B = 2. Larger values give
            finer resolution in frequency and coarser resolution in time.
        bandwidth: B in seconds², twice the variance of the envelope. Only ω₀√B changes the shape.
            PyWavelets' and MATLAB's "cmorB-C" is `Morlet(2πC, B)`.

    Raises:
        InvalidInput: centre or bandwidth not positive.

    Example:
        >>> import subband as sb
        >>> round(sb.Morlet(6.0).frequency(1.0), 4)
        0.9549

    See also: `RealMorlet`, `Morse`, `cwt`.
    """

    centre: float = 6.0
    bandwidth: float = 2.0

    def __post_init__(self) -> None:
        positive(self, "centre", "bandwidth")

    @property
    def _deviation(self) -> float:
        """Standard deviation of the envelope in seconds."""
        return sqrt(self.bandwidth / 2)

    @property
    def peak(self) -> float:
        return _peak(self.centre * self._deviation) / self._deviation

    @property
    def e_folding(self) -> float:
        return sqrt(self.bandwidth)

    def response(self, omega: np.ndarray) -> np.ndarray:
        centre = self.centre * self._deviation

        def bump(w):
            return np.exp(-0.5 * (w - centre) ** 2) * -np.expm1(-centre * w)

        return bump(self._deviation * omega) / bump(_peak(centre))


@final
@dataclass(frozen=True)
class RealMorlet(Mother):
    """Real Morlet wavelet: ψ(t) ∝ exp(−t²/2) (cos ω₀t + m), PyWavelets' and MATLAB's "morl" for ω₀ = 5.

    The constant m makes the mean zero, which PyWavelets' is to 10⁻⁵:
    ψ̂(ω) ∝ exp(−(ω − ω₀)²/2) + exp(−(ω + ω₀)²/2) − 2 exp(−(ω² + ω₀²)/2) at ω of either sign.

    Attributes:
        centre: ω₀ in radians per second.

    Raises:
        InvalidInput: centre not positive.

    Example:
        >>> import subband as sb
        >>> round(sb.RealMorlet(5.0).frequency(1.0), 4)
        0.7958

    See also: `Morlet`, `DOG`, `cwt`.
    """

    centre: float = 5.0

    def __post_init__(self) -> None:
        positive(self, "centre")

    @property
    def peak(self) -> float:
        return _real_peak(self.centre)

    @property
    def e_folding(self) -> float:
        return sqrt(2)

    @property
    def analytic(self) -> bool:
        return False

    def response(self, omega: np.ndarray) -> np.ndarray:
        def bump(w):
            return np.exp(-0.5 * (w - self.centre) ** 2) * np.expm1(-self.centre * w) ** 2

        return bump(np.asarray(omega)) / bump(self.peak)


@static
def _peak(centre: float) -> float:
    # The derivative is zero at ω = ω₀ / (1 − exp(−ω₀ω)), which has one solution above ω₀.
    return root(lambda w: w * -expm1(-centre * w) - centre, centre, centre + 2 / centre + 2)


@static
def _real_peak(centre: float) -> float:
    # The derivative is zero at ω = ω₀ coth(ω₀ω/2), which has one solution above ω₀.
    return root(lambda w: w * tanh(centre * w / 2) - centre, centre, centre + 2)
