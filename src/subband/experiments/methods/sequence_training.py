"""Training of sequence models for a share of the processor's time, single-threaded, with a curve of losses."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

TRIAL = 4  # steps that set the pace


@dataclass(frozen=True, eq=False)
class Curve:
    """Losses of one training.

    Attributes:
        losses: (steps,) of each batch.
        seconds: Processor seconds of a step, the median.
        wanted: Steps of the protocol; fewer were made if the time was short.
    """

    losses: np.ndarray
    seconds: float
    wanted: int

    def smoothed(self, width: int = 50) -> np.ndarray:
        """Means of `width` batches in a row."""
        width = min(width, len(self.losses))
        return np.convolve(self.losses, np.full(width, 1 / width), mode="valid")

    def solved_at(self, threshold: float, width: int = 50) -> float:
        """The step at which the mean of `width` batches first falls below a threshold; ∞ if never."""
        below = np.flatnonzero(self.smoothed(width) < threshold)
        return float(below[0] + min(width, len(self.losses))) if len(below) else float("inf")


def train_steps(
    model: nn.Module,
    loss: Callable[[int], Tensor],
    *,
    steps: int,
    cpu_seconds: float,
    rate: float = 1e-3,
    decay: Callable[[int], float] | None = None,
    clip_value: float | None = None,
    clip_norm: float | None = None,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.RMSprop,
    done_below: float | None = None,
) -> Curve:
    """Train with a loss of the step's number, for so many steps or, if that is less, as many as the time allows.

    Args:
        model: Changed in place.
        loss: Step → scalar.
        steps: Of the protocol.
        cpu_seconds: Processor time; the number of steps follows from the first ones, not from a clock later on.
        rate: Learning rate.
        decay: Step → factor of the rate.
        clip_value, clip_norm: Of gradients.
        optimizer: Class; RMSprop with PyTorch's decay of squares .99 is given .9.
        done_below: Stop when the mean loss of 50 batches is below a tenth of it.
    """
    options = {"alpha": 0.9} if optimizer is torch.optim.RMSprop else {}
    steered = optimizer(model.parameters(), lr=rate, **options)
    schedule = torch.optim.lr_scheduler.LambdaLR(steered, decay or (lambda _: 1.0))
    losses, taken, count = [], [], steps
    k = 0
    while k < count:
        start = time.process_time()
        steered.zero_grad()
        value = loss(k)
        value.backward()
        if clip_value is not None:
            _clip(model, clip_value)
        if clip_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
        steered.step()
        schedule.step()
        losses.append(value.item())
        k += 1
        if k <= TRIAL:
            taken.append(time.process_time() - start)
        if k == TRIAL:
            count = max(TRIAL, min(steps, int(cpu_seconds / max(float(np.median(taken[1:])), 1e-9))))
        if done_below is not None and k >= 50 and k % 50 == 0 and np.mean(losses[-50:]) < 0.1 * done_below:
            break
    return Curve(np.array(losses), float(np.median(taken[1:])) if len(taken) > 1 else taken[0], steps)


def _clip(model: nn.Module, most: float) -> None:
    """Limit gradients to ±most, both parts of complex ones; PyTorch's own function takes real ones only."""
    for p in model.parameters():
        if p.grad is not None:
            (torch.view_as_real(p.grad) if p.grad.is_complex() else p.grad).clamp_(-most, most)
