"""Canonical models p(x) ∝ exp(−N θ·Φ(x)), N the number of samples of a field."""

from dataclasses import dataclass, field

import numpy as np

from subband.errors import InvalidInput
from subband.synthesis.maximum_entropy.langevin import Chain, langevin
from subband.synthesis.objective import torch_module
from subband.synthesis.statistics.statistic import Statistics


@dataclass(frozen=True)
class Canonical:
    """The density of largest entropy with given expectations of Φ, p(x) ∝ exp(−N θ·Φ(x)).

    Beside it, the microcanonical model fixes Φ itself; for large fields both have the same marginals, where Φ
    concentrates.

    Attributes:
        statistics: Φ, means over a field.
        theta: (K,) θ.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import Canonical, Norms
        >>> u, g = Canonical(Norms((2,), axes=1), np.array([0.5])).energy(np.ones((1, 8)))
        >>> u.tolist(), g[0, 0].item()
        ([4.0], 1.0)

    See also: `subband.synthesis.score_matching`, `subband.synthesis.uniform_on_sphere`.
    """

    statistics: Statistics
    theta: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        theta = np.asarray(self.theta, dtype=np.float64)
        if theta.shape != (len(self.statistics.index),) or not np.isfinite(theta).all():
            raise InvalidInput(
                f"theta of shape {theta.shape}: give {len(self.statistics.index)} finite numbers, one for each "
                "statistic"
            )
        object.__setattr__(self, "theta", theta)

    def energy(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, *field) → U = N θ·Φ (n,) and its gradient (n, *field)."""
        torch = torch_module()
        point = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64)).requires_grad_()
        phi = self.statistics.values(point)
        u = (phi @ torch.from_numpy(self.theta)) * float(np.prod(x.shape[1:]))
        u.sum().backward()
        return u.detach().numpy(), point.grad.numpy()

    def sample(
        self, start: np.ndarray, *, step: float, steps: int, burn: int = 0, thin: int = 1, seed: int = 0
    ) -> Chain:
        """Langevin dynamics with the Metropolis test from (n, *field); see `subband.synthesis.langevin`."""
        return langevin(self.energy, start, step=step, steps=steps, burn=burn, thin=thin, seed=seed)
