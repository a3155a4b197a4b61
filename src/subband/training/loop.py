"""The training loop. It knows optimizers, averages and budgets; it knows no losses."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from subband.errors import BudgetError, InvalidInput, TrainingError
from subband.training.average import PowerAverage
from subband.training.batches import Batch, Batches
from subband.training.precision import Precision, fast_precision
from subband.training.randomness import generator
from subband.training.schedule import warmup_cosine

_NOISE = 3  # the place, in `generator`'s sense, of the stream that models draw from

Progress = Callable[[int, int, float, float], None]
"""Called after each step with (steps done, steps in all, last loss, seconds left)."""


@dataclass(frozen=True)
class Moment:
    """Where in the run a model is asked for its loss.

    Attributes:
        step: the present step, 0 <= step < steps.
        steps: steps of the whole run.
        phase: name of the optimizer whose turn it is.
        random: the only randomness a loss may use; a function of (seed, step, phase).
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
    """What the loop asks of a model."""

    @abstractmethod
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """Optimizers by phase, in the order that a step goes through them."""

    @abstractmethod
    def step(self, batch: Any, k: Moment) -> dict[str, Tensor]:
        """The loss to minimise in phase `k.phase` under "loss", a scalar; other entries are for the log."""


@dataclass(frozen=True)
class Fit:
    """What a run of the loop reached.

    Attributes:
        steps: steps completed.
        losses: loss of each completed step by phase, each of shape (steps,).
        interrupted: whether Ctrl-C ended it early; the model is as the last steps left it.
        seconds: time taken.
    """

    steps: int
    losses: dict[str, np.ndarray]
    interrupted: bool
    seconds: float


class _Turn(nn.Module):
    """`model.step` as a forward pass, which is what Accelerate wraps to go to many devices."""

    def __init__(self, model: Trainable):
        super().__init__()
        self.model = model

    def forward(self, batch: Any, k: Moment) -> dict[str, Tensor]:
        return self.model.step(batch, k)


def fit(
    model: Trainable,
    batches: Batches,
    *,
    steps: int,
    seed: int,
    schedule: Callable[[int, int], float] = warmup_cosine,
    clip: float | None = 1.0,
    averages: Sequence[PowerAverage] = (),
    precision: Precision | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Train a model for a number of steps.

    Each step takes one batch through each optimizer in turn: loss, gradient, clipping, update. Everything
    random follows from `seed` and the step, so two runs on one machine with one number of threads end on the
    same bits.

    Args:
        model: moved to the device and trained in place.
        batches: the batch of each step.
        steps: how many.
        seed: of the noise that the model draws.
        schedule: factor on every learning rate, from (k, steps).
        clip: largest norm of a phase's gradient; larger ones are scaled down to it. None leaves them.
        averages: averages of (parts of) the model, updated after each step.
        precision: number format and layout; by default `fast_precision()`.
        progress: told of each step.

    Returns:
        What was reached. Ctrl-C ends a run early and returns too, with `interrupted` set.

    Raises:
        BudgetError: if steps < 1.
        InvalidInput: if the model has no optimizers.
        TrainingError: if a loss or its gradient is not finite. The model keeps the last finite weights.
    """
    if steps < 1:
        raise BudgetError(f"can't train for {steps} steps: ask for 1 or more")
    precision = precision or fast_precision()
    accelerator = Accelerator()
    device = accelerator.device
    for module in (model, *(average.module for average in averages)):
        module.to(device=device)
        module.to(memory_format=precision.layout)  # type: ignore[call-overload]  # torch's stubs lack this one
    model.train()
    phases = model.optimizers()
    if not phases:
        raise InvalidInput(f"can't train {type(model).__name__}: its optimizers() is empty")
    bases = {name: [group["lr"] for group in optimizer.param_groups] for name, optimizer in phases.items()}
    turn, *prepared = accelerator.prepare(_Turn(model), *phases.values())
    optimizers = dict(zip(phases, prepared, strict=True))

    losses: dict[str, list[float]] = {name: [] for name in optimizers}
    began = time.monotonic()
    done, interrupted = 0, False
    try:
        for k in range(steps):
            batch = _on(batches(k), device, precision)
            for place, (name, optimizer) in enumerate(optimizers.items()):
                moment = Moment(k, steps, name, generator(seed, _NOISE, place, k))
                with precision.context(device):
                    loss = turn(batch, moment)["loss"]
                optimizer.zero_grad()
                accelerator.backward(loss)
                weights = [p for group in optimizer.param_groups for p in group["params"]]
                norm = float(accelerator.clip_grad_norm_(weights, math.inf if clip is None else clip) or 0.0)
                value = loss.item()
                if not (math.isfinite(value) and math.isfinite(norm)):
                    raise TrainingError(
                        f"{name} loss {value:g} with gradient norm {norm:g} at step {k + 1} of {steps}: "
                        "lower the learning rate, or look for infinite values in the data"
                    )
                for group, base in zip(optimizer.param_groups, bases[name], strict=True):
                    group["lr"] = base * schedule(k, steps)
                optimizer.step()
                losses[name].append(value)
            for average in averages:
                average.update(k)
            done = k + 1
            if progress is not None:
                left = (time.monotonic() - began) / done * (steps - done)
                progress(done, steps, losses[name][-1], left)
    except KeyboardInterrupt:
        interrupted = True
    model.eval()
    curves = {name: np.asarray(values[:done], dtype=np.float32) for name, values in losses.items()}
    return Fit(done, curves, interrupted, time.monotonic() - began)


def _on(batch: Batch, device: torch.device, precision: Precision) -> Any:
    """Move a batch, images in the layout of the network."""
    if isinstance(batch, dict):
        return {name: _on(rows, device, precision) for name, rows in batch.items()}
    if batch.ndim == 4:
        return batch.to(device=device, memory_format=precision.layout)
    return batch.to(device)
