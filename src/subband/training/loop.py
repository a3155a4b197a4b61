"""The training loop: steps, budgets, saved state and hooks, independent of models and losses."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from subband.errors import BudgetError, InvalidInput, TrainingError
from subband.runs.interrupt import interruption
from subband.training.average import PowerAverage
from subband.training.batches import Batches
from subband.training.engine import Engine
from subband.training.interrupt import Stop, stoppable
from subband.training.precision import Precision
from subband.training.schedule import warmup_cosine
from subband.training.state import Position, curves, load_state, planned
from subband.training.task import Trainable

Progress = Callable[[int, int, float, float], None]
"""Called after each step with (steps done, total steps, last loss of the first phase, seconds left)."""


@dataclass(frozen=True)
class Report:
    """Results of a step, for hooks.

    Attributes:
        step: steps done, this one included.
        steps: steps of the whole run.
        values: "phase/loss", other entries of each phase, its gradient norm and learning rate.
        rate: steps per second so far.
        left: estimated seconds left at that rate.
        done: whether this was the last step.

    Example:
        >>> from subband.training import Hook, Report
        >>> hook: Hook = lambda report: print(f"{report.step} of {report.steps}: {report.values['main/loss']}")
        >>> hook(Report(step=10, steps=100, values={"main/loss": 0.5}, rate=2.0, left=45.0))
        10 of 100: 0.5
    """

    step: int
    steps: int
    values: Mapping[str, float]
    rate: float
    left: float

    @property
    def done(self) -> bool:
        return self.step == self.steps


Hook = Callable[[Report], None]
"""Called after each step, on the main process."""


@dataclass(frozen=True)
class Look:
    """A callback with access to the weights after some of the steps, on the main process.

    Attributes:
        due: (steps done, steps of the whole run) -> whether it runs now. It must be equal on all processes,
            as sharded weights are gathered for it.
        see: the callback.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> from subband.training import Batches, Look, Progress, Trainable, fit
        >>> class Mean(Trainable):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.value = nn.Parameter(torch.zeros(()))
        ...     def optimizers(self):
        ...         return {"main": torch.optim.SGD([self.value], lr=0.1)}
        ...     def step(self, batch, k):
        ...         return {"loss": (batch - self.value).square().mean()}
        >>> batches: Batches = lambda k: torch.ones(4)
        >>> quiet: Progress = lambda done, steps, loss, left: None
        >>> look = Look(due=lambda step, steps: step % 10 == 0, see=lambda report: print(report.step, report.done))
        >>> fitted = fit(Mean(), batches, steps=20, seed=0, progress=quiet, looks=[look])
        10 False
        20 True
    """

    due: Callable[[int, int], bool]
    see: Hook


class Stateful(Protocol):
    """A hook with a memory.

    Example:
        >>> from subband.training import Stateful
        >>> class Counter:
        ...     count = 0
        ...     def __call__(self, report):
        ...         self.count += 1
        ...     def state_dict(self):
        ...         return {"count": self.count}
        ...     def load_state_dict(self, state):
        ...         self.count = state.get("count", 0)
        >>> hook: Stateful = Counter()  # for `Keep(file, watch=hook)`
        >>> hook.load_state_dict({"count": 3})
        >>> hook.state_dict()
        {'count': 3}
    """

    def state_dict(self) -> dict[str, Any]:
        """What it remembers, as JSON values."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Remember what `state_dict` returned; of an empty state, nothing."""
        ...


