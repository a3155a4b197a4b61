"""One resolution of a synthesis: its examples, target, weights and energy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.arrays.arguments import choice
from subband.errors import InvalidInput
from subband.synthesis.ensemble import Spread
from subband.synthesis.examples import Task
from subband.synthesis.fields import resampled
from subband.synthesis.objective import Objective
from subband.synthesis.solvers.together import Evaluate


@dataclass(frozen=True)
class Level:
    """A resolution.

    Attributes:
        octaves: Octaves left out below the full one.
        field: Shape of a sample.
        examples: (m, *field) at this resolution; None where the target alone was given.
        objective: The energy.
        scale: (K,) standard deviations of the statistics over realisations.
    """

    octaves: int
    field: tuple[int, ...]
    examples: np.ndarray | None
    objective: Objective
    scale: np.ndarray

    def evaluator(self, free: np.ndarray | None, coupling: str, n: int) -> Evaluate:
        """Flat points (b, D) → energies (b,) and gradients (b, D), which are 0 outside of the mask."""

        def within(gradients: np.ndarray) -> np.ndarray:
            return gradients if free is None else np.where(free, gradients, 0.0)

        def each(points: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values, gradients = self.objective.each(points.reshape(-1, *self.field))
            return values, within(gradients).reshape(points.shape)

        def together(points: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            value, gradients = self.objective.together(points.reshape(n, *self.field))
            return np.array([value]), within(gradients).reshape(points.shape)

        return each if coupling == "independent" else together


def make_level(task: Task, octaves: int, weights: Any, coupling: str, n: int, memory: int) -> Level:
    """Prepare a resolution.

    Raises:
        InvalidInput: statistics that are not finite; weights of another size.
    """
    axes = task.axes
    field = (*task.field[:-axes], *[side // 2**octaves for side in task.field[-axes:]])
    if task.examples is None:
        statistics, examples, y = task.statistics, None, task.target
        assert y is not None
        found, scale = y[None], np.ones(len(y))
    else:
        sides = tuple(side // 2**octaves for side in task.examples.shape[-axes:])
        examples = resampled(task.examples, sides) if octaves else task.examples
        left = task.statistics.coarser(octaves) if octaves else task.statistics
        assert left is not None
        statistics = left.fitted(examples) if octaves else left
        found = np.concatenate([np.asarray(statistics.values(one[None])) for one in examples])
        y = found.mean(axis=0)
        if not np.isfinite(y).all():
            raise InvalidInput(
                f"{int(np.count_nonzero(~np.isfinite(y)))} statistics of the example are NaN or infinite: scale "
                "it, e.g. to standard deviation 1"
            )
        scale = statistics.scale(examples)
    w = _weights(weights, scale, full=octaves == 0)
    spread = Spread.of(w * (found - y), n) if coupling == "ensemble" else None
    return Level(octaves, field, examples, Objective(statistics, y, w, spread, memory), scale)


def _weights(weights: Any, scale: np.ndarray, *, full: bool) -> np.ndarray:
    """(K,) weights. Given numbers are those of the full resolution; coarse levels take "std"."""
    if isinstance(weights, str):
        if choice("weights", weights, ("std", "unit"), ", or an array") == "unit":
            return np.ones_like(scale)
        return 1 / scale
    if not full:
        return 1 / scale
    found = np.asarray(weights, dtype=np.float64)
    if found.shape != scale.shape or not np.isfinite(found).all() or (found < 0).any() or not found.any():
        raise InvalidInput(
            f"weights of shape {found.shape}: give {len(scale)} finite numbers, none below 0 and one above; or "
            "'std'"
        )
    return found


def settings_text(
    task: Task, levels: Sequence[Level], n: int, coupling: str, init: Any, solver: str, seed: int
) -> str:
    """Everything that determines the result, as text."""
    arrays = [part for level in levels for part in (level.objective.target, level.objective.weights)]
    arrays += [part for part in (task.free, task.given) if part is not None]
    start = init if isinstance(init, str) else float(np.sum(np.asarray(init, dtype=np.float64) ** 2))
    sums = [
        (one.shape, float(np.sum(one * np.cos(np.arange(one.size).reshape(one.shape))))) for one in arrays
    ]
    return repr((repr(task.statistics), task.field, n, coupling, start, solver, seed, sums))
