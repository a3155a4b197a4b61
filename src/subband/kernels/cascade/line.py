"""Cascades over one axis and their gradients, compiled for the CPU (`native/cascade/line.h`), for real arrays
and filters."""

from typing import NamedTuple

import numpy as np

from subband import _native
from subband.arrays.caches import lent, room, within_budget
from subband.kernels.cascade.line_tables import LineProgram, program
from subband.kernels.cascade.tree import Cascade
from subband.kernels.threads import share, threads

_LINES = {"float32": _native.Line32, "float64": _native.Line64}


class Line(NamedTuple):
    """A cascade in one precision.

    Attributes:
        tables: What the loops read.
        loops: The loops on these tables.
        shares: Parts of the tree that threads compute apart.
    """

    tables: LineProgram
    loops: _native.Line32 | _native.Line64

    @property
    def shares(self) -> int:
        return max(1, len(self.tables.parts) - 1)


@within_budget
def line(tree: Cascade, dtype: str) -> Line:
    """The compiled cascade."""
    tables = program(tree, dtype)
    return Line(tables, _LINES[dtype](*tables))


def forward(x: np.ndarray, tree: Cascade, *, hold: bool) -> tuple[np.ndarray, np.ndarray]:
    """(batch, N) float32 or float64 → (batch, 1 + nodes, out); and the convolutions that `gradient` takes.

    Without `hold` none; with it those of as many signals as caches have room for. They are some 140 times as large
    as the signals for J = 8, Q = 8, and are read in a third of the time that it takes to compute them again.
    """
    one = line(tree, x.dtype.name)
    x, parts = _contiguous(x), _parts(one, len(x))
    out = np.empty((len(x), 1 + len(tree.nodes), one.tables.out), x.dtype)
    numbers = one.loops.held
    held = lent((min(len(x), room() // (numbers * x.itemsize)) if hold else 0, numbers), x.dtype)

    def kernel(start: int, stop: int) -> None:
        one.loops.apply(x, out, held, parts, start, stop)

    share(kernel, len(x) * parts, x.size * len(tree.nodes))
    return out, held


def gradient(x: np.ndarray, given: np.ndarray, tree: Cascade, held: np.ndarray | None) -> np.ndarray:
    """(batch, N) signals and (batch, 1 + nodes, out) gradients of their averages → those of the signals.

    Args:
        x: the signals.
        given: the gradients.
        tree: the cascade.
        held: what `forward` gave for x; convolutions that it does not have are computed again.
    """
    one = line(tree, x.dtype.name)
    x, given, parts = _contiguous(x), _contiguous(given), _parts(one, len(x))
    out = np.zeros((len(x), parts, x.shape[1]), x.dtype)
    held = np.empty((0, one.loops.held), x.dtype) if held is None else held

    def kernel(start: int, stop: int) -> None:
        one.loops.gradient(x, given, held, out, parts, start, stop)

    share(kernel, len(x) * parts, x.size * len(tree.nodes))
    return out.sum(axis=1) if parts > 1 else out[:, 0]


def _contiguous(x: np.ndarray) -> np.ndarray:
    return np.require(x, requirements=("C", "A"))


def _parts(one: Line, batch: int) -> int:
    """Parts of each signal, where there are fewer signals than keep all threads busy."""
    return 1 if batch >= 2 * threads() else one.shares
