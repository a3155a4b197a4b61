"""The interface between training loop and models."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Moment:
    """Context in which a loss is evaluated.

    Attributes:
        step: the current step, 0 <= step < steps.
        steps: steps of the whole run.
        phase: name of the current optimizer.
        random: generator for the loss; a function of (seed, step, phase, part of the batch), like the seed of
            torch's global stream, which dropout uses.

    Example:
        >>> import torch
        >>> from subband.training import Moment
        >>> k = Moment(step=50, steps=200, phase="main", random=torch.Generator().manual_seed(0))
        >>> k.progress, torch.rand(3, generator=k.random).shape
        (0.25, torch.Size([3]))
    """

    step: int
    steps: int
    phase: str
    random: torch.Generator

    @property
    def progress(self) -> float:
        """Completed fraction of the run, in [0, 1)."""
        return self.step / self.steps


class Trainable(nn.Module, ABC):
    """A trainable model: optimizers and a loss. Training changes only parameters and saved buffers.

    Attributes:
        gradient_in_loss: whether a loss contains gradients (double backward); such models can be sharded, but
            their weights can't be gathered block by block.
    """

    gradient_in_loss: ClassVar[bool] = False

    @abstractmethod
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """Optimizers by phase, in their order within a step."""

    @abstractmethod
    def step(self, batch: Any, k: Moment) -> dict[str, Tensor]:
        """The loss of phase `k.phase` under "loss", a scalar; other entries are logged."""
