"""Derivatives of a Gaussian, real and complex."""

from dataclasses import dataclass
from math import sqrt
from typing import final

import numpy as np

from subband.transforms.continuous.mothers.mother import Mother, whole

MOST_DERIVATIVES = 1000
"""Largest order whose response is computed without overflow."""


@final
@dataclass(frozen=True)
class DOG(Mother):
    """Derivative of a Gaussian, real: ψ(t) ∝ (−1)ᵐ⁺¹ dᵐ/dtᵐ exp(−t²/2) (Torrence & Compo 1998, table 1).

    Its Fourier transform is ψ̂(ω) ∝ −(−iω)ᵐ exp(−ω²/2), with peak frequency √m.

    Attributes:
        order: m, 1 … 1000; m = 2 is the Ricker wavelet or Mexican hat.

    Raises:
        InvalidInput: order out of range.

    Example:
        >>> import subband as sb
        >>> round(sb.DOG(2).peak, 4)
        1.4142

    See also: `GaussianDerivative`, `Morlet`, `cwt`.
    """

    order: int = 2

    def __post_init__(self) -> None:
        whole(self, "order", MOST_DERIVATIVES)

    @property
    def peak(self) -> float:
        return sqrt(self.order)

    @property
    def e_folding(self) -> float:
        return sqrt(2)

    @property
    def analytic(self) -> bool:
        return False

    @property
    def phase(self) -> complex:
        return (1j, 1 + 0j, -1j, -1 + 0j)[(self.order - 1) % 4]

    def response(self, omega: np.ndarray) -> np.ndarray:
        m = self.order
        with np.errstate(divide="ignore"):
            return np.exp(m * np.log(np.asarray(omega) / self.peak) - (np.asarray(omega) ** 2 - m) / 2)


@final
@dataclass(frozen=True)
class GaussianDerivative(Mother):
    """Derivative of a Gaussian, real, as PyWavelets and MATLAB define it: ψ(t) ∝ ±dᵐ/dtᵐ exp(−t²), "gausN".

    Its Fourier transform is ψ̂(ω) ∝ ωᵐ exp(−ω²/4) for even m and iωᵐ exp(−ω²/4) for odd m, with peak frequency
    √(2m): that of `DOG` at 1/√2 of the scale, with another sign.

    Attributes:
        order: m, 1 … 1000; N in "gausN".

    Raises:
        InvalidInput: order out of range.

    Example:
        >>> import subband as sb
        >>> sb.GaussianDerivative(2).peak
        2.0

    See also: `DOG`, `ComplexGaussian`, `cwt`.
    """

    order: int = 2

    def __post_init__(self) -> None:
        whole(self, "order", MOST_DERIVATIVES)

    @property
    def peak(self) -> float:
        return sqrt(2 * self.order)

    @property
    def e_folding(self) -> float:
        return 1.0

    @property
    def analytic(self) -> bool:
        return False

    @property
    def phase(self) -> complex:
        return 1j if self.order % 2 else 1 + 0j

    def response(self, omega: np.ndarray) -> np.ndarray:
        return DOG(self.order).response(np.asarray(omega) / sqrt(2))


@final
@dataclass(frozen=True)
class ComplexGaussian(Mother):
    """Analytic part of the derivative of a complex Gaussian: ψ̂(ω) ∝ ωᵐ exp(−(ω − 1)²/4) for ω > 0, else 0.

    PyWavelets' and MATLAB's "cgauN" is the conjugate, dᵐ/dtᵐ exp(−it − t²), up to a constant factor. Its response
    at frequencies of the other sign is set to zero, as that of `Morlet` is: relative to the peak it is up to 0.24
    for m = 1, 0.08 for m = 3 and 0.02 for m = 8. `subband.compat.pywt.cwt` has PyWavelets' own.

    Attributes:
        order: m, 1 … 1000; N in "cgauN".

    Raises:
        InvalidInput: order out of range.

    Example:
        >>> import subband as sb
        >>> sb.ComplexGaussian(1).peak
        2.0

    See also: `GaussianDerivative`, `Morlet`, `cwt`.
    """

    order: int = 4

    def __post_init__(self) -> None:
        whole(self, "order", MOST_DERIVATIVES)

    @property
    def peak(self) -> float:
        # m/ω = (ω − 1)/2
        return (1 + sqrt(1 + 8 * self.order)) / 2

    @property
    def e_folding(self) -> float:
        return 1.0

    def response(self, omega: np.ndarray) -> np.ndarray:
        omega = np.asarray(omega)
        with np.errstate(divide="ignore"):
            rise = self.order * np.log(omega / self.peak)
        return np.exp(rise - ((omega - 1) ** 2 - (self.peak - 1) ** 2) / 4)