@dataclass(frozen=True)
class Keep:
    """Saving and resuming of a run's state.

    Attributes:
        file: state file, written atomically; if it exists at the start, the run resumes from it.
        minutes: interval in minutes at which it is written; it is also written at the end and on
            interruption.
        facts: JSON values that the run depends on: settings, data. A run resumes only if they are equal.
        replacing: if given, the run begins anew whatever the file holds. Its first state is written after its first
            step, before hooks and looks, within this context, on the main process; the earlier run is kept until
            then, and a run that ends before leaves everything as it was.
        watch: a hook whose memory is part of the state.

    Example:
        >>> from pathlib import Path
        >>> import torch
        >>> from torch import nn
        >>> from subband.training import Keep, Trainable, fit
        >>> class Mean(Trainable):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.value = nn.Parameter(torch.zeros(()))
        ...     def optimizers(self):
        ...         return {"main": torch.optim.SGD([self.value], lr=0.1)}
        ...     def step(self, batch, k):
        ...         return {"loss": (batch - self.value).square().mean()}
        >>> keep = Keep(Path("state.pt"))
        >>> fit(Mean(), lambda k: torch.ones(4), steps=20, seed=0, keep=keep).first
        0
        >>> fit(Mean(), lambda k: torch.ones(4), steps=30, seed=0, keep=keep).first  # goes on
        20
    """

    file: Path
    minutes: float = 5.0
    facts: Mapping[str, Any] = field(default_factory=dict)
    replacing: Callable[[], AbstractContextManager[None]] | None = None
    watch: Stateful | None = None


@dataclass(frozen=True)
class Fit:
    """Result of a training run.

    Attributes:
        steps: steps completed.
        losses: loss of each completed step by phase, each of shape (steps,).
        interrupted: whether a signal ended it early; the model is that of the last completed step.
        seconds: duration, since the run was last resumed.
        planned: steps of the whole run.
        first: steps that were done before, in earlier parts of the run.
        signal: which signal asked for an end, SIGINT (Ctrl-C) or SIGTERM, even if in the last step; 0 for none.
    """

    steps: int
    losses: dict[str, np.ndarray]
    interrupted: bool
    seconds: float
    planned: int = 0
    first: int = 0
    signal: int = 0


def fit(
    model: Trainable,
    batches: Batches,
    *,
    seed: int,
    steps: int | None = None,
    minutes: float | None = None,
    schedule: Callable[[int, int], float] = warmup_cosine,
    clip: float | None = 1.0,
    averages: Sequence[PowerAverage] = (),
    precision: Precision | None = None,
    parts: int | None = None,
    keep: Keep | None = None,
    progress: Progress | None = None,
    hooks: Sequence[Hook] = (),
    looks: Sequence[Look] = (),
) -> Fit:
    """Train a model for a number of steps.

    Each step takes one batch through each optimizer in turn: loss, gradient, clipping, update. All randomness
    is a function of `seed` and the step, so runs on one machine with one number of threads are bit-identical,
    however often they are interrupted and resumed.

    Args:
        model: the model, moved to the device and trained in place.
        batches: the batch of each step.
        seed: seed of the model's noise.
        steps: number of steps. A finished run whose state is kept is extended if there are more now than it was
            planned for: from its last step on, as a run of so many steps would continue, by `schedule` and
            `Moment.progress`; the learning rate rises again to that run's, and falls from there.
        minutes: time budget in place of `steps`. A trial of at most 1/50 of it, whose effect is undone,
            determines the number of steps, which is then fixed.
        schedule: (k, steps) -> factor on every learning rate.
        clip: maximum gradient norm of a phase, by rescaling; None for no clipping.
        averages: averages of (parts of) the model, updated after each step.
        precision: number format and layout; by default `fast_precision()`.
        parts: number of equal parts of each batch, whose gradients are averaged, for gradient accumulation or
            for distribution over processes; by default one per process. Runs with equal `parts` agree up to
            the order of summation, whatever the number of processes.
        keep: saving and resuming of the state; None for neither.
        progress: called after each step.
        hooks: called after each step with a `Report`; they must not use the weights, which may be sharded.
        looks: callbacks with access to the weights.

    Returns:
        The result. SIGINT (Ctrl-C) or SIGTERM ends a run after the current step, which then returns with
        `interrupted` set and its state saved.

    Raises:
        BudgetError: if steps < 1, or the minutes are too few for a step.
        InvalidInput: if the model has no optimizers, not exactly one of steps and minutes is given, or a
            batch can't be cut into the parts.
        TrainingError: if a loss or its gradient is not finite. The model keeps the last finite weights.
        CheckpointError: if there is a state to resume from, and it is damaged, of another run, or of a run of
            another length that is unfinished or longer.
        KeyboardInterrupt: at a second Ctrl-C if weights are sharded, as the processes are then out of step; and
            before the first state of a run that replaces another.
    """
    if (steps is None) == (minutes is None):
        raise InvalidInput(f"can't train with steps={steps} and minutes={minutes}: give exactly one of them")
    if steps is not None and steps < 1:
        raise BudgetError(f"can't train for {steps} steps: ask for 1 or more")
    engine = Engine(model, seed, schedule, clip, averages, precision, parts)
    facts = (
        {} if keep is None else dict(keep.facts) | {"seed": seed, "parts": engine.parts, "minutes": minutes}
    )
    with stoppable() as stop, torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        if keep is not None and keep.replacing is None and keep.file.is_file():
            position = planned(load_state(keep.file, engine.state, facts), steps, facts, keep.file)
            if keep.watch is not None:
                keep.watch.load_state_dict(position.watched)
        else:
            total = steps if minutes is None else engine.steps_in(minutes, batches)
            position = Position(0, total or 0, {name: [] for name in engine.optimizers}, facts)
        try:
            return _run(engine, batches, position, keep, stop, progress, hooks, looks)
        finally:
            model.eval()


