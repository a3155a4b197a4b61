"""What the loop asks of a model."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Moment:
    """Where in the run a model is asked for its loss.

    Attributes:
        step: the present step, 0 <= step < steps.
        steps: steps of the whole run.
        phase: name of the optimizer whose turn it is.
        random: randomness for the loss; a function of (seed, step, phase, part of the batch). So is torch's
            global stream, from which dropout draws.
    """

    step: int
    steps: int
    phase: str
    random: torch.Generator

    @property
    def progress(self) -> float:
        """Part of the run that is done, in [0, 1)."""
        return self.step / self.steps


class Trainable(nn.Module, ABC):
    """What the loop asks of a model. Whatever training changes in it is a parameter or a saved buffer.

    Attributes:
        gradient_in_loss: whether a loss holds one; such weights can be split, but not gathered block by block.
    """

    gradient_in_loss: ClassVar[bool] = False

    @abstractmethod
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """Optimizers by phase, in the order that a step goes through them."""

    @abstractmethod
    def step(self, batch: Any, k: Moment) -> dict[str, Tensor]:
        """The loss to minimise in phase `k.phase` under "loss", a scalar; other entries are for the log."""
