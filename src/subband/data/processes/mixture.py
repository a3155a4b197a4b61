"""Non-ergodic mixtures: each realisation is of one process, drawn at random."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from subband.data.processes.process import Process
from subband.errors import InvalidInput


@final
@dataclass(frozen=True)
class Mixture(Process):
    """A realisation is one of `of[k]` with probability `weights[k]`: no single one has the mixture's statistics.

    Attributes:
        shape: That of all processes.
        of: The processes.
        weights: Their probabilities; equal by default.

    Example:
        >>> from subband.data.processes import GaussianField, Mixture, ShotNoise
        >>> both = Mixture((64,), (GaussianField((64,)), ShotNoise((64,))))
        >>> both.sample(4).shape
        (4, 64)
    """

    of: tuple[Process, ...] = ()
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.of or any(one.shape != self.shape for one in self.of):
            raise InvalidInput(f"give processes of the mixture's shape {self.shape}, one or more")
        weights = self.weights or (1 / len(self.of),) * len(self.of)
        if len(weights) != len(self.of) or min(weights) < 0 or abs(sum(weights) - 1) > 1e-9:
            raise InvalidInput(f"weights={self.weights}: give {len(self.of)} probabilities that sum to 1")
        object.__setattr__(self, "weights", weights)

    def labels(self, n: int, *, seed: int = 0) -> np.ndarray:
        """(n,) which process each realisation of `sample(n, seed=seed)` is of."""
        return np.random.default_rng([seed, 2]).choice(len(self.of), size=n, p=self.weights)

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        labels = self.labels(n, seed=seed)
        made = np.empty((n, *self.shape))
        for k, one in enumerate(self.of):
            if (labels == k).any():
                made[labels == k] = one.sample(int((labels == k).sum()), seed=seed + k)
        return made

    @property
    def moments(self) -> Mapping[str, float]:
        """Mean and variance, where all processes have them."""
        means = [one.moments.get("mean") for one in self.of]
        variances = [one.moments.get("variance") for one in self.of]
        if None in means or None in variances:
            return {}
        p, m, v = np.array(self.weights), np.array(means, float), np.array(variances, float)
        return {"mean": float(p @ m), "variance": float(p @ (v + m**2) - (p @ m) ** 2)}
