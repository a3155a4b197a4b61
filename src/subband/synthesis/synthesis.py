"""New realisations of a stationary process from an example, or from statistics alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, integer, number
from subband.arrays.namespace import as_signal, device_of, library, namespace
from subband.errors import InvalidInput
from subband.synthesis.checkpoint import Checkpoint
from subband.synthesis.entropy import gaussian_entropy
from subband.synthesis.examples import Task, octaves, read_task
from subband.synthesis.initial import initial, refined
from subband.synthesis.levels import Level, make_level, settings_text
from subband.synthesis.objective import BUDGET
from subband.synthesis.report import MEASURES, Report, compare_fields
from subband.synthesis.result import Step, Synthesis
from subband.synthesis.solvers.descent import descent
from subband.synthesis.solvers.lbfgs import Asked, Memory, lbfgs
from subband.synthesis.solvers.together import Watch, minimise_together

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
    levels_down = octaves(levels, task) if task.free is None and isinstance(init, str) else (0,)
    plans = [make_level(task, level, weights, coupling, n, memory) for level in levels_down]
    settings = settings_text(task, plans, n, coupling, init, solver, seed)
    file = Checkpoint(None if checkpoint is None else Path(checkpoint), settings)
    run = _Run(task, plans, search, coupling, n, goal, most, init, seed, file, progress)
    x, memories, reasons = run.from_coarse_to_fine()
    file.remove()
    objective = plans[-1].objective
    return Synthesis(
        samples=_as_given(x, like if target is None else target),
        statistics=task.statistics,
        target=objective.target,
        reached=objective.statistics_of(x),
        scale=plans[-1].scale,
        trace=tuple(run.trace),
        reason=tuple(reasons),
        residual=np.sqrt([m.f for m in memories]),
        entropy_bound=gaussian_entropy(x, task.axes),
        seconds=perf_counter() - began,
        report=_report(task, x, tuple(validate)),
    )


def _report(task: Task, x: np.ndarray, names: tuple[str, ...]) -> Report | None:
    if not names or task.examples is None:
        return None
    return compare_fields(task.examples, x, names, task.axes)


@dataclass
class _Run:
    """The search through all levels; see `synthesise` for the settings."""

    task: Task
    levels: Sequence[Level]
    search: Callable[[Memory], Asked]
    coupling: str
    n: int
    goal: float
    evaluations: int
    init: Any
    seed: int
    file: Checkpoint
    progress: Progress | None
    trace: list[Step] = field(default_factory=list)

    def from_coarse_to_fine(self) -> tuple[np.ndarray, list[Memory], list[str]]:
        """Samples, the state of their searches, and why these stopped."""
        unfinished = self.file.load()
        x, memories, reasons = None, [], []
        for place, level in enumerate(self.levels):
            if unfinished is not None and level.octaves > unfinished[0]:
                continue
            if unfinished is not None and level.octaves == unfinished[0]:
                _, done, memories = unfinished
            else:
                start = self.start(level, x)
                ensemble = self.coupling == "ensemble"
                memories, done = [Memory(one.ravel()) for one in ([start] if ensemble else start)], 0
            last = place == len(self.levels) - 1
            reasons = minimise_together(
                self.search,
                memories,
                level.evaluator(self.task.free, self.coupling, self.n),
                goal=self.goal * (1.0 if last else COARSE_GOAL**2),
                evaluations=max(self.evaluations - done, 0),
                watch=self.watcher(place, done),
            )
            x = np.stack([m.x for m in memories]).reshape(self.n, *level.field)
        assert x is not None
        if self.progress is not None:
            self.progress(len(self.levels) * self.evaluations, len(self.levels) * self.evaluations)
        return x, memories, reasons

    def start(self, level: Level, coarser: np.ndarray | None) -> np.ndarray:
        """(n, *field) fields to start from: noise, below which stands the coarser level's result."""
        rng = np.random.default_rng([self.seed, level.octaves])
        noise = initial(self.init, self.task, level.examples, level.field, self.n, rng)
        x = noise if coarser is None else refined(coarser, noise, self.task.axes)
        free, given = self.task.free, self.task.given
        return x if free is None or given is None else np.where(free, x, given)

    def watcher(self, place: int, before: int) -> Watch:
        """Writes the trace and the checkpoint, and reports progress."""
        octaves, total = self.levels[place].octaves, len(self.levels) * self.evaluations

        def watch(evaluations: int, memories: Sequence[Memory]) -> None:
            done = before + evaluations
            self.trace.append(Step(octaves, done, tuple(float(np.sqrt(m.f)) for m in memories)))
            self.file.save(octaves, done, memories)
            if self.progress is not None:
                self.progress(place * self.evaluations + done, total)

        return watch


def _as_given(x: np.ndarray, given: Any) -> Any:
    """Samples as an array of the library, device and precision of what was given."""
    like = as_signal(given)
    if library(like) == "numpy":
        return x.astype(like.dtype) if like.dtype in (np.float32, np.float64) else x
    return namespace(like).asarray(x, dtype=like.dtype, **device_of(like))
