"""Point and shot processes on a grid: log-Gaussian Cox processes, shot noise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from subband.arrays.arguments import number
from subband.data.processes.gaussian import GaussianField
from subband.data.processes.process import Process
from subband.errors import InvalidInput


@final
@dataclass(frozen=True)
class Cox(Process):
    """Log-Gaussian Cox process: counts N(u) ~ Poisson(Λ(u)) with Λ = exp(G), G a Gaussian field.

    Attributes:
        shape: Cells along each axis of a torus.
        intensity: E N(u), points for each cell.
        variance: Var G.
        width: Standard deviation, in cells, of the Gaussian covariance Var G · exp(−r²/(2 width²)).

    Source: J. Møller, A. Syversveen, R. Waagepetersen, "Log Gaussian Cox processes" (1998), eqs. 6–8.
    """

    intensity: float = 1.0
    variance: float = 1.0
    width: float = 4.0

    def __post_init__(self) -> None:
        number("intensity", self.intensity, "points for each cell, above 0", above=0)
        number("variance", self.variance, "a variance above 0", above=0)
        number("width", self.width, "a width in cells above 0", above=0)

    @property
    def log_covariance(self) -> np.ndarray:
        """(*shape) covariance of G for all shifts, exactly as it is simulated on the torus."""
        return self.variance * self._field.covariance

    @property
    def _field(self) -> GaussianField:
        w = self.width
        return GaussianField(self.shape, lambda f: np.exp(-2 * (np.pi * w * f) ** 2) + 1e-12)

    def rates(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        """(n, *shape) realisations of Λ."""
        g = np.sqrt(self.variance) * self._field.sample(n, seed=seed)
        return self.intensity * np.exp(g - self.variance / 2)

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        return np.random.default_rng([seed, 1]).poisson(self.rates(n, seed=seed)).astype(np.float64)

    @property
    def pair_correlation(self) -> np.ndarray:
        """(*shape) g(τ) = E[N(u) N(u + τ)] / (E N)² at shifts τ other than 0: exp(Cov G(τ))."""
        return np.exp(self.log_covariance)

    @property
    def moments(self) -> Mapping[str, float]:
        a, v = self.intensity, self.variance
        return {"mean": a, "variance": a + a**2 * np.expm1(v), "rate variance": a**2 * float(np.expm1(v))}


def pair_correlation(counts: np.ndarray, ndim: int = 2) -> np.ndarray:
    """(…, *shape) counts → (…, *shape) estimate of g(τ) on the torus, without each point's pair with itself."""
    axes = tuple(range(-ndim, 0))
    spectra = np.abs(np.fft.fftn(counts, axes=axes)) ** 2
    products = np.fft.ifftn(spectra, axes=axes).real / np.prod(counts.shape[-ndim:])
    mean = counts.mean(axis=axes, keepdims=True)
    products[(..., *(0,) * ndim)] -= mean[(..., *(0,) * ndim)]
    return products / np.where(mean > 0, mean, 1) ** 2


@final
@dataclass(frozen=True)
class ShotNoise(Process):
    """Pulses at Poisson times with random amplitudes: x = Σ a_k h(t − t_k), on a circle.

    Attributes:
        shape: Samples along each axis.
        rate: Pulses for each sample.
        width: Standard deviation of the Gaussian pulse, in samples.
        signed: Whether amplitudes are ±1 at random, or 1.
    """

    rate: float = 0.05
    width: float = 3.0
    signed: bool = False

    def __post_init__(self) -> None:
        number("rate", self.rate, "pulses for each sample, above 0", above=0)
        number("width", self.width, "a width in samples above 0", above=0)

    @property
    def pulse(self) -> np.ndarray:
        """(*shape) h, centred at sample 0, of peak 1."""
        squares = [np.minimum(np.arange(n), n - np.arange(n)) ** 2.0 for n in self.shape]
        grids = np.meshgrid(*squares, indexing="ij", sparse=True)
        return np.exp(-sum(grids) / (2 * self.width**2))

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        points = rng.poisson(self.rate, size=(n, *self.shape)).astype(float)
        if self.signed:
            positive = rng.binomial(points.astype(int), 0.5)
            points = 2.0 * positive - points
        axes = tuple(range(1, 1 + len(self.shape)))
        return np.fft.ifftn(np.fft.fftn(points, axes=axes) * np.fft.fftn(self.pulse), axes=axes).real

    @property
    def moments(self) -> Mapping[str, float]:
        """Cumulants by Campbell's theorem, κ_m = rate · E aᵐ · Σ hᵐ."""
        h = self.pulse
        k = {m: self.rate * float((h**m).sum()) * (0 if self.signed and m % 2 else 1) for m in (1, 2, 3, 4)}
        return {
            "mean": k[1], "variance": k[2], "skewness": k[3] / k[2] ** 1.5, "flatness": 3 + k[4] / k[2] ** 2,
        }  # fmt: skip


@final
@dataclass(frozen=True)
class Stable(Process):
    """Independent symmetric α-stable numbers, whose sums have their law: heavy tails ∝ |x|^(−1−α).

    Attributes:
        shape: Samples along each axis.
        alpha: 0 < α ≤ 2; 2 is Gaussian of variance 2, 1 is Cauchy.

    Source: J. Chambers, C. Mallows, B. Stuck, "A method for simulating stable random variables", JASA 71 (1976).
    """

    alpha: float = 1.5

    def __post_init__(self) -> None:
        if not 0 < self.alpha <= 2:
            raise InvalidInput(f"alpha={self.alpha}: a stability index is above 0, and at most 2")

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        rng, a = np.random.default_rng(seed), self.alpha
        v = rng.uniform(-np.pi / 2, np.pi / 2, (n, *self.shape))
        w = rng.exponential(size=(n, *self.shape))
        return np.sin(a * v) / np.cos(v) ** (1 / a) * (np.cos((1 - a) * v) / w) ** ((1 - a) / a)

    @property
    def moments(self) -> Mapping[str, float]:
        """E|x| = 2 Γ(1 − 1/α)/π for α > 1; the characteristic function at 1, exp(−1), for all."""
        from scipy.special import gamma

        found = {"characteristic function at 1": float(np.exp(-1))}
        if self.alpha > 1:
            found["mean modulus"] = 2 * float(gamma(1 - 1 / self.alpha)) / np.pi
        return found
