"""Training steps on Accelerate: batches cut into parts, which are distributed over processes."""

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from subband.errors import BudgetError, InvalidInput, OutputError, TrainingError
from subband.runs.environment import whole_number
from subband.training.average import PowerAverage
from subband.training.batches import Batch, Batches
from subband.training.precision import Precision, fast_precision
from subband.training.randomness import generator
from subband.training.sharding import Split, is_asked, whole
from subband.training.state import Parts, Position, capture, restore, save_state
from subband.training.task import Moment, Trainable

_NOISE = 3  # stream key, for `generator`, of the models' noise
_TRIAL = 1 / 50  # fraction of a time budget for measuring the duration of a step
_FEWEST, _MOST = 3, 50  # bounds on the number of steps measured


class _Turn(nn.Module):
    """`model.step` as a forward pass, which Accelerate can wrap for distribution."""

    def __init__(self, model: Trainable):
        super().__init__()
        self.model = model

    def forward(self, batch: Any, k: Moment) -> dict[str, Tensor]:
        return self.model.step(batch, k)


class Engine:
    """A model on its devices, with its optimizers and averages.

    Attributes:
        optimizers: optimizers by phase.
        parts: number of parts of each batch.
        state: the objects whose values make up the saved state.
        main: whether this is the main process, which writes files and runs callbacks.
    """

    def __init__(
        self,
        model: Trainable,
        seed: int,
        schedule: Callable[[int, int], float],
        clip: float | None,
        averages: Sequence[PowerAverage],
        precision: Precision | None,
        parts: int | None,
    ):
        # A third of a second, which those who only read a training's settings need not wait for.
        from accelerate import Accelerator
        from accelerate.utils import DistributedDataParallelKwargs

        self.accelerator = accelerator = Accelerator()
        launched = (whole_number("WORLD_SIZE") or 1) if "LOCAL_RANK" in os.environ else 1
        if launched > accelerator.num_processes:
            raise InvalidInput(
                f"can't train in {launched} processes that don't know of each other: they find no GPU; "
                "set ACCELERATE_USE_CPU=true to train on processors"
            )
        self.precision = precision or fast_precision()
        self.seed, self.schedule, self.clip = seed, schedule, clip
        self._split = Split(model, averages, _Turn, accelerator) if is_asked(accelerator) else None
        if self._split is None:
            for module in (model, *(average.module for average in averages)):
                module.to(device=accelerator.device)
                module.to(memory_format=self.precision.layout)  # type: ignore[call-overload]  # not in torch's stubs
            held, self.averages = model, averages
        else:
            held, self.averages = self._split.model, self._split.averages
        phases = held.optimizers()
        if not phases:
            raise InvalidInput(f"can't train {type(model).__name__}: its optimizers() is empty")
        self._bases = {name: [g["lr"] for g in optimizer.param_groups] for name, optimizer in phases.items()}
        self.state = Parts(held, phases, self.averages)
        if self._split is None:
            # A phase leaves the other phases' weights without gradients, which DDP must expect.
            accelerator.ddp_handler = DistributedDataParallelKwargs(  # type: ignore[assignment]
                find_unused_parameters=len(phases) > 1
            )
            self.turn, *prepared = accelerator.prepare(_Turn(model), *phases.values())
            self.optimizers = dict(zip(phases, prepared, strict=True))
        else:
            self.turn, self.optimizers = self._split.turn, phases
        self.turn.train()
        self.parts = accelerator.num_processes if parts is None else parts
        if self.parts < 1 or self.parts % accelerator.num_processes:
            raise InvalidInput(
                f"can't share {self.parts} parts of a batch among {accelerator.num_processes} processes: "
                f"parts must be a multiple of them"
            )

    @property
    def main(self) -> bool:
        return self.accelerator.is_main_process

    def step(self, k: int, steps: int, batch: Batch) -> dict[str, float]:
        """Step k: each phase's update in turn, then the averages. Returns the values to log, by name.

        Raises:
            TrainingError: if a loss or a gradient is not finite; the weights of that phase are as before.
            InvalidInput: if the batch can't be cut into the parts.
        """
        values: dict[str, float] = {}
        for index, phase in enumerate(self.optimizers):
            values |= self._update(index, phase, k, steps, batch)
        for average in self.averages:
            average.update(k)
        return values

    def _update(self, index: int, phase: str, k: int, steps: int, batch: Batch) -> dict[str, float]:
        """One optimizer step of phase number `index`; returns the values to log."""
        optimizer, accelerator = self.optimizers[phase], self.accelerator
        share = self.parts // accelerator.num_processes
        optimizer.zero_grad()
        means: dict[str, Tensor] = {}
        for j in range(share):
            part = accelerator.process_index * share + j
            # The first part has the stream of an uncut batch.
            random = generator(self.seed, _NOISE, index, k, *([part] if part else []))
            torch.manual_seed(random.initial_seed())
            rows = _on(_cut(batch, part, self.parts), accelerator.device, self.precision)
            with self._pass(last=j == share - 1):
                with self.precision.context(accelerator.device):
                    results = self.turn(rows, Moment(k, steps, phase, random))
                accelerator.backward(results["loss"] / share)
            for name, value in results.items():
                means[name] = means.get(name, 0) + value.detach().float() / share
        values = {f"{phase}/{name}": value for name, value in self._mean(means).items()}
        weights = [p for group in optimizer.param_groups for p in group["params"]]
        norm = _number(accelerator.clip_grad_norm_(weights, math.inf if self.clip is None else self.clip))
        if not (math.isfinite(values[f"{phase}/loss"]) and math.isfinite(norm)):
            raise TrainingError(
                f"{phase} loss {values[f'{phase}/loss']:g} with gradient norm {norm:g} at step {k + 1} of {steps}: "
                "lower the learning rate, or look for infinite values in the data"
            )
        factor = self.schedule(k, steps)
        for group, base in zip(optimizer.param_groups, self._bases[phase], strict=True):
            group["lr"] = base * factor
        optimizer.step()
        return values | {f"{phase}/gradient norm": norm, f"{phase}/rate": self._bases[phase][0] * factor}

    def steps_in(self, minutes: float, batches: Batches) -> int:
        """Number of steps that fit into a time, measured by a short trial whose effect is undone.

        Raises:
            BudgetError: if not even one does.
        """
        if not 0 < minutes < math.inf:
            raise BudgetError(f"can't train for {minutes:g} minutes: give a number above 0")
        tensors, groups = capture(self.state)
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}
        began, taken = time.monotonic(), []
        # Processes agree on each further step: one that took a step more would wait for the others for ever.
        while len(taken) <= _FEWEST or (
            len(taken) < _MOST and all(self.agree(time.monotonic() - began < 60 * minutes * _TRIAL))
        ):
            start = time.monotonic()
            self.step(len(taken), _MOST + _FEWEST, batches(len(taken)))
            taken.append(time.monotonic() - start)
        restore(self.state, tensors, groups, "the trial")
        typical = sorted(taken[1:])[len(taken[1:]) // 2]  # the first step allocates and fills caches
        left = 60 * minutes - (time.monotonic() - began)
        steps = int(self._mean({"steps": torch.tensor(left / typical)})["steps"])
        if steps < 1:
            raise BudgetError(
                f"can't train for {minutes:g} minutes: a step takes {typical:.2g} s, a trial a few of them"
            )
        return steps

    def agree(self, *flags: bool) -> tuple[bool, ...]:
        """Logical or of each flag over all processes; a collective call."""
        if self.accelerator.num_processes == 1:
            return flags
        local = torch.tensor(flags, dtype=torch.float32, device=self.accelerator.device)
        return tuple(bool(flag) for flag in self.accelerator.reduce(local, "sum"))  # type: ignore[union-attr]

    def save(self, file: Path, position: Position) -> None:
        """Save the state of the run, written by the main process; a collective call.

        Raises:
            TrainingError, OutputError: as `save_state`, on the main process; on all others a TrainingError.
        """
        error: TrainingError | OutputError | None = None
        try:
            if self.main or self.split:
                save_state(file, self.state, position, write=self.main)
        except (TrainingError, OutputError) as found:
            error = found
        if any(self.agree(error is not None)):  # all processes raise, so that none waits for another
            raise error or TrainingError("the main process could not save the state of the run")

    def shown(self) -> AbstractContextManager[None]:
        """Context manager: the original modules with the current weights, on the main process."""
        return nullcontext() if self._split is None else self._split.shown(keep=self.main)

    def give_back(self) -> None:
        """Gather the weights into the original modules, on every process."""
        if self._split is not None:
            self._split.give_back()

    @property
    def split(self) -> bool:
        """Whether weights are sharded; saving and gathering them are then collective."""
        return self._split is not None

    def _pass(self, *, last: bool) -> AbstractContextManager[None]:
        """Context of one forward and backward pass; in the last one of an update, gradients are reduced."""
        if self._split is not None:
            self._split.begin(last=last)
            return nullcontext()
        return nullcontext() if last else self.accelerator.no_sync(self.turn)

    def _mean(self, values: Mapping[str, Tensor]) -> dict[str, float]:
        """Means of scalars over the processes, by name."""
        stacked = torch.stack([value.to(self.accelerator.device) for value in values.values()])
        if self.accelerator.num_processes > 1:
            stacked = self.accelerator.reduce(stacked, "mean")
        return dict(zip(values, stacked.tolist(), strict=True))  # type: ignore[union-attr]


def _cut(batch: Batch, part: int, parts: int) -> Batch:
    """Part number `part` of the `parts` equal parts of a batch."""
    if parts == 1:
        return batch
    if isinstance(batch, dict):
        return {name: _cut(rows, part, parts) for name, rows in batch.items()}  # type: ignore[misc]
    if len(batch) % parts:
        raise InvalidInput(f"can't cut a batch of {len(batch)} into {parts} equal parts: take a multiple")
    size = len(batch) // parts
    return batch[part * size : (part + 1) * size]


def _on(batch: Batch, device: torch.device, precision: Precision) -> Any:
    """The batch on the device, 4-D tensors in the memory format of the precision."""
    if isinstance(batch, dict):
        return {name: _on(rows, device, precision) for name, rows in batch.items()}
    if batch.ndim == 4:
        return batch.to(device=device, memory_format=precision.layout)
    return batch.to(device)


def _number(norm: Any) -> float:
    """A gradient norm as a float, over all shards; 0 for None, of a phase without gradients."""
    return 0.0 if norm is None else float(whole(norm))
