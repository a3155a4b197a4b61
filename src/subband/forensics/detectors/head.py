"""Generators that were taught later: a Gaussian head on the frozen features.

Each taught generator has a mean in the whitened coordinates of the detector, where every class has about the unit
covariance. Its log-odds against "real" are those of two such Gaussians (linear discriminant analysis), scaled
by two numbers fitted on pictures that did not give the mean. What the net says of its own classes stays as it
was.
"""

from dataclasses import dataclass

import numpy as np

from subband.errors import InvalidInput


@dataclass(frozen=True, eq=False)
class Head:
    """T taught generators on r coordinates.

    Attributes:
        weights: (T, r).
        offsets: (T,): ln P(generator) − ln P(real) = weights · u + offset.
    """

    weights: np.ndarray
    offsets: np.ndarray

    def extended(self, logits: np.ndarray, u: np.ndarray, temperature: float) -> np.ndarray:
        """Logits (m, C) with those of the taught generators behind them, (m, C + T)."""
        odds = u @ self.weights.T + self.offsets
        return np.concatenate([logits, logits[:, :1] + temperature * odds], axis=1)

    def with_one(self, weights: np.ndarray, offset: float) -> "Head":
        """This head with one more generator."""
        return Head(np.vstack([self.weights, weights]), np.append(self.offsets, offset))


def discriminant(
    mean: np.ndarray, real: np.ndarray, held_out: np.ndarray, photographs: np.ndarray
) -> tuple[np.ndarray, float]:
    """Weights and offset of one taught generator.

    Args:
        mean: (r,) of its pictures.
        real: (r,) of photographs.
        held_out: (n, r) pictures of the generator that did not give the mean.
        photographs: (m, r) likewise.

    Returns:
        (r,) weights and the offset.

    Raises:
        InvalidInput: no held-out pictures or photographs.
    """
    if not len(held_out) or not len(photographs):
        raise InvalidInput(f"need pictures of both kinds, not {len(held_out)} and {len(photographs)}")
    direction = mean - real
    centre = float((mean**2).sum() - (real**2).sum()) / 2
    scores = [points @ direction - centre for points in (held_out, photographs)]
    slope, offset = _platt(*scores)
    return slope * direction, offset - slope * centre


def _platt(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """Slope ≥ 0 and offset of a logistic fit, both classes weighing equally, smoothed targets (Platt 1999)."""
    from scipy.optimize import minimize

    x = np.concatenate([positive, negative])
    spread = float(x.std()) or 1.0
    high, low = (len(positive) + 1) / (len(positive) + 2), 1 / (len(negative) + 2)
    target = np.r_[np.full(len(positive), high), np.full(len(negative), low)]
    weight = np.r_[np.full(len(positive), 0.5 / len(positive)), np.full(len(negative), 0.5 / len(negative))]

    def loss(parameters: np.ndarray) -> float:
        z = np.exp(parameters[0]) * x / spread + parameters[1]
        return float((weight * (np.logaddexp(0, z) - target * z)).sum() + 1e-4 * (parameters**2).sum())

    slope, offset = minimize(loss, np.zeros(2), method="BFGS").x
    return float(np.exp(slope) / spread), float(offset)
