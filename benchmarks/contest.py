"""Contenders compared, then timed in turns, so that what else the machine does falls on all of them."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

Work = Callable[[], object]


def seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def same(name: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Stop unless two contenders computed the same."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=1e-4, atol=1e-4):
        sys.exit(f"{name} computed something else")


@dataclass(frozen=True)
class Times:
    """Seconds of each contender in each round."""

    rounds: list[dict[str, float]]

    def seconds(self, name: str) -> float:
        """The median."""
        return median(r[name] for r in self.rounds)

    def ratio(self, one: str, other: str) -> float:
        """How many times as long the one takes as the other: the median of the rounds' ratios."""
        return median(r[one] / r[other] for r in self.rounds)


def take_turns(work: dict[str, Work], repeats: int = 7) -> Times:
    """Time each contender once a round, right after a run of its own that does not count.

    That run finds memory and threads as another contender left them: pages given back to the system, and OpenMP's
    threads, which stay awake for some milliseconds and hold the processor.
    """
    return Times([{name: _second_time(do) for name, do in work.items()} for _ in range(repeats)])


def _second_time(do: Work) -> float:
    do()
    return seconds(do)
