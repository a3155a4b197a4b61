"""Base class of mother wavelets, which are defined by their Fourier transforms."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from math import log, pi, sqrt
from typing import Any

import numpy as np

from subband.arrays.arguments import integer, number
from subband.arrays.compilers import static


@dataclass(frozen=True)
class Mother(ABC):
    """A mother wavelet ψ, at a scale of 1 second; at scale s its Fourier transform is ψ̂(sω).

    For ω > 0, ψ̂(ω) = phase · response(ω), with a non-negative response of maximum 1 and a constant phase. For
    ω < 0, ψ̂ is zero if ψ is analytic, and Hermitian if ψ is real. Subclasses are frozen dataclasses of numbers.

    Example:
        >>> import numpy as np
        >>> from subband.transforms.continuous import mother
        >>> psi = mother("morlet")
        >>> psi.response(np.array([0.0, psi.peak])).round(3).tolist()  # 0 at frequency 0, 1 at its peak
        [0.0, 1.0]
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
    def knots(self) -> tuple[float, ...]:
        """Angular frequencies at which the response is not smooth."""
        return ()

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
        return nyquist / self.band[1]

    @property
    def band(self) -> tuple[float, float]:
        """ω / ω_peak below and above the peak at which the response has fallen to 1/10."""
        return _tenths(type(self), self.parameters)

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

    @property
    def frequency_width(self) -> float:
        """Standard deviation of |ψ̂(ω)|² over ω > 0 at scale 1, in radians per second; at scale s, 1/s of it."""
        return _widths(type(self), self.parameters)[0]

    @property
    def time_width(self) -> float:
        """Standard deviation of |ψ(t)|² at scale 1, in seconds; at scale s, s times it.

        For an analytic wavelet time_width · frequency_width ≥ ½ (Heisenberg), with equality for a Gaussian.
        """
        return _widths(type(self), self.parameters)[1]


def _integral(wavelet: Mother, integrand: Callable[[np.ndarray], np.ndarray]) -> float:
    """∫ integrand(ω) dω/ω over ω > 0: Gauss–Legendre on intervals of ln ω that narrow towards the peak."""
    steps = 2.0 ** np.arange(-24.0, 6.5, 0.5)
    knots = [log(knot / wavelet.peak) for knot in wavelet.knots if knot > 0]
    edges = np.array(sorted({*-steps, 0.0, *steps, *knots}))
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    nodes, weights = _gauss_legendre(20)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        values = integrand(wavelet.peak * np.exp(middle[:, None] + half[:, None] * nodes))
    return float(half @ (values @ weights))


def _gauss_legendre(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [-1, 1]: eigenvalues and first components of eigenvectors of the Jacobi matrix.

    NumPy's own function is in a module that takes longer to import than a transform takes.

    Source: G. H. Golub & J. H. Welsch, Calculation of Gauss quadrature rules, Math. Comp. 23, 1969.
    """
    k = np.arange(1, n)
    beside = k / np.sqrt(4.0 * k**2 - 1)
    nodes, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
    return nodes, 2 * vectors[0] ** 2


@static
def _moments(kind: type[Mother], parameters: tuple[float, ...]) -> tuple[float, float]:
    """∫ response² dω/2π and ∫ response dω/ω."""
    wavelet = kind(*parameters)
    energy = _integral(wavelet, lambda w: wavelet.response(w) ** 2 * w / (2 * pi))
    return energy, _integral(wavelet, wavelet.response)


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
def _widths(kind: type[Mother], parameters: tuple[float, ...]) -> tuple[float, float]:
    """σ_ω² = ∫ (ω − ω̄)² |ψ̂|² dω / ∫ |ψ̂|² dω and σ_t² = ∫ |dψ̂/dω|² dω / ∫ |ψ̂|² dω, as roots."""
    wavelet = kind(*parameters)

    def slope(w: np.ndarray) -> np.ndarray:
        h = 1e-6 * w
        return (wavelet.response(w + h) - wavelet.response(w - h)) / (2 * h)

    def mean(f: Callable[[np.ndarray], np.ndarray]) -> float:
        return _integral(wavelet, lambda w: f(w) * wavelet.response(w) ** 2 * w) / (2 * pi * wavelet.energy)

    centre = mean(lambda w: w)
    steep = _integral(wavelet, lambda w: slope(w) ** 2 * w) / (2 * pi * wavelet.energy)
    return sqrt(mean(lambda w: (w - centre) ** 2)), sqrt(steep)


@static
def _tenths(kind: type[Mother], parameters: tuple[float, ...]) -> tuple[float, float]:
    """ω / ω_peak below and above 1 at which the response has fallen to 1/10."""
    wavelet = kind(*parameters)

    def excess(u: float) -> float:
        return float(wavelet.response(np.asarray(u * wavelet.peak))) - 0.1

    high = 1.01
    while excess(high) > 0:
        high = 1 + 2 * (high - 1)
    return root(excess, 0.0, 1.0), root(lambda u: -excess(u), 1.0, high)


def root(increasing: Callable[[float], float], low: float, high: float) -> float:
    """Zero of an increasing function in low … high, by bisection to the last bit."""
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if increasing(middle) < 0 else (low, middle)
    return high


def positive(wavelet: Mother, *names: str) -> None:
    """Convert fields to plain Python numbers, which are cache keys."""
    for name in names:
        given = getattr(wavelet, name)
        plain = number(f"{type(wavelet).__name__}'s {name}", given, "a positive number", above=0)
        if plain is not given:
            object.__setattr__(wavelet, name, plain)


def whole(wavelet: Mother, name: str, most: int) -> None:
    """As `positive`, for a whole number."""
    given = getattr(wavelet, name)
    plain = integer(f"{type(wavelet).__name__}'s {name}", given, 1, most)
    if plain is not given:
        object.__setattr__(wavelet, name, plain)
