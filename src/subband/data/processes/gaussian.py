"""Gaussian fields: of a power spectrum on a periodic grid, and of a covariance by circulant embedding."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from subband.data.processes.process import Process
from subband.errors import InvalidInput
from subband.transforms.fourier.gaussian_fields import gaussian_fields


@final
@dataclass(frozen=True)
class GaussianField(Process):
    """Periodic Gaussian field of mean 0 and power spectrum P(|k|), normalised to variance 1.

    Attributes:
        shape: Samples along each axis.
        power: Of the frequency in cycles per sample, vectorised; e.g. `lambda f: f**-2.0`. Not evaluated at 0,
            where the power is 0.

    Example:
        >>> x = GaussianField((64, 64), lambda f: f**-2.0).sample(3)
        >>> x.shape
        (3, 64, 64)
    """

    power: Callable[[np.ndarray], np.ndarray] = np.ones_like

    @property
    def spectrum(self) -> np.ndarray:
        """(*shape) E|x̂|²/N on the grid of the FFT, of mean 1."""
        grids = np.meshgrid(*[np.fft.fftfreq(n) for n in self.shape], indexing="ij", sparse=True)
        radius = np.sqrt(sum(g**2 for g in grids))
        made = np.zeros(self.shape)
        made[radius > 0] = self.power(radius[radius > 0])
        if not (np.isfinite(made).all() and (made >= 0).all() and made.any()):
            raise InvalidInput(
                "power must be finite and not negative at frequencies above 0, and not 0 everywhere"
            )
        return made / made.mean()

    @property
    def covariance(self) -> np.ndarray:
        """(*shape) E x(u) x(u + τ) for all shifts τ."""
        return np.fft.ifftn(self.spectrum).real

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        return gaussian_fields(self.spectrum, n, len(self.shape), np.random.default_rng(seed))

    @property
    def moments(self) -> Mapping[str, float]:
        return {"mean": 0.0, "variance": 1.0, "skewness": 0.0, "flatness": 3.0}


def embedded(covariance: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, N) stationary Gaussian signals of an exact covariance, by circulant embedding.

    Args:
        covariance: (N,) E x(0) x(k) for k = 0 … N − 1.
        n: Number of signals.
        rng: Of the noise.

    Raises:
        InvalidInput: a covariance whose embedding has negative eigenvalues beyond rounding.

    Source: R. Davies, D. Harte, "Tests for Hurst effect", Biometrika 74 (1987); A. Wood, G. Chan, "Simulation of
    stationary Gaussian processes in [0, 1]^d" (1994).
    """
    length = len(covariance)
    circle = np.concatenate([covariance, covariance[-2:0:-1]])
    eigenvalues = np.fft.fft(circle).real
    if eigenvalues.min() < -1e-8 * eigenvalues.max():
        raise InvalidInput(
            "the covariance can't be embedded in a circle of twice its length: give more samples, or a process "
            "with "
            "shorter memory"
        )
    return gaussian_fields(np.maximum(eigenvalues, 0), n, 1, rng)[:, :length]


@final
@dataclass(frozen=True)
class FractionalNoise(Process):
    """Fractional Gaussian noise, the increments of fractional Brownian motion; variance 1. Pink noise is H → 1.

    Attributes:
        shape: (samples,).
        H: Hurst exponent, 0 < H < 1; the spectrum falls as f^(1 − 2H).
    """

    H: float = 0.5

    def __post_init__(self) -> None:
        _check_signal(self.shape)
        if not 0 < self.H < 1:
            raise InvalidInput(f"H={self.H}: a Hurst exponent is between 0 and 1")

    @property
    def covariance(self) -> np.ndarray:
        """(samples,) ½ (|k + 1|^2H − 2|k|^2H + |k − 1|^2H)."""
        k = np.arange(self.shape[0], dtype=float)
        h = 2 * self.H
        return 0.5 * (np.abs(k + 1) ** h - 2 * k**h + np.abs(k - 1) ** h)

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        return embedded(self.covariance, n, np.random.default_rng(seed))

    @property
    def moments(self) -> Mapping[str, float]:
        return {"mean": 0.0, "variance": 1.0, "zeta(1)": self.H, "zeta(2)": 2 * self.H}


def brownian(increments: np.ndarray) -> np.ndarray:
    """(…, N) increments → (…, N) the path that has them, from its first increment on."""
    return np.cumsum(increments, axis=-1)


def _check_signal(shape: tuple[int, ...]) -> None:
    if len(shape) != 1 or shape[0] < 2:
        raise InvalidInput(f"shape={shape}: give (samples,), 2 or more")
