"""The attractor of a plane in NumPy: x ← base + s (isometry of a domain of the reduced x − its mean)."""

import numpy as np

from subband.kernels.fractal.cosines import smooth_part
from subband.kernels.fractal.plane import (
    COLUMN,
    CONTRAST,
    ISOMETRY,
    LEVEL,
    ROW,
    SIZES,
    SMALLEST,
    STILL,
    WHITE,
    Drawing,
    X,
    Y,
    term_step,
)

NEAR, FAR = (
    (3, 1),
    (3, 2, 1),
)  # eighths of a jump, from the edge on, beside leaves of 4 pixels and larger ones


class Canvas:
    """Pixels × 2^FRACTION, in integers.

    Args:
        drawing: What is drawn, and how large.
        leaves: (k, LEAF) int32.
    """

    def __init__(self, drawing: Drawing, leaves: np.ndarray) -> None:
        self.drawing, self.leaves = drawing, leaves
        shape = drawing.height * drawing.zoom, drawing.width * drawing.zoom
        self.base = np.zeros(shape, np.int64)
        for leaf in leaves:
            self.base[self._place(leaf)] = smooth_part(leaf, term_step(drawing.step), drawing.zoom)
        self.now = self.base.copy()

    def _place(self, leaf: np.ndarray) -> tuple[slice, slice]:
        z, n = self.drawing.zoom, SIZES[leaf[LEVEL]]
        y, x = int(leaf[Y]), int(leaf[X])
        return slice(y * z, (y + n) * z), slice(x * z, (x + n) * z)

    def iterate(self) -> int:
        """Returns the number of iterations."""
        for k in range(1, self.drawing.iterations + 1):
            h, w = self.now.shape
            reduced = (self.now.reshape(h // 2, 2, w // 2, 2).sum(axis=(1, 3)) + 2) >> 2
            moved = max((self._map(leaf, reduced) for leaf in self.leaves if leaf[CONTRAST]), default=0)
            if moved <= STILL:
                return k
        return self.drawing.iterations

    def _map(self, leaf: np.ndarray, reduced: np.ndarray) -> int:
        z, n = self.drawing.zoom, SIZES[leaf[LEVEL]] * self.drawing.zoom
        spacing = self.drawing.spacing[leaf[LEVEL]] * z
        row, column = int(leaf[ROW]) * spacing, int(leaf[COLUMN]) * spacing
        domain = reduced[row : row + n, column : column + n]
        mean = (int(domain.sum()) + n * n // 2) // (n * n)
        if leaf[ISOMETRY] & 4:
            domain = domain.T
        if leaf[ISOMETRY] & 2:
            domain = domain[::-1]
        if leaf[ISOMETRY] & 1:
            domain = domain[:, ::-1]
        s = int(leaf[CONTRAST]) * self.drawing.contrast
        place = self._place(leaf)
        value = np.clip(self.base[place] + ((s * (domain - mean) + 32) >> 6), 0, WHITE)
        moved = int(np.abs(value - self.now[place]).max())
        self.now[place] = value
        return moved

    def smooth(self) -> None:
        """Spread the small jumps between leaves, vertical edges first."""
        if self.drawing.smoothing <= 0:
            return
        level = np.zeros((self.drawing.height // SMALLEST, self.drawing.width // SMALLEST), np.int64)
        for leaf in self.leaves:
            y, x, cells = leaf[Y] // SMALLEST, leaf[X] // SMALLEST, 1 << leaf[LEVEL]
            level[y : y + cells, x : x + cells] = leaf[LEVEL]
        for leaf in self.leaves:
            self._edge(leaf, leaf[X], leaf[Y], self.now, level)
        for leaf in self.leaves:
            self._edge(leaf, leaf[Y], leaf[X], self.now.T, level.T)

    def _edge(self, leaf: np.ndarray, over: int, along: int, now: np.ndarray, level: np.ndarray) -> None:
        """The edge of a leaf at column `over` of an image, from row `along` on."""
        if over == 0:
            return
        z, n = self.drawing.zoom, SIZES[leaf[LEVEL]]
        rows, column = slice(along * z, (along + n) * z), over * z
        cells = level[along // SMALLEST : (along + n) // SMALLEST, over // SMALLEST - 1]
        large = (np.minimum(cells, leaf[LEVEL]) > 0).repeat(SMALLEST * z)
        p1, p0, q0, q1 = (now[rows, column + k] for k in (-2, -1, 0, 1))
        jump = _halved(3 * (q0 - p0) - (q1 - p1))
        small = np.abs(jump) <= self.drawing.smoothing * term_step(self.drawing.step) // 16
        for k, far in enumerate(FAR):
            near = NEAR[k] if k < len(NEAR) else 0
            part = np.where(small, _eighths(jump * np.where(large, far, near)), 0)
            now[rows, column - 1 - k] = np.clip(now[rows, column - 1 - k] + part, 0, WHITE)
            now[rows, column + k] = np.clip(now[rows, column + k] - part, 0, WHITE)


def _halved(x: np.ndarray) -> np.ndarray:
    """x / 2, rounded towards 0."""
    return np.sign(x) * (np.abs(x) // 2)


def _eighths(x: np.ndarray) -> np.ndarray:
    """x / 8, rounded towards 0."""
    return np.sign(x) * (np.abs(x) // 8)