def _run(
    engine: Engine,
    batches: Batches,
    position: Position,
    keep: Keep | None,
    stop: Stop,
    progress: Progress | None,
    hooks: Sequence[Hook],
    looks: Sequence[Look],
) -> Fit:
    """Run the remaining steps, with callbacks and saving of the state."""
    first = done = kept = position.done
    steps = position.steps
    losses = {name: list(values) for name, values in position.losses.items()}
    began = saved = time.monotonic()
    whole, interrupted = True, False
    anew = None if keep is None else keep.replacing

    def reached() -> Position:
        watch = None if keep is None else keep.watch
        return Position(done, steps, losses, position.facts, {} if watch is None else watch.state_dict())

    try:
        while done < steps:
            whole = False
            values = engine.step(done, steps, batches(done))
            done += 1
            for name, history in losses.items():
                history.append(values[f"{name}/loss"])
            whole = True
            if keep is not None and anew is not None:
                if any(engine.agree(stop.asked)):
                    raise interruption(stop.signal)
                with anew() if engine.main else nullcontext():
                    engine.save(keep.file, reached())
                anew, saved, kept = None, time.monotonic(), done
            now = time.monotonic()
            rate = (done - first) / max(now - began, 1e-9)
            report = Report(done, steps, values, rate, (steps - done) / rate)
            if engine.main:
                for hook in hooks:
                    hook(report)
                if progress is not None:
                    main, *_ = losses.values()
                    progress(done, steps, main[-1], report.left)
            due_now = [look.see for look in looks if look.due(done, steps)]
            if due_now:
                with engine.shown():
                    for see in due_now if engine.main else ():
                        see(report)
            interrupted, due = engine.agree(stop.asked, keep is not None and now - saved >= 60 * keep.minutes)
            if interrupted:
                break
            if keep is not None and due and done < steps:
                engine.save(keep.file, reached())
                saved, kept = time.monotonic(), done
    except KeyboardInterrupt:  # from a second signal, or from a hook
        if engine.split or anew is not None:
            raise
        interrupted = True
    except TrainingError as error:
        engine.give_back()
        where = (
            f"; the last good state, of step {kept}, is in {keep.file}" if keep is not None and kept else ""
        )
        raise TrainingError(f"{error}{where}") from error
    if keep is not None and whole and done > first:
        engine.save(keep.file, reached())
    engine.give_back()
    seconds, ended = time.monotonic() - began, interrupted and done < steps
    asked = stop.signal if stop.asked or interrupted else 0
    return Fit(done, curves(losses, done), ended, seconds, steps, first, asked)
