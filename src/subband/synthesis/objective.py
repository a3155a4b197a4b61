"""The energy of a synthesis, ‖W(Φx − y)‖² / ‖W y‖², and its gradient within a budget of memory."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from subband.errors import MissingDependency
from subband.synthesis.ensemble import Spread
from subband.synthesis.statistics.statistic import Statistics

BUDGET = 1 << 30
"""Bytes that the gradient of one chunk may take, by default."""


def torch_module() -> Any:
    """PyTorch.

    Raises:
        MissingDependency: it is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingDependency("synthesis needs PyTorch: pip install 'subband[torch]'") from error
    return torch


@dataclass(frozen=True)
class Objective:
    """E of fields, each on its own (`each`), or of all of an ensemble (`together`).

    Attributes:
        statistics: Φ.
        target: (K,) y.
        weights: (K,) w.
        spread: How Φ varies over an ensemble; None for its mean alone.
        budget: Bytes for one chunk; fields are taken one by one, and the summands of Φ too, if it asks for that.
    """

    statistics: Statistics
    target: np.ndarray
    weights: np.ndarray
    spread: Spread | None = None
    budget: int = BUDGET

    @property
    def size(self) -> float:
        """‖W y‖²; the number of statistics where all targets are 0."""
        found = float(np.sum((self.weights * self.target) ** 2))
        return found if found > 0 else float(len(self.target))

    def chunk(self, field: tuple[int, ...]) -> int:
        """How many fields are taken at a time."""
        return max(1, self.budget // (8 * prod(field) * max(self.statistics.memory, 1)))

    def each(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(b, *field) → values (b,) and gradients (b, *field), each field on its own."""
        torch, step = torch_module(), self.chunk(x.shape[1:])
        values, gradients = np.zeros(len(x)), np.empty(x.shape)
        for start in range(0, len(x), step):
            point = torch.from_numpy(np.ascontiguousarray(x[start : start + step])).requires_grad_()
            done = 0
            for part in self.statistics.parts:  # the sum of squares separates
                phi = part.values(point)
                here = slice(done, done + phi.shape[-1])
                done = here.stop
                w = torch.from_numpy(self.weights[here])
                energy = ((phi - torch.from_numpy(self.target[here])) * w).square().sum(-1) / self.size
                energy.sum().backward()
                values[start : start + step] += energy.detach().numpy()
            gradients[start : start + step] = point.grad.numpy()
        return values, gradients

    def together(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """(n, *field) → the value of the ensemble and its gradient (n, *field).

        Statistics of all fields come first; then ∂E/∂Φ, which is small, is taken back through each chunk.
        """
        torch, step = torch_module(), self.chunk(x.shape[1:])
        chunks = [torch.from_numpy(np.ascontiguousarray(x[k : k + step])) for k in range(0, len(x), step)]
        once = len(chunks) == 1
        found = []
        for chunk in chunks:
            with torch.set_grad_enabled(once):
                found.append(self.statistics.values(chunk.requires_grad_(once)))
        phi = torch.cat([one.detach() for one in found]).requires_grad_()
        energy = self._of_ensemble(phi)
        energy.backward()
        gradients, done = [], 0
        for chunk, there in zip(chunks, found, strict=True):
            point = chunk.requires_grad_()
            again = there if once else self.statistics.values(point)
            again.backward(phi.grad[done : done + len(chunk)])
            done += len(chunk)
            gradients.append(point.grad.numpy())
        return float(energy.detach()), np.concatenate(gradients)

    def _of_ensemble(self, phi: Any) -> Any:
        torch = torch_module()
        w, y = torch.from_numpy(self.weights), torch.from_numpy(self.target)
        z = (phi - y) * w
        if self.spread is None:
            return z.mean(0).square().sum() / self.size
        return self.spread.energy(z) / self.size

    def statistics_of(self, x: np.ndarray) -> np.ndarray:
        """(b, *field) → (b, K)."""
        step = self.chunk(x.shape[1:])
        return np.concatenate(
            [np.asarray(self.statistics.values(x[k : k + step])) for k in range(0, len(x), step)]
        )
