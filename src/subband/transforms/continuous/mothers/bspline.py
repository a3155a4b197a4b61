"""Frequency B-splines, with band-limited responses; the Shannon wavelet is the one of order 1."""

from dataclasses import dataclass
from math import comb, exp, factorial, inf, pi
from typing import final

import numpy as np

from subband.arrays.compilers import static
from subband.errors import InvalidInput
from subband.transforms.continuous.mothers.mother import Mother, positive, root, whole

MOST_KNOTS = 64
"""Largest order whose response is computed without overflow."""


@final
@dataclass(frozen=True)
class BSpline(Mother):
    """Frequency B-spline: ψ(t) ∝ sinc(Bt/m)ᵐ exp(2πiCt), ψ̂ a B-spline of degree m − 1 (Teolis 1998, §4.4).

    Its response is exactly zero outside C − B/2 … C + B/2 hertz. It is PyWavelets' and MATLAB's "fbspM-B-C", and
    for m = 1 the Shannon wavelet, "shanB-C".

    Attributes:
        order: m, 1 … 64.
        bandwidth: B, in hertz at scale 1.
        centre: C ≥ B/2, in hertz at scale 1.

    Raises:
        InvalidInput: order out of range, bandwidth or centre not positive, or centre below B/2.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> omega = 2 * np.pi * np.array([0.4, 1.0, 1.6])
        >>> sb.BSpline(3, bandwidth=1.0, centre=1.0).response(omega).tolist()
        [0.0, 1.0, 0.0]

    See also: `Morlet`, `cwt`.
    """

    order: int = 3
    bandwidth: float = 1.0
    centre: float = 1.0

    def __post_init__(self) -> None:
        whole(self, "order", MOST_KNOTS)
        positive(self, "bandwidth", "centre")
        if self.centre < self.bandwidth / 2:
            raise InvalidInput(
                f"a B-spline of bandwidth {self.bandwidth} around {self.centre} includes negative frequencies: "
                f"give a centre of at least {self.bandwidth / 2}"
            )

    @property
    def peak(self) -> float:
        return 2 * pi * self.centre

    @property
    def e_folding(self) -> float:
        return _sinc_fall(self.order) * self.order / self.bandwidth

    @property
    def knots(self) -> tuple[float, ...]:
        cells = [k / self.order - 0.5 for k in range(self.order + 1)]
        return tuple([2 * pi * (self.centre + cell * self.bandwidth) for cell in cells])

    @property
    def time_width(self) -> float:
        # |ψ|² decays as t^(−2m), so its variance is infinite for m = 1.
        return super().time_width if self.order > 1 else inf

    def response(self, omega: np.ndarray) -> np.ndarray:
        x = (np.asarray(omega) / (2 * pi) - self.centre) * self.order / self.bandwidth
        return np.where(np.asarray(omega) > 0, _spline(x, self.order) / _spline(np.zeros(()), self.order), 0)


def _spline(x: np.ndarray, order: int) -> np.ndarray:
    """Centred B-spline of degree order − 1 with unit knots, by truncated powers.

    It is even, and evaluated on its left half, where cancellation between the powers is least.
    """
    from_left = order / 2 - np.abs(x)
    if order == 1:
        return np.where(from_left >= 0, 1.0, 0.0)
    powers = ((-1) ** k * comb(order, k) * np.maximum(from_left - k, 0) ** (order - 1) for k in range(order))
    return sum(powers, np.zeros_like(from_left)) / factorial(order - 1)


@static
def _sinc_fall(order: int) -> float:
    """u in 0 … 1 with sinc(u)ᵐ = 1/e."""
    return root(lambda u: exp(-1 / order) - float(np.sinc(u)), 0.0, 1.0)
