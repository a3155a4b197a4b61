"""Training of generators with equal budgets of processor time, each in a process of its own."""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Sequence
from itertools import pairwise
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

import torch

from subband.data import Examples
from subband.errors import TrainingError
from subband.experiments.parts import find_part, keep_part
from subband.generate import GENERATORS, TrainedGenerator, as_examples, train_family
from subband.runs.environment import cores
from subband.runs.progress import Watcher
from subband.training import Hook

TRIAL = 8  # steps of the timing run
T = TypeVar("T")


def train_for(
    family: str,
    examples: Examples,
    cpu_seconds: float,
    *,
    flip: bool,
    seed: int = 0,
    second: Examples | None = None,
    hooks: Sequence[Hook] = (),
    **settings: Any,
) -> TrainedGenerator:
    """Train for a given processor time; the number of steps follows from a short timing run.

    Args:
        family: key of `GENERATORS`.
        examples: training examples.
        cpu_seconds: processor time of all threads together, without the timing run and without waiting.
        flip: random horizontal flips.
        seed: of weights, batches and noise.
        second: the other domain, of families of two.
        hooks: told of each step.
        settings: of the family, overriding its defaults for these images.
    """
    steps = steps_for(family, examples, cpu_seconds, flip=flip, seed=seed, second=second, **settings)
    return train_in_steps(
        family, examples, steps, flip=flip, seed=seed, second=second, hooks=hooks, **settings
    )


def steps_for(
    family: str,
    examples: Examples,
    cpu_seconds: float,
    *,
    flip: bool,
    seed: int = 0,
    second: Examples | None = None,
    **settings: Any,
) -> int:
    """Number of training steps in a given processor time, by a short timing run; arguments as for `train_for`."""
    marks: list[float] = []
    train_in_steps(
        family, examples, TRIAL, flip=flip, seed=seed, second=second,
        progress=lambda *_: marks.append(time.process_time()), **settings,
    )  # fmt: skip
    typical = sorted(after - before for before, after in pairwise(marks[1:]))[(TRIAL - 2) // 2]
    return max(int(cpu_seconds / typical), 1)


def train_in_steps(
    family: str,
    examples: Examples,
    steps: int,
    *,
    flip: bool,
    seed: int = 0,
    second: Examples | None = None,
    hooks: Sequence[Hook] = (),
    progress: Callable[..., None] | None = None,
    **settings: Any,
) -> TrainedGenerator:
    """Train for a number of steps; arguments as for `train_for`, and a receiver of the progress."""
    kind = GENERATORS[family]
    taken = as_examples(examples, kind)
    config = kind.configure(taken.size, channels=taken.channels, classes=taken.classes, **settings)
    return train_family(
        kind, taken, config, steps=steps, seed=seed, flip=flip, second=second, progress=progress, hooks=hooks
    )


def in_processes(
    work: Callable[..., T], jobs: Sequence[tuple[str, tuple[Any, ...]]], watcher: Watcher, title: str
) -> dict[str, T]:
    """Run jobs in parallel single-threaded processes, at most one per core; what an earlier run finished is kept.

    Args:
        work: function that other processes can import.
        jobs: (name, arguments of `work`) of each.
        watcher: receives the progress.
        title: of the stage; with a job's name it names the part of the experiment.

    Returns:
        Name of the job → its result, in the order of the jobs.

    Raises:
        TrainingError: a process was killed. What a job itself raises is raised here; the other jobs end at once.
    """
    before = {name: find_part(title, name) for name, _ in jobs}
    done: dict[str, T] = {name: found[0] for name, found in before.items() if found is not None}
    waiting = [job for job in jobs if job[0] not in done]
    running: dict[Any, tuple[str, BaseProcess]] = {}  # by the end of the pipe that its result comes through
    context = multiprocessing.get_context("spawn")
    with watcher.stage(title) as advance:
        if done:
            advance(len(done), len(jobs), f"{len(done)} of {len(jobs)} finished by an earlier run")
        try:
            while waiting or running:
                while waiting and len(running) < cores():
                    name, arguments = waiting.pop(0)
                    here, there = context.Pipe(duplex=False)
                    process = context.Process(target=_answer, args=(there, work, arguments), daemon=True)
                    process.start()
                    there.close()  # or its end would not be seen
                    running[here] = name, process
                for here in wait(list(running)):
                    name, process = running[here]
                    done[name] = keep_part(title, name, _answer_of(here, name))
                    process.join()
                    del running[here]
                    advance(len(done), len(jobs), f"{name} ({len(done)} of {len(jobs)})")
        finally:
            # Not by SIGTERM, which a training takes as a wish.
            for _, process in running.values():
                process.kill()
                process.join()
    return {name: done[name] for name, _ in jobs}


def _answer(there: Connection, work: Callable[..., T], arguments: tuple[Any, ...]) -> None:
    torch.set_num_threads(1)
    try:
        there.send((work(*arguments), None))
    except Exception as error:  # noqa: BLE001 - raised again by the parent
        error.add_note(traceback.format_exc())
        there.send((None, error))
    except KeyboardInterrupt:  # Ctrl-C and SIGTERM reach the parent, too, which speaks for all
        return


def _answer_of(here: Any, name: str) -> Any:
    try:
        result, error = here.recv()
    except EOFError as ended:
        raise TrainingError(f"the process of {name} was ended from outside: start again to go on") from ended
    if error is not None:
        raise error
    return result
