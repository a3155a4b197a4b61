"""How statistics vary over an ensemble: what non-ergodic processes keep from one realisation to the next."""

from dataclasses import dataclass
from typing import Any

import numpy as np

SHARE = 0.95
"""Share of the variance over examples that the kept directions have."""


@dataclass(frozen=True)
class Spread:
    """Distribution of the weighted statistics z = W(Φ − y) of examples, along their principal axes.

    An ensemble has the mean of the examples' statistics, and along each axis their distribution: its sorted
    projections are matched to the examples' quantiles (optimal transport in one dimension). Of an ergodic process
    all projections are small, and so little is asked of each field beyond the mean of all.

    Attributes:
        axes: (K, A) orthonormal directions.
        quantiles: (A, n) of the examples' projections, for each of n fields.
    """

    axes: np.ndarray
    quantiles: np.ndarray

    @classmethod
    def of(cls, z: np.ndarray, n: int) -> "Spread | None":
        """Of (m, K) weighted statistics of examples, for n fields; None for a single example."""
        if len(z) < 2:
            return None
        centred = z - z.mean(axis=0)
        _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
        shares = np.cumsum(sizes**2) / max(float(np.sum(sizes**2)), np.finfo(float).tiny)
        kept = min(int(np.searchsorted(shares, SHARE)) + 1, n, len(z) - 1)
        at = (np.arange(n) + 0.5) / n
        quantiles = np.quantile(centred @ axes[:kept].T, at, axis=0).T
        # The quantiles of the mean-free projections have a mean of their own, which the target has already.
        return cls(axes[:kept].T.copy(), quantiles - quantiles.mean(axis=1, keepdims=True))

    def energy(self, z: Any) -> Any:
        """(n, K) weighted differences → ‖mean‖², and the mean squared distance of projections to quantiles.

        Where m axes are kept, what a field has in all other directions counts by its mean over the ensemble only.
        """
        import torch

        axes, quantiles = torch.from_numpy(self.axes), torch.from_numpy(self.quantiles)
        mean = z.mean(0)
        projections = (z - mean) @ axes
        ordered = torch.sort(projections, dim=0).values
        return mean.square().sum() + (ordered - quantiles.T).square().mean(0).sum()
