"""The search for the best path, which takes a long table a few steps at a time."""

from importlib import import_module

import numpy as np

from subband.kernels.build import compiled

IMPLS = {"fast": "compiled", "reference": "reference"}


class BestPath:
    """The path k(t) of largest Σ gain(t, k(t)) − penalty Σ (k(t) − k(t − 1))², for jumps of at most `reach` cells.

    Beside the table it keeps one small whole number for each cell and step.

    Args:
        steps: N, of the whole table.
        cells: S.
        penalty: What a jump by one cell costs, 0 or more.
        reach: Largest jump, 1 or more.
        impl: "fast", "reference", or None for the fastest that is there.
    """

    def __init__(self, steps: int, cells: int, penalty: float, reach: int, impl: str | None = None) -> None:
        reach = min(reach, cells - 1)
        chosen = IMPLS[impl or ("fast" if compiled() else "reference")]
        self._loops = import_module(f"subband.kernels.best_path.{chosen}")
        self._price = penalty * np.arange(-reach, reach + 1.0) ** 2
        self._came = np.empty((steps, cells), np.min_scalar_type(-1 - reach))
        # The best worth of all paths to a cell; beyond the ends there is none.
        self._score = np.full(cells + 2 * reach, -np.inf)
        self._inside = slice(reach, reach + cells)
        self._score[self._inside] = 0
        self._done = 0

    def advance(self, gain: np.ndarray) -> None:
        """Go on by (t, S) float64 gains."""
        came = self._came[self._done : self._done + len(gain)]
        self._loops.forward(np.ascontiguousarray(gain), self._price, self._score, came)
        self._done += len(gain)

    def path(self) -> np.ndarray:
        """(N,) the cells of the best path, once all gains have been seen."""
        return self._loops.backward(self._came, int(self._score[self._inside].argmax()))
