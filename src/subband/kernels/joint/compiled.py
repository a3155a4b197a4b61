"""Joint scattering compiled for the CPU (`native/joint`), for real arrays and local averages.

The scalogram and its filtering over time are the compiled cascade's; filters over log-frequency, moduli and
averages follow for each filter of order 2.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from subband import _native
from subband.arrays.caches import within_budget
from subband.kernels.cascade.line import line
from subband.kernels.joint.plan import Joint
from subband.kernels.joint.tables import Frames, Rows, frames, matrix, row_average, rows, whole
from subband.kernels.threads import share, threads

_SCALOGRAMS = {"float32": _native.scalogram32, "float64": _native.scalogram64}
_PATTERNS = {"float32": _native.Patterns32, "float64": _native.Patterns64}


def apply(x: np.ndarray, plan: Joint) -> tuple[np.ndarray, list[np.ndarray]]:
    """(batch, N) float32 or float64 → (batch, frames), and (batch, rows, frames) for each path."""
    time, dtype = plan.time, x.dtype.name
    x, one, groups = np.require(x, requirements=("C", "A")), line(time, dtype), _groups(plan, dtype)
    frames_out, edges = one.tables.out, one.tables.parts
    first_order = _first(plan, dtype)
    smooth = np.empty((len(x), 1 + len(plan.first), frames_out), x.dtype)
    sizes = [len(mean) for _, mean in first_order]
    sizes += [len(mean) for group in groups for mean, _ in group.rows.averages]
    width = frames_out if plan.average is True else 1
    out = [np.empty((len(x), size, width), x.dtype) for size in sizes]
    # Of each node of order 2: where its convolution goes, from which sample on, and how many.
    kept = np.zeros((len(time.nodes), 3), np.int64)
    for group in groups:
        total = group.frames.samples
        kept[list(group.nodes), 0] = group.start + 2 * total * np.arange(len(group.nodes))
        kept[list(group.nodes), 1:] = group.frames.first, total
    y2 = np.empty((max(1, min(len(x), threads())), groups[-1].end if groups else 0), x.dtype)
    scalogram = _SCALOGRAMS[dtype]
    # As many signals as there are threads at a time, or branches of one.
    for first in range(0, len(x), len(y2)):
        some = x[first : first + len(y2)]
        parts = 1 if len(some) == threads() else one.shares

        def scalograms(start: int, stop: int, some=some, first=first, parts=parts) -> None:
            for k in range(start // parts, -(-stop // parts)):
                a, b = max(start - k * parts, 0), min(stop - k * parts, parts)
                steps = (edges[a], edges[b]) if parts > 1 else (0, edges[-1])
                scalogram(one.loops, some[k], kept, y2[k], smooth[first + k], *map(int, steps))

        def patterns(start: int, stop: int, first=first) -> None:
            for item in range(start, stop):
                k, group = divmod(item, len(groups))
                for place, averaged in _patterns(y2[k], groups[group]):
                    out[len(plan.rising) + place][first + k] = averaged

        share(scalograms, len(some) * parts, some.size * len(time.nodes))
        share(patterns, len(some) * len(groups), some.size * len(time.nodes))
    for place, (across, mean) in enumerate(first_order):
        out[place][:] = mean @ _pooled(np.abs(across @ smooth[:, 1:]), plan)
    return _pooled(smooth[:, 0], plan), out


class Group(NamedTuple):
    """Order 2 with one filter over time.

    Attributes:
        nodes: Its nodes, in the order of the filters of order 1.
        start: Where what their average needs of their convolutions is kept, (nodes, 2, samples) real and
            imaginary parts.
        end: And where they end.
        place: Of its first path among those of order 2.
        rows: The matrices over log-frequency.
        frames: The average over time.
        loops: The loops on these tables.
    """

    nodes: tuple[int, ...]
    start: int
    end: int
    place: int
    rows: Rows
    frames: Frames
    loops: _native.Patterns32 | _native.Patterns64


@within_budget
def _groups(plan: Joint, dtype: str) -> tuple[Group, ...]:
    made, end = [], 0
    for k, nodes in enumerate(plan.second):
        f = (frames if plan.average is True else whole)(plan.time, plan.time.nodes[nodes[0]].stride, dtype)
        r = rows(plan, len(nodes), dtype)
        loops = _PATTERNS[dtype](
            r.table, r.weights, r.count, len(nodes), f.samples, f.segment, f.cell, f.block, f.met, f.step, f.ahead,
            f.moments, f.shares, f.count,
        )  # fmt: skip
        start, end = end, end + 2 * f.samples * len(nodes)
        made.append(Group(nodes, start, end, k * len(plan.spins), r, f, loops))
    return tuple(made)


@within_budget
def _first(plan: Joint, dtype: str) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """For each node that order 1 goes through: its matrix over log-frequency, and that of the average."""
    complex_ = np.result_type(dtype, np.complex64)
    return tuple(
        [
            (matrix(plan, k, len(plan.first)).astype(complex_), row_average(plan, k).astype(dtype))
            for k in plan.rising
        ]
    )


def _patterns(y2: np.ndarray, group: Group) -> Iterator[tuple[int, np.ndarray]]:
    """Paths of one filter of order 2: their places, and (rows, frames) averages."""
    averaged = np.empty((group.rows.count, group.frames.count), y2.dtype)
    group.loops.apply(y2[group.start : group.end], averaged)
    for place, (mean, there) in enumerate(group.rows.averages, group.place):
        yield place, mean @ averaged[there]


def _pooled(u: np.ndarray, plan: Joint) -> np.ndarray:
    """(…, frames) as they are, or their mean."""
    return u.mean(axis=-1, keepdims=True) if plan.average == "global" else u
