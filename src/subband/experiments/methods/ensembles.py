"""Comparisons of ensembles of fields: distributions, correlations, and their floors of real against real."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Compared(NamedTuple):
    """A distance of synthesised to real, and the same of real to other real fields: mean and 95 % quantile."""

    distance: float
    floor: float
    floor_high: float

    @property
    def inside(self) -> bool:
        """Whether the distance is within the floor's band."""
        return self.distance <= self.floor_high


def kolmogorov(a: np.ndarray, b: np.ndarray) -> float:
    """Largest difference of two empirical distribution functions."""
    both = np.concatenate([a, b])
    both.sort()
    left = np.searchsorted(np.sort(a), both, "right") / len(a)
    right = np.searchsorted(np.sort(b), both, "right") / len(b)
    return float(np.abs(left - right).max())


def compared_distributions(
    made: np.ndarray, real: np.ndarray, rng: np.random.Generator, draws: int = 400
) -> Compared:
    """Kolmogorov distance of (n,) synthesised numbers to (m,) real ones, and of n real ones to the others."""
    n = min(len(made), len(real) // 2)
    floors = []
    for _ in range(draws):
        order = rng.permutation(len(real))
        floors.append(kolmogorov(real[order[:n]], real[order[n:]]))
    return Compared(kolmogorov(made, real), float(np.mean(floors)), float(np.quantile(floors, 0.95)))


@dataclass(frozen=True)
class Band:
    """Mean curves of n synthesised and of all real fields, and the band of means of n real ones.

    Attributes:
        made, real: (P,) mean curves.
        low, high: (P,) 2.5 and 97.5 % quantiles of means of n real fields.
    """

    made: np.ndarray
    real: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def share(self) -> float:
        """Share of points in the band."""
        return float(np.mean((self.made >= self.low) & (self.made <= self.high)))


def band(made: np.ndarray, real: np.ndarray, rng: np.random.Generator, draws: int = 1000) -> Band:
    """Of curves (n, P) and (m, P), by bootstrap over real fields."""
    means = np.stack([real[rng.integers(len(real), size=len(made))].mean(axis=0) for _ in range(draws)])
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return Band(made.mean(axis=0), real.mean(axis=0), low, high)


def standard_error(x: np.ndarray) -> float:
    """Of the mean of independent numbers."""
    return float(x.std(ddof=1) / np.sqrt(len(x)))


def axis_correlation(x: np.ndarray, most: int) -> np.ndarray:
    """(n, rows, columns) → (n, most) ⟨x(u) x(u + r)⟩ at r = 1 … most along both axes of the torus."""
    power = np.abs(np.fft.fft2(x)) ** 2
    products = np.fft.ifft2(power).real / np.prod(x.shape[-2:])
    return 0.5 * (products[:, 0, 1 : most + 1] + products[:, 1 : most + 1, 0])
