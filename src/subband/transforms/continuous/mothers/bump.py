"""Bump wavelet: an infinitely smooth response of compact support."""

from dataclasses import dataclass
from typing import final

import numpy as np

from subband.arrays.compilers import static
from subband.errors import InvalidInput
from subband.transforms.continuous.mothers.mother import Mother, positive, root


@final
@dataclass(frozen=True)
class Bump(Mother):
    """Bump wavelet: ψ̂(ω) = exp(1 − 1/(1 − (ω − μ)²/σ²)) for |ω − μ| < σ, else 0.

    The narrowest in frequency and widest in time of the usual wavelets, at MATLAB's μ = 5, σ = 0.6; ssqueezepy has
    σ = 1.

    Attributes:
        mu: μ, the peak frequency in radians per second.
        sigma: σ ≤ μ, half the width of the response, in radians per second.

    Raises:
        InvalidInput: mu or sigma not positive, or sigma above mu.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> sb.Bump(5.0, 0.6).response(np.array([4.4, 5.0, 5.6])).tolist()
        [0.0, 1.0, 0.0]

    Source: I. Daubechies, J. Lu, H.-T. Wu, Synchrosqueezed Wavelet Transforms (2011), §4.

    See also: `BSpline`, `Morse`, `cwt`.
    """

    mu: float = 5.0
    sigma: float = 0.6

    def __post_init__(self) -> None:
        positive(self, "mu", "sigma")
        if self.sigma > self.mu:
            raise InvalidInput(
                f"a bump of half-width sigma={self.sigma} around mu={self.mu} includes negative frequencies: give "
                f"a sigma of at most {self.mu}"
            )

    @property
    def peak(self) -> float:
        return self.mu

    @property
    def e_folding(self) -> float:
        return _fall() / self.sigma

    @property
    def knots(self) -> tuple[float, ...]:
        return self.mu - self.sigma, self.mu + self.sigma

    def response(self, omega: np.ndarray) -> np.ndarray:
        return _bump((np.asarray(omega) - self.mu) / self.sigma)


def _bump(x: np.ndarray) -> np.ndarray:
    """exp(1 − 1/(1 − x²)) for |x| < 1, else 0."""
    inside = np.maximum(1 - x * x, 0.0)
    with np.errstate(divide="ignore"):
        return np.exp(1 - 1 / inside)


@static
def _fall() -> float:
    """t at which the Fourier transform of the bump of half-width 1 has fallen to 1/e."""
    x = np.linspace(-1, 1, 2001)  # the trapezoidal rule converges faster than any power of the step
    bump = _bump(x)
    return root(lambda t: float(np.exp(-1) - bump @ np.cos(x * t) / bump.sum()), 0.0, 4.0)
