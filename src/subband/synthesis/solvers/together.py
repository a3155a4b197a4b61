"""Many searches at once: each has its own steps, and one evaluation serves all that still run."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from subband.synthesis.solvers.lbfgs import Asked, Memory

Evaluate = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Points (b, D) and the numbers (b,) of their searches → values (b,) and gradients (b, D)."""


class Watch(Protocol):
    """Called after each round of evaluations."""

    def __call__(self, evaluations: int, memories: Sequence[Memory]) -> None:
        """`evaluations` done by each search that still runs."""
        ...


def minimise_together(
    search: Callable[[Memory], Asked],
    memories: Sequence[Memory],
    evaluate: Evaluate,
    *,
    goal: float,
    evaluations: int,
    watch: Watch | None = None,
) -> list[str]:
    """Run a search for each memory, until its value is below `goal` or after that many evaluations.

    Returns:
        Why each stopped; the memories have the points.
    """
    reasons = [""] * len(memories)
    running = {}
    asked: dict[int, np.ndarray] = {}
    for k, memory in enumerate(memories):
        if memory.f <= goal:
            reasons[k] = REACHED
            continue
        running[k] = search(memory)
        asked[k] = next(running[k])
    for done in range(1, evaluations + 1):
        if not running:
            break
        numbers = np.fromiter(running, int)
        f, g = evaluate(np.stack([asked[k] for k in running]), numbers)
        for place, k in enumerate(numbers.tolist()):
            if f[place] <= goal:
                memories[k].x, memories[k].f, memories[k].g = asked[k], float(f[place]), g[place].copy()
                memories[k].count += 1
                reasons[k] = REACHED
                running.pop(k).close()
                continue
            try:
                asked[k] = running[k].send((float(f[place]), g[place].copy()))
            except StopIteration as stop:
                reasons[k] = stop.value
                running.pop(k)
        if watch is not None:
            watch(done, memories)
    for k in running:
        reasons[k] = f"all {evaluations} evaluations done"
    return reasons


REACHED = "the statistics agree to the tolerance"
