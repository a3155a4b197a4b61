"""Forward processes: how an image becomes noise."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class Path(Protocol):
    """A corruption x_t = alpha(t) x0 + sigma(t) eps, eps ~ N(0, 1): the image at t = 0, noise at t = 1."""

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """alpha(t) and sigma(t), each of t's shape."""
        ...

    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Their derivatives in t, each of t's shape."""
        ...

    def draw_times(self, count: int, source: torch.Generator) -> Tensor:
        """Times to train at, shape (count,), inside (0, 1)."""
        ...


@dataclass(frozen=True)
class FlowPath:
    """The straight path: alpha = 1 - t, sigma = t, trained at logit-normal times.

    Attributes:
        mean: of logit t; below 0 spends more of the training near the image.
        spread: standard deviation of logit t.

    Source: Lipman et al. 2023, "Flow matching for generative modeling"; times from Esser et al. 2024,
    "Scaling rectified flow transformers", section 3.1.
    """

    mean: float = 0.0
    spread: float = 1.0

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        return 1 - t, t

    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        return -torch.ones_like(t), torch.ones_like(t)

    def draw_times(self, count: int, source: torch.Generator) -> Tensor:
        return (self.mean + self.spread * torch.randn(count, generator=source)).sigmoid()
