"""Images and measurements for the tests of inverse problems."""

import numpy as np

import subband as sb


def ellipses(n: int) -> np.ndarray:
    """A head of ellipses with values from 0 to 1."""
    at = (np.arange(n) - (n - 1) / 2) / n
    x = np.zeros((n, n))
    for cx, cy, a, b, value in (
        (0, 0, 0.4, 0.45, 0.6),
        (0.1, 0.1, 0.1, 0.2, 0.3),
        (-0.15, -0.1, 0.15, 0.08, -0.3),
        (0, -0.25, 0.05, 0.05, 0.4),
    ):
        x += value * (((at - cx) / a) ** 2 + ((-at[:, None] - cy) / b) ** 2 < 1)
    return x


def measured(A: sb.Operator, x: np.ndarray, noise: float, seed: int = 0) -> np.ndarray:
    y = A(x)
    return y + noise * np.random.default_rng(seed).standard_normal(y.shape)


def rms(a: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.abs(a) ** 2)))
