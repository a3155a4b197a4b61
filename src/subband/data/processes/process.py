"""Stationary processes with known answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Process(ABC):
    """A stationary process on a grid.

    Attributes of each kind are its parameters, `shape` among them.
    """

    shape: tuple[int, ...]

    @abstractmethod
    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        """(n, *shape) float64 independent realisations."""

    @property
    @abstractmethod
    def moments(self) -> Mapping[str, float]:
        """Exact expectations by name; empty where none are known."""
