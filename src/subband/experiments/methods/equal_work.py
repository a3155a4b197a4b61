"""Generators that learn for equally long: seconds of one processor core, each in a process of its own."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import torch

from subband.data import Examples
from subband.generate import GENERATORS, TrainedGenerator, as_examples, train_family
from subband.runs.environment import cores
from subband.runs.progress import Watcher

TRIAL = 8  # steps by which a step is timed
T = TypeVar("T")


def train_for(
    family: str, examples: Examples, cpu_seconds: float, *, flip: bool, seed: int = 0, **settings: Any
) -> TrainedGenerator:
    """Train for some seconds of processor time: a short trial says how many steps these are.

    Args:
        family: name in `GENERATORS`.
        examples: what to learn.
        cpu_seconds: of all threads together, the trial aside; waiting for a busy core doesn't count.
        flip: learn from mirror images too.
        seed: of weights, batches and noise.
        settings: of the family, where they are not to suit the images.
    """
    kind = GENERATORS[family]
    taken = as_examples(examples, kind)
    config = kind.configure(taken.size, channels=taken.channels, classes=taken.classes, **settings)
    marks: list[float] = []
    train_family(
        kind, taken, config, steps=TRIAL, seed=seed, flip=flip,
        progress=lambda *_: marks.append(time.process_time()),
    )  # fmt: skip
    typical = sorted(after - before for before, after in pairwise(marks[1:]))[(TRIAL - 2) // 2]
    steps = max(int(cpu_seconds / typical), 1)
    return train_family(kind, taken, config, steps=steps, seed=seed, flip=flip)


def in_turn(
    work: Callable[..., T], jobs: Sequence[tuple[str, tuple[Any, ...]]], watcher: Watcher, title: str
) -> dict[str, T]:
    """Do jobs in processes of one thread each, as many at a time as there are cores.

    Args:
        work: a function that other processes can import.
        jobs: a name and the function's arguments for each.
        watcher: told of each that is done.
        title: of the stage.

    Returns:
        Name of the job → what the function returned, in the order of the jobs.
    """
    pool = multiprocessing.get_context("spawn").Pool(min(cores(), len(jobs)), _alone, maxtasksperchild=1)
    done: dict[str, T] = {}
    with watcher.stage(title) as advance, pool:  # which ends the processes, whatever happens
        named = [(work, name, given) for name, given in jobs]
        for name, result in pool.imap_unordered(_named, named):
            done[name] = result
            advance(len(done), len(jobs), f"{name} ({len(done)} of {len(jobs)})")
    return {name: done[name] for name, _ in jobs}


def _named(job: tuple[Callable[..., T], str, tuple[Any, ...]]) -> tuple[str, T]:
    work, name, given = job
    return name, work(*given)


def _alone() -> None:
    torch.set_num_threads(1)
