"""The codec's loops in NumPy: their definition."""

import numpy as np

from subband.kernels.fractal.attractor import Canvas
from subband.kernels.fractal.plane import LEAF, Drawing, PlaneHeader
from subband.kernels.fractal.syntax import read_leaves, write_leaves

LARGEST = 1 << 24  # entries of a table of dot products


class DomainPool:
    """Domains of one size, by their cosine transforms.

    Args:
        reduced: (h, w) float32.
        basis: (n, n) float32, `plane.cosine_basis`.
        order: (n² − 1,) int64, coefficients by parity.
        ends: (4,) int64, where each class of parity ends.
        grid: (5,) int64, step, first row, first column, rows, columns.
        limit: Largest modulus of a contrast.
    """

    def __init__(
        self,
        reduced: np.ndarray,
        basis: np.ndarray,
        order: np.ndarray,
        ends: np.ndarray,
        grid: np.ndarray,
        limit: float,
    ) -> None:
        step, first_row, first_column, rows, columns = map(int, grid)
        n = len(basis)
        windows = np.lib.stride_tricks.sliding_window_view(reduced, (n, n))
        y, x = (first_row + np.arange(rows)) * step, (first_column + np.arange(columns)) * step
        cosines = basis @ windows[np.ix_(y, x)].reshape(-1, n, n) @ basis.T
        features = cosines.reshape(-1, n * n)[:, order]
        norm = np.linalg.norm(features, axis=1)
        self._unit = features / np.where(norm > 0, norm, 1)[:, None]
        self._reach = limit * norm
        self._classes = np.split(np.arange(len(order)), ends[:-1])

    def nearest(
        self, queries: np.ndarray, gain: np.ndarray, place: np.ndarray, start: int, stop: int
    ) -> None:
        """gain, place ← the largest reduction of the squared error, and the domain that reaches it.

        In a cosine transform flips change the signs of whole classes of parity, A (even, even), B (even, odd),
        C (odd, even) and D (odd, odd); the largest dot product of four flips is
        max(|A + B| + |C + D|, |A − B| + |C − D|).

        Args:
            queries: (k, 2, n² − 1) float32, blocks and transposed blocks.
            gain: (k,) float32, what was best before.
            place: (k,) int32.
            start, stop: Which blocks.
        """
        chunk = max(1, LARGEST // len(self._reach))
        for first in range(start, stop, chunk):
            some = slice(first, min(first + chunk, stop))
            largest = np.zeros((some.stop - first, len(self._reach)), np.float32)
            for turned in (0, 1):
                a, b, c, d = (queries[some, turned][:, k] @ self._unit[:, k].T for k in self._classes)
                flips = np.maximum(np.abs(a + b) + np.abs(c + d), np.abs(a - b) + np.abs(c - d))
                np.maximum(largest, flips, out=largest)
            within = np.minimum(largest, self._reach)  # s ‖domain‖, with |s| at most the limit
            found = within * (2 * largest - within)
            best = found.argmax(axis=1)
            worth = found[np.arange(len(best)), best]
            better = worth > gain[some]
            gain[some] = np.where(better, worth, gain[some])
            place[some] = np.where(better, best, place[some])


def write(numbers: list[int], leaves: np.ndarray, index: np.ndarray) -> bytes:
    """As `native/fractal/stream.cpp`."""
    return write_leaves(_header(numbers), leaves, index)


def read(numbers: list[int], code: bytes) -> bytes:
    """The leaves as bytes of int32."""
    leaves = read_leaves(_header(numbers), code)
    return np.array(leaves, np.int32).reshape(-1, LEAF).tobytes()


def draw(numbers: list[int], leaves: np.ndarray, out: np.ndarray) -> int:
    """out ← the attractor; returns the number of iterations."""
    height, width, zoom, step, contrast, *spacing, smoothing, iterations = numbers
    drawing = Drawing(height, width, zoom, step, contrast, tuple(spacing), smoothing, iterations)
    canvas = Canvas(drawing, leaves)
    count = canvas.iterate()
    canvas.smooth()
    out[:] = canvas.now
    return count


def _header(numbers: list[int]) -> PlaneHeader:
    height, width, root, step, contrasts, window, *positions = numbers
    half = len(positions) // 2
    rows, columns = tuple(positions[:half]), tuple(positions[half:])
    return PlaneHeader(height, width, root, step, contrasts, window, rows, columns)
