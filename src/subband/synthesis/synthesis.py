"""New realisations of a stationary process from an example, or from statistics alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, integer, number
from subband.arrays.namespace import as_signal, device_of, library, namespace
from subband.errors import InvalidInput
from subband.synthesis.checkpoint import Checkpoint
from subband.synthesis.ensemble import Spread
from subband.synthesis.entropy import gaussian_entropy
from subband.synthesis.examples import Task, octaves, read_task
from subband.synthesis.fields import resampled
from subband.synthesis.initial import initial, refined
from subband.synthesis.objective import BUDGET, Objective
from subband.synthesis.report import MEASURES, compare_fields
from subband.synthesis.result import Step, Synthesis
from subband.synthesis.solvers.descent import descent
from subband.synthesis.solvers.lbfgs import Memory, lbfgs
from subband.synthesis.solvers.together import minimise_together

Progress = Callable[[int, int], None]
"""Called with the number of evaluations done, and of all that may follow."""

SOLVERS = {"lbfgs": lbfgs, "descent": descent}
COUPLINGS = ("independent", "ensemble")
COARSE_GOAL = 3.0
"""Coarse levels stop at this multiple of the tolerance, as finer ones go on with them."""


def synthesise(
    statistics: Any,
    *,
    like: Any = None,
    target: Any = None,
    shape: Any = None,
    n: int = 4,
    coupling: str = "independent",
    init: Any = "white",
    solver: str = "lbfgs",
    weights: Any = "std",
    levels: Any = "auto",
    tol: float = 1e-3,
    validate: Sequence[str] = (),
    seed: int = 0,
    mask: Any = None,
    given: Any = None,
    channels: bool = False,
    evaluations: int = 500,
    memory: int = BUDGET,
    checkpoint: Path | str | None = None,
    progress: Progress | None = None,
) -> Synthesis:
    """Draw fields whose statistics are those of an example: textures, sounds, physical fields.

    Each sample starts from a Gaussian field and is moved until ‖W(Φx − y)‖ ≤ tol ‖W y‖, so that it is as random as
    the statistics allow, and no copy of the example.

    Args:
        statistics: Φ, e.g. `Scattering(J=5) + Spectrum(J=5)` of `subband.synthesis`; or names such as
            "scattering+spectrum" (`subband.synthesis.STATISTICS`).
        like: An example, (*field); several, (m, *field), of which y is the mean.
        target: (K,) y itself, in place of an example.
        shape: Of a sample, by default the example's.
        n: Number of samples.
        coupling: "independent": each sample has the statistics y. "ensemble": their mean over samples is y, and
            they vary from sample to sample as over the examples, which non-ergodic processes do.
        init: "white", "spectrum" (a Gaussian field of the example's spectrum), or an array.
        solver: "lbfgs", or "descent", plain microcanonical gradient descent.
        weights: W: "std", one over the standard deviation of each statistic over realisations
            (`Statistics.scale`; 1 for a target without example); "unit", 1; or (K,) numbers.
        levels: Octaves below the full resolution at which to begin; "auto": up to 2.
        tol: Relative residual at which a sample is finished.
        validate: Measures of the report, of "spectrum", "marginal" and "structure".
        seed: Of the initial fields.
        mask: (*field) True where to synthesise; the rest stays as in `given` (in-painting, continuation).
        given: (*field) what stands outside of the mask; by default the example.
        channels: Whether the axis before those of the field is one of channels: (3, rows, columns) colours,
            (2, samples) stereo.
        evaluations: The most evaluations of Φ and its gradient for each sample and level.
        memory: Bytes that the gradient of one chunk may take.
        checkpoint: File to which unfinished work goes, and from which it is continued; removed at the end.
        progress: Called with the evaluations done, and the most that may follow.

    Returns:
        The samples, of the example's library and device, and how they were found.

    Raises:
        InvalidInput: no example and no target, or both; numbers that are not finite; an example that is smaller
            than the largest wavelet; a mask of nothing; n below 1; an argument of another shape.
        CheckpointError: a checkpoint of another synthesis.
        MissingDependency: PyTorch is not installed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.cumsum(np.random.default_rng(0).standard_normal((32, 32)), axis=1)
        >>> s = sb.synthesise("scattering+spectrum", like=x - x.mean(), n=2, tol=0.05)
        >>> s.samples.shape, bool(s.residual.max() <= 0.05)
        ((2, 32, 32), True)

    See also: `subband.synthesis.Statistics`, `subband.synthesis.Synthesis`, `subband.invert`.

    Source: J. Bruna, S. Mallat, "Multiscale sparse microcanonical models", Math. Stat. Learn. 1 (2018).
    """
    began = perf_counter()
    n = integer("n", n, 1, what="how many samples to draw")
    goal = number("tol", tol, "a relative residual, above 0", above=0) ** 2
    search = SOLVERS[choice("solver", solver, SOLVERS)]
    choice("coupling", coupling, COUPLINGS)
    most = integer("evaluations", evaluations, 1)
    for measure in validate:
        choice("validate", measure, MEASURES)
    task = read_task(statistics, like, target, shape, mask, given, channels)
    if coupling == "ensemble" and n < 2:
        raise InvalidInput("an ensemble has n=2 samples or more: give n, or coupling='independent'")
    plans = [_plan(task, level, weights, coupling, n, memory) for level in octaves(levels, task)]
    if len(plans) > 1 and (task.free is not None or not isinstance(init, str)):
        plans = plans[-1:]  # what is known is known at the full resolution
    file = Checkpoint(
        None if checkpoint is None else Path(checkpoint),
        _settings(task, plans, n, coupling, init, solver, seed),
    )
    trace: list[Step] = []
    x, reasons, last = None, [""], np.zeros(n)
    resumed = file.load()
    for number_, plan in enumerate(plans):
        if resumed is not None and plan.level > resumed[0]:
            continue  # done before the interruption
        rng = np.random.default_rng([seed, plan.level])
        start = initial(init, task, plan.examples, plan.field, n, rng)
        if x is not None:
            start = refined(x, start, task.axes)
        if task.free is not None:
            start = np.where(task.free, start, task.given)
        memories, done = _memories(start, coupling), 0
        if resumed is not None and plan.level == resumed[0]:
            _, done, memories, _ = resumed
        final = number_ == len(plans) - 1

        def watch(
            count: int, memories: Sequence[Memory], plan: _Plan = plan, done: int = done, place: int = number_
        ) -> None:
            residual = tuple(float(np.sqrt(m.f)) for m in memories)
            trace.append(Step(plan.level, done + count, residual))
            file.save(plan.level, done + count, memories, [])
            if progress is not None:
                progress(place * most + done + count, len(plans) * most)

        reasons = minimise_together(
            search,
            memories,
            _evaluator(plan, task.free, coupling, n),
            goal=goal * (1.0 if final else COARSE_GOAL**2),
            evaluations=max(most - done, 0),
            watch=watch,
        )
        x = np.stack([m.x for m in memories]).reshape(n, *plan.field)
        last = np.sqrt([m.f for m in memories])
    assert x is not None
    if progress is not None:
        progress(len(plans) * most, len(plans) * most)
    file.remove()
    plan = plans[-1]
    measured = (
        compare_fields(task.examples, x, tuple(validate), task.axes)
        if validate and task.examples is not None
        else None
    )
    return Synthesis(
        samples=_as_given(x, like if target is None else target),
        statistics=task.statistics,
        target=plan.objective.target,
        reached=plan.objective.statistics_of(x),
        scale=plan.scale,
        trace=tuple(trace),
        reason=tuple(reasons),
        residual=last,
        entropy_bound=gaussian_entropy(x, task.axes),
        seconds=perf_counter() - began,
        report=measured,
    )


@dataclass(frozen=True)
class _Plan:
    """One level: octaves left out, shape of samples, examples and energy there, scale of its statistics."""

    level: int
    field: tuple[int, ...]
    examples: np.ndarray | None
    objective: Objective
    scale: np.ndarray


def _plan(task: Task, level: int, weights: Any, coupling: str, n: int, memory: int) -> _Plan:
    axes = task.axes
    field = (*task.field[:-axes], *[side // 2**level for side in task.field[-axes:]])
    if task.examples is None:
        statistics, examples, y = task.statistics, None, task.target
        assert y is not None
        scale = np.ones(len(y))
    else:
        sides = tuple(side // 2**level for side in task.examples.shape[-axes:])
        examples = resampled(task.examples, sides) if level else task.examples
        left = task.statistics.coarser(level) if level else task.statistics
        assert left is not None
        statistics = left.fitted(examples) if level else left
        found = np.concatenate([np.asarray(statistics.values(one[None])) for one in examples])
        y = found.mean(axis=0)
        if not np.isfinite(y).all():
            raise InvalidInput(
                f"{int(np.count_nonzero(~np.isfinite(y)))} statistics of the example are NaN or infinite: scale "
                f"it, "
                "e.g. to standard deviation 1"
            )
        scale = statistics.scale(examples)
    w = _weights(weights, scale, full=level == 0)
    spread = None
    if coupling == "ensemble" and examples is not None:
        spread = Spread.of(w * (found - y), n)  # pyright: ignore[reportPossiblyUnboundVariable]
    return _Plan(level, field, examples, Objective(statistics, y, w, spread, memory), scale)


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
            f"'std'"
        )
    return found


def _memories(start: np.ndarray, coupling: str) -> list[Memory]:
    return [Memory(one.ravel()) for one in (start if coupling == "independent" else [start])]


def _evaluator(
    plan: _Plan, free: np.ndarray | None, coupling: str, n: int
) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Flat points (b, D) → energies and gradients, which are 0 outside of the mask."""

    def independent(points: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, gradients = plan.objective.each(points.reshape(-1, *plan.field))
        return values, _within(gradients, free).reshape(points.shape)

    def ensemble(points: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = plan.objective.together(points.reshape(n, *plan.field))
        return np.array([value]), _within(gradient, free).reshape(points.shape)

    return independent if coupling == "independent" else ensemble


def _within(gradients: np.ndarray, free: np.ndarray | None) -> np.ndarray:
    return gradients if free is None else np.where(free, gradients, 0.0)


def _settings(
    task: Task, plans: Sequence[_Plan], n: int, coupling: str, init: Any, solver: str, seed: int
) -> str:
    """Everything that determines the result, as text."""
    arrays = [part for plan in plans for part in (plan.objective.target, plan.objective.weights)]
    arrays += [part for part in (task.free, task.given) if part is not None]
    start = init if isinstance(init, str) else float(np.sum(np.asarray(init, dtype=np.float64) ** 2))
    sums = [
        (one.shape, float(np.sum(one * np.cos(np.arange(one.size).reshape(one.shape))))) for one in arrays
    ]
    return repr((repr(task.statistics), task.field, n, coupling, start, solver, seed, sums))


def _as_given(x: np.ndarray, given: Any) -> Any:
    """Samples as an array of the library, device and precision of what was given."""
    like = as_signal(given)
    if library(like) == "numpy":
        return x.astype(like.dtype) if like.dtype in (np.float32, np.float64) else x
    return namespace(like).asarray(x, dtype=like.dtype, **device_of(like))
