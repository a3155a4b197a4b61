"""Mother wavelets of the continuous transform, defined by their Fourier transforms."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import pairwise
from math import comb, exp, expm1, factorial, log, pi, sqrt
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, integer, number
from subband.arrays.compilers import static
from subband.errors import InvalidInput

MOST_DERIVATIVES, MOST_KNOTS = 1000, 64
"""Largest orders of `DOG` and `BSpline` whose responses are computed without overflow."""


@dataclass(frozen=True)
class Mother(ABC):
    """A mother wavelet ψ, at a scale of 1 second; at scale s its Fourier transform is ψ̂(sω).

    For ω > 0, ψ̂(ω) = phase · response(ω), with a non-negative response of maximum 1 and a constant phase. For
    ω < 0, ψ̂ is zero if ψ is analytic, and Hermitian if ψ is real. Subclasses are frozen dataclasses of numbers.
    """

    @property
    @abstractmethod
    def peak(self) -> float:
        """Angular frequency of the maximal response at scale 1, in radians per second."""

    @property
    @abstractmethod
    def e_folding(self) -> float:
        """Time at scale 1, in seconds, in which the modulus of an edge effect falls to 1/e."""

    @abstractmethod
    def response(self, omega: np.ndarray) -> np.ndarray:
        """|ψ̂(ω)| / max |ψ̂| at ω ≥ 0 in radians per second, in the shape of `omega`; 0 at ω = 0."""

    @property
    def parameters(self) -> tuple[float, ...]:
        """Constructor arguments: ψ == type(ψ)(*ψ.parameters)."""
        return tuple([getattr(self, field.name) for field in fields(self)])

    @property
    def analytic(self) -> bool:
        """Whether ψ̂ is zero at negative frequencies."""
        return True

    @property
    def phase(self) -> complex:
        """The constant of modulus 1 in ψ̂(ω) = phase · response(ω) for ω > 0."""
        return 1 + 0j

    @property
    def parity(self) -> int:
        """+1 if Re ψ is even in time, −1 if it is odd."""
        return 1 if self.phase.imag == 0 else -1

    def scale(self, frequency: Any) -> Any:
        """Scale in seconds with peak frequency f in hertz: s = ω_peak / 2πf."""
        return self.peak / (2 * pi * frequency)

    def frequency(self, scale: Any) -> Any:
        """Peak frequency in hertz at scale s in seconds: f = ω_peak / 2πs."""
        return self.peak / (2 * pi * scale)

    def highest(self, nyquist: float) -> float:
        """Peak frequency in hertz at which the response at `nyquist` has fallen to 1/10."""
        return nyquist / _tenth_ratio(type(self), self.parameters)

    @property
    def energy(self) -> float:
        """∫ response² dω/2π over ω > 0."""
        return _moments(type(self), self.parameters)[0]

    @property
    def delta(self) -> float:
        """∫ response dω/ω over ω > 0, the reconstruction constant of the delta-function inverse."""
        return _moments(type(self), self.parameters)[1]

    @property
    def decorrelation(self) -> float:
        """Octaves over which the power of white noise at neighbouring scales is correlated: ∫ |C(a)|² d log₂ a.

        C(a) is the correlation coefficient of the coefficients at scales s and as. For Morlet with ω₀ = 6 it is
        0.60, the δj₀ of Torrence & Compo 1998, table 2; their values for the derivatives of a Gaussian, fitted to
        simulations, are smaller by up to a fifth.
        """
        return _decorrelation(type(self), self.parameters)


@final
@dataclass(frozen=True)
class Morlet(Mother):
    """Analytic Morlet wavelet: ψ̂(ω) ∝ exp(−(ω − ω₀)²/2) − exp(−(ω² + ω₀²)/2) for ω > 0, else 0.

    The second term makes the mean zero, so any ω₀ > 0 is admissible (Morlet et al. 1982; Torrence & Compo 1998,
    table 1, omit it). The small response at negative frequencies is set to zero.

    Attributes:
        centre: ω₀ in radians; the wavelet has about ω₀/π oscillations. Larger values give finer resolution in
            frequency and coarser resolution in time.

    Raises:
        InvalidInput: centre not positive.

    Example:
        >>> import subband as sb
        >>> round(sb.Morlet(6.0).frequency(1.0), 4)
        0.9549

    See also: `Morse`, `cwt`.
    """

    centre: float = 6.0

    def __post_init__(self) -> None:
        _positive(self, "centre")

    @property
    def peak(self) -> float:
        return _morlet_peak(self.centre)

    @property
    def e_folding(self) -> float:
        return sqrt(2)

    def response(self, omega: np.ndarray) -> np.ndarray:
        def bump(w):
            return np.exp(-0.5 * (w - self.centre) ** 2) * -np.expm1(-self.centre * w)

        return bump(omega) / bump(self.peak)


@final
@dataclass(frozen=True)
class Morse(Mother):
    """Generalised Morse wavelet: ψ̂(ω) ∝ ω^β exp(−ω^γ) for ω > 0, else 0 (Lilly & Olhede 2009, eq. 3).

    Attributes:
        beta: β, the decay in time; the duration is √(βγ) radians of the peak frequency (β/γ)^(1/γ).
        gamma: γ, the shape; the response is most symmetric for γ = 3.

    Raises:
        InvalidInput: beta or gamma not positive.

    Example:
        >>> import subband as sb
        >>> round(sb.Morse(beta=20, gamma=3).peak, 4)
        1.8821

    See also: `Morlet`, `cwt`.
    """

    beta: float = 20.0
    gamma: float = 3.0

    def __post_init__(self) -> None:
        _positive(self, "beta", "gamma")

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

    See also: `Morlet`, `cwt`.
    """

    order: int = 2

    def __post_init__(self) -> None:
        _whole(self, "order", MOST_DERIVATIVES)

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
class BSpline(Mother):
    """Frequency B-spline: ψ(t) ∝ sinc(Bt/m)ᵐ exp(2πiCt), ψ̂ a B-spline of degree m − 1 (Teolis 1998, §4.4).

    Its response is exactly zero outside C − B/2 … C + B/2 hertz.

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
        _whole(self, "order", MOST_KNOTS)
        _positive(self, "bandwidth", "centre")
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
def _moments(kind: type[Mother], parameters: tuple[float, ...]) -> tuple[float, float]:
    """∫ response² dω/2π and ∫ response dω/ω, integrated over ln ω."""
    wavelet = kind(*parameters)
    # Imported here, as the import takes a second.
    from scipy.integrate import quad

    def over_octaves(f) -> float:
        # Quarter octaves separately, so that no narrow peak is missed.
        edges = wavelet.peak * np.exp2(np.arange(-24.0, 12.0, 0.25))
        parts = (quad(lambda u: f(np.exp(u)), log(a), log(b))[0] for a, b in pairwise(edges))
        return float(sum(parts))

    energy = over_octaves(lambda w: float(wavelet.response(w)) ** 2 * w / (2 * pi))
    return energy, over_octaves(lambda w: float(wavelet.response(w)))


@static
def _decorrelation(kind: type[Mother], parameters: tuple[float, ...]) -> float:
    """∫ |∫ r(e^v) r(e^(u + v)) e^(v + u/2) dv|² du / |∫ r(e^v)² e^v dv|² / ln 2, for the response r."""
    wavelet, step, octaves = kind(*parameters), 0.005, 6
    octave = round(np.log(2) / step)
    v = step * np.arange(-12 * octave, octaves * octave)
    root = wavelet.response(wavelet.peak * np.exp(v)) * np.exp(v / 2)
    size = 2 * len(root)
    spectrum = np.abs(np.fft.rfft(root, size)) ** 2
    correlation = np.fft.irfft(spectrum, size)
    return float(np.sum((correlation / correlation[0]) ** 2) * step / log(2))


@static
def _tenth_ratio(kind: type[Mother], parameters: tuple[float, ...]) -> float:
    """ω / ω_peak > 1 at which the response has fallen to 1/10."""
    wavelet = kind(*parameters)

    def missing(u: float) -> float:
        return 0.1 - float(wavelet.response(np.asarray(u * wavelet.peak)))

    high = 1.01
    while missing(high) < 0:
        high = 1 + 2 * (high - 1)
    return _root(missing, 1.0, high)


@static
def _morlet_peak(centre: float) -> float:
    # The derivative is zero at ω = ω₀ / (1 − exp(−ω₀ω)), which has one solution above ω₀.
    return _root(lambda w: w * -expm1(-centre * w) - centre, centre, centre + 2 / centre + 2)


@static
def _sinc_fall(order: int) -> float:
    """u in 0 … 1 with sinc(u)ᵐ = 1/e."""
    return _root(lambda u: exp(-1 / order) - float(np.sinc(u)), 0.0, 1.0)


def _root(increasing: Callable[[float], float], low: float, high: float) -> float:
    """Zero of an increasing function in low … high, by bisection to the last bit."""
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if increasing(middle) < 0 else (low, middle)
    return high


def _positive(wavelet: Mother, *names: str) -> None:
    """Convert fields to plain Python numbers, which are cache keys."""
    for name in names:
        given = getattr(wavelet, name)
        plain = number(f"{type(wavelet).__name__}'s {name}", given, "a positive number", above=0)
        if plain is not given:
            object.__setattr__(wavelet, name, plain)


def _whole(wavelet: Mother, name: str, most: int) -> None:
    given = getattr(wavelet, name)
    plain = integer(f"{type(wavelet).__name__}'s {name}", given, 1, most)
    if plain is not given:
        object.__setattr__(wavelet, name, plain)


MOTHERS: dict[str, Mother] = {
    "morlet": Morlet(),
    "morse": Morse(),
    "ricker": DOG(2),
    "dog": DOG(6),
    "bspline": BSpline(),
}
"""Mother wavelets by name, with default parameters."""


def mother(given: Any) -> Mother:
    """The mother wavelet of a name in `MOTHERS`; a `Mother` is returned unchanged.

    Raises:
        InvalidInput: neither a name in `MOTHERS` nor a `Mother`.
    """
    if isinstance(given, Mother):
        return given
    return MOTHERS[
        choice("continuous wavelet", given, MOTHERS, ", or an object such as subband.Morse(beta=20, gamma=3)")
    ]
