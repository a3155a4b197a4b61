"""The signals of the course: measured ones that PyWavelets ships, and ones that a formula makes."""

import numpy as np
import pywt.data
from numpy.typing import NDArray

Reals = NDArray[np.float64]


def ecg() -> Reals:
    """(1024,) electrocardiogram with zero mean and unit standard deviation."""
    x = pywt.data.ecg().astype(np.float64)
    return (x - x.mean()) / x.std()


def el_nino() -> tuple[Reals, Reals]:
    """Year and sea surface temperature of the eastern Pacific, (264,) each, four a year.

    In °C above the mean of its season over all years.
    """
    years, degrees = pywt.data.nino()
    seasons = degrees.astype(np.float64).reshape(-1, 4)
    return years.astype(np.float64), np.ravel(seasons - seasons.mean(0))


def photograph(size: int = 128) -> Reals:
    """(size, size) photograph in [0, 1], by averages of blocks of the 512 × 512 original."""
    image = pywt.data.camera().astype(np.float64) / 255
    block = 512 // size
    return image.reshape(size, block, size, block).mean((1, 3))


def noise(shape: int | tuple[int, ...], seed: int = 0) -> Reals:
    """White Gaussian noise of unit variance."""
    return np.random.default_rng(seed).standard_normal(shape)


def chirp(count: int = 1024, first: float = 0.01, last: float = 0.45) -> Reals:
    """(count,) sine whose frequency rises linearly from `first` to `last` cycles a sample."""
    n = np.arange(count)
    return np.sin(2 * np.pi * (first * n + (last - first) * n**2 / (2 * count)))


def mackey_glass(count: int = 2000, delay: float = 17.0, step: float = 0.1, every: int = 10) -> Reals:
    """(count,) chaotic series x' = 0.2 x(t − τ)/(1 + x(t − τ)¹⁰) − 0.1 x, one sample per time unit, standardised.

    Source: M. C. Mackey, L. Glass, Oscillation and Chaos in Physiological Control Systems (Science 197, 1977).
    """
    lag, warm_up = round(delay / step), 500 * every
    x = np.full(lag + warm_up + count * every + 1, 1.2)
    for n in range(lag, len(x) - 1):
        late = x[n - lag]
        x[n + 1] = x[n] + step * (0.2 * late / (1 + late**10) - 0.1 * x[n])
    x = x[-count * every :: every]
    return (x - x.mean()) / x.std()


def spiral(count: int, seed: int = 0) -> Reals:
    """(count, 2) points on a spiral of one and a half turns, with a little noise; about unit variance."""
    rng = np.random.default_rng(seed)
    angle = 3 * np.pi * np.sqrt(rng.uniform(0.05, 1, count))
    arm = np.stack([np.cos(angle), np.sin(angle)], -1) * (angle / (1.5 * np.pi))[:, None]
    return arm + 0.06 * rng.standard_normal((count, 2))


def signal_to_noise(clean: Reals, estimate: Reals) -> float:
    """10 log₁₀ ‖clean‖² / ‖estimate − clean‖², in decibels."""
    error = np.asarray(estimate) - clean
    return float(10 * np.log10((clean**2).sum() / (error**2).sum()))
