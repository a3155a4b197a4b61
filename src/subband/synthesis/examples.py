"""Arguments of a synthesis, checked: examples, shapes, masks, weights, levels."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.arrays.arguments import integer, shown
from subband.arrays.concrete import values
from subband.arrays.namespace import as_signal, library
from subband.errors import InvalidInput
from subband.synthesis.named import statistics_named
from subband.synthesis.statistics import Channels, Statistics, Sum

LEAST_SIDE = 16
MOST_LEVELS = 2


@dataclass(frozen=True)
class Task:
    """What is asked for.

    Attributes:
        statistics: Φ, fitted to the examples; of channels, where there are any.
        examples: (m, *field) float64, or None where the target alone was given.
        target: (K,) given, or None.
        field: Shape of a sample, channels included.
        free: (*field) True where samples are synthesised; None for everywhere.
        given: (*field) what stands elsewhere.
    """

    statistics: Statistics
    examples: np.ndarray | None
    target: np.ndarray | None
    field: tuple[int, ...]
    free: np.ndarray | None
    given: np.ndarray | None

    @property
    def axes(self) -> int:
        """Axes of space or time, without that of channels."""
        return self.statistics.space


def read_task(
    statistics: Any, like: Any, target: Any, shape: Any, mask: Any, given: Any, channels: bool
) -> Task:
    """Check what is asked for.

    Raises:
        InvalidInput: see `subband.synthesise`.
    """
    if (like is None) == (target is None):
        raise InvalidInput("give either like=, an example, or target=, the statistics themselves")
    examples = None if like is None else _numbers(like, "like")
    chosen = _statistics(statistics, examples, channels)
    goal = None
    if examples is not None:
        examples = _examples(examples, chosen)
        chosen.check(examples.shape[1:], "like")
        chosen = chosen.fitted(examples)
    else:
        goal = _numbers(target, "target")
        if goal.shape != (len(chosen.index),):
            raise InvalidInput(
                f"target of shape {goal.shape}: these statistics are {len(chosen.index)} numbers"
            )
        if shape is None:
            raise InvalidInput("a target doesn't say how large samples are: give shape=")
    field = _field(shape, examples, chosen)
    chosen.check(field, "a sample")
    free, there = _mask(mask, given, examples, field)
    return Task(chosen, examples, goal, field, free, there)


def _numbers(x: Any, name: str) -> np.ndarray:
    array = as_signal(x, name)
    if library(array) == "numpy" and np.iscomplexobj(array):
        raise InvalidInput(f"{name} is complex: give its real part")
    found = values(array)
    if not np.isfinite(found).all():
        bad = int(np.count_nonzero(~np.isfinite(found)))
        raise InvalidInput(
            f"{name} has {bad} numbers that are NaN or infinite: fill them in, e.g. numpy.nan_to_num(x), or crop"
        )
    if not found.size:
        raise InvalidInput(f"{name} of shape {found.shape} is empty: give one sample or more")
    return found


def _statistics(statistics: Any, examples: np.ndarray | None, channels: bool) -> Statistics:
    if isinstance(statistics, str):
        if examples is None:
            raise InvalidInput("statistics by name take their size from an example: give like=")
        inner = examples.shape[1:] if channels else examples.shape
        axes = min(len(inner), 2)
        statistics = statistics_named(statistics, tuple(inner[-axes:]))
    if not isinstance(statistics, Statistics):
        raise InvalidInput(
            f"statistics={shown(statistics)}: give names such as 'scattering+spectrum', or e.g. "
            "subband.synthesis.Scattering(J=4) + subband.synthesis.Spectrum(J=4)"
        )
    if channels and not isinstance(statistics.parts[0], Channels):
        if examples is None or examples.ndim <= statistics.ndim:
            raise InvalidInput(
                "channels=True: give like=, with an axis of channels before those of the field"
            )
        count = examples.shape[-1 - statistics.ndim]
        return Sum(tuple(Channels(part, count) for part in statistics.parts))
    return statistics


def _examples(x: np.ndarray, statistics: Statistics) -> np.ndarray:
    if x.ndim < statistics.ndim:
        raise InvalidInput(
            f"like of shape {x.shape} has too few axes for statistics of {statistics.ndim}: give them "
            f"axes={x.ndim}"
        )
    return x.reshape(-1, *x.shape[x.ndim - statistics.ndim :])


def _field(shape: Any, examples: np.ndarray | None, statistics: Statistics) -> tuple[int, ...]:
    if shape is None:
        assert examples is not None
        return examples.shape[1:]
    given = tuple(shape) if isinstance(shape, list | tuple | np.ndarray) else (shape,)
    field = tuple(integer("shape", n, 1, what="numbers of samples") for n in given)
    first = statistics.parts[0]
    if isinstance(first, Channels) and len(field) == first.of.ndim:
        return (first.count, *field)
    return field


def _mask(
    mask: Any, given: Any, examples: np.ndarray | None, field: tuple[int, ...]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    if mask is None:
        if given is not None:
            raise InvalidInput(
                "given= is what stands outside of a mask: give mask=, True where to synthesise"
            )
        return None, None
    free = np.asarray(mask)
    if free.dtype != np.bool_:
        raise InvalidInput(f"mask of {free.dtype}: give truth values, True where to synthesise (mask > 0)")
    try:
        free = np.broadcast_to(free, field)
    except ValueError:
        raise InvalidInput(
            f"mask of shape {free.shape} doesn't suit samples of {field}: give one of these"
        ) from None
    if not free.any():
        raise InvalidInput(
            "mask is False everywhere, so nothing is synthesised: set True where to synthesise"
        )
    if given is None:
        if examples is None or examples.shape[1:] != field:
            raise InvalidInput(f"a mask needs given=, an array of {field} with what stands outside of it")
        return free, examples[0]
    there = np.asarray(given, dtype=np.float64)
    if there.shape != field:
        raise InvalidInput(f"given of shape {there.shape}: samples are of {field}")
    if not np.isfinite(there[~free]).all():
        raise InvalidInput("given has NaN or infinity outside of the mask: set the mask to True there")
    return free, np.where(free, 0.0, there)


def octaves(levels: Any, task: Task) -> tuple[int, ...]:
    """Resolutions from coarse to fine, as octaves left out."""
    if isinstance(levels, str):
        if levels != "auto":
            raise InvalidInput(
                f"levels={levels!r}: give 'auto', or how many octaves to begin below (0 for none)"
            )
        most = MOST_LEVELS
    else:
        most = integer("levels", levels, 0, 20, "'auto', or how many octaves to begin below")
    if task.examples is None:
        return (0,)
    found = [0]
    for k in range(1, most + 1):
        left = task.statistics.coarser(k)
        sides = (*task.field[-task.axes :], *task.examples.shape[-task.axes :])
        if left is None or any(n % 2**k or n // 2**k < max(left.smallest, LEAST_SIDE) for n in sides):
            break
        if any(n // 2**k % left.multiple for n in sides):
            break
        found.append(k)
    return tuple(reversed(found))
