"""Multifractal signals: the multifractal random walk, and the log-normal cascade."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, log2
from typing import final

import numpy as np

from subband.arrays.arguments import number
from subband.data.processes.gaussian import embedded
from subband.data.processes.process import Process
from subband.errors import InvalidInput


@final
@dataclass(frozen=True)
class MultifractalWalk(Process):
    """Increments ε e^ω of a multifractal random walk, of variance 1: uncorrelated, their sizes of long memory.

    ω is Gaussian of covariance λ² log(T/(k + 1)) up to the integral scale T, and of mean −λ² log T, so that
    E e^{2ω} = 1. Its sums have E|δ_l X|^q ∝ l^ζ(q), with ζ(q) = (q − λ² q (q − 2))/2.

    Attributes:
        shape: (samples,).
        intermittency: λ².
        integral: T in samples, by default the length of the signal.

    Source: E. Bacry, J. Delour, J.-F. Muzy, "Multifractal random walk", Phys. Rev. E 64 (2001), eqs. 9–17.
    """

    intermittency: float = 0.03
    integral: int | None = None

    def __post_init__(self) -> None:
        if len(self.shape) != 1 or self.shape[0] < 2:
            raise InvalidInput(f"shape={self.shape}: give (samples,), 2 or more")
        number("intermittency", self.intermittency, "λ² above 0 and below 1/2", above=0, below=0.5)

    @property
    def scale(self) -> int:
        """T."""
        return self.shape[0] if self.integral is None else self.integral

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        lags = np.arange(self.shape[0])
        covariance = self.intermittency * np.log(np.maximum(self.scale / (lags + 1.0), 1.0))
        omega = embedded(covariance, n, rng) - self.intermittency * log(self.scale)
        return rng.standard_normal((n, *self.shape)) * np.exp(omega)

    def zeta(self, q: float) -> float:
        """Exponent of the structure function of order q."""
        return (q - self.intermittency * q * (q - 2)) / 2

    @property
    def moments(self) -> Mapping[str, float]:
        return {
            "mean": 0.0, "variance": 1.0, "zeta(1)": self.zeta(1), "zeta(2)": self.zeta(2),
            "zeta(2) - 2 zeta(1)": -self.intermittency,
        }  # fmt: skip


@final
@dataclass(frozen=True)
class Cascade(Process):
    """Log-normal multiplicative cascade on the dyadic tree, turned by a random shift, which makes it stationary.

    A measure of mean 1: each half of an interval has independent weights of mean 1, log-normal of log-variance s².
    E μ(l)^q ∝ l^τ(q) for dyadic intervals, with τ(q) = q − s² q (q − 1)/(2 log 2).

    Attributes:
        shape: (samples,), a power of two.
        log_variance: s².

    Source: B. Mandelbrot, "Intermittent turbulence in self-similar cascades" (1974).
    """

    log_variance: float = 0.1

    def __post_init__(self) -> None:
        if len(self.shape) != 1 or self.shape[0] < 2 or self.shape[0] & (self.shape[0] - 1):
            raise InvalidInput(f"shape={self.shape}: give (samples,), a power of two")
        number("log_variance", self.log_variance, "a variance above 0", above=0)

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        rng, (length,) = np.random.default_rng(seed), self.shape
        made = np.ones((n, 1))
        s = self.log_variance
        for _ in range(int(log2(length))):
            weights = np.exp(np.sqrt(s) * rng.standard_normal((n, 2 * made.shape[1])) - s / 2)
            made = np.repeat(made, 2, axis=1) * weights
        shifts = rng.integers(length, size=n)
        return np.stack([np.roll(one, shift) for one, shift in zip(made, shifts, strict=True)])

    def tau(self, q: float) -> float:
        """Exponent of E μ(l)^q for sums μ over dyadic intervals, up to boundary effects of the tree's root."""
        return q - self.log_variance * q * (q - 1) / (2 * log(2))

    @property
    def moments(self) -> Mapping[str, float]:
        depth = log2(self.shape[0])
        return {"mean": 1.0, "second moment": float(np.exp(self.log_variance * depth)), "tau(2)": self.tau(2)}


def structure_exponents(increments: np.ndarray, orders: tuple[float, ...], lags: np.ndarray) -> np.ndarray:
    """ζ(q) by least squares of log ⟨|δ_l X|^q⟩ on log l.

    Args:
        increments: (n, N) increments at lag 1; moments are means over all n signals.
        orders: The exponents q.
        lags: (P,) lags in samples, two or more.

    Returns:
        (len(orders),).
    """
    paths = np.concatenate([np.zeros((len(increments), 1)), np.cumsum(increments, axis=1)], axis=1)
    rows = []
    for lag in lags:
        steps = np.abs(paths[:, lag:] - paths[:, :-lag])
        rows.append([np.log(np.mean(steps**q)) for q in orders])
    return np.polyfit(np.log(lags), np.array(rows), 1)[0]
