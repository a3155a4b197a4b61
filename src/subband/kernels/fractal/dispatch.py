"""The codec's loops, compiled or in NumPy."""

from importlib import import_module
from types import ModuleType

import numpy as np

from subband.kernels.build import compiled
from subband.kernels.fractal.plane import LEAF, Drawing, Leaves, PlaneHeader, by_parity, cosine_basis
from subband.kernels.threads import share

IMPLS = {"fast": "compiled", "reference": "reference"}


def _loops(impl: str | None) -> ModuleType:
    chosen = IMPLS[impl or ("fast" if compiled() else "reference")]
    return import_module(f"subband.kernels.fractal.{chosen}")


class Domains:
    """Domains of one size, and the exact search of the nearest.

    Domains are blocks of n × n pixels of the reduced image at every `step` pixels: `rows` × `columns` of
    them from the
    position (first_row, first_column) on.

    Args:
        reduced: (h, w) float32, means of 2 × 2 pixels.
        size: n.
        step: In pixels of the reduced image.
        first: Row and column of the first position.
        shape: Rows and columns.
        limit: Largest modulus of a contrast.
        impl: "fast", "reference", or None for the fastest that is there.
    """

    def __init__(
        self,
        reduced: np.ndarray,
        size: int,
        step: int,
        first: tuple[int, int],
        shape: tuple[int, int],
        limit: float,
        impl: str | None = None,
    ) -> None:
        self._order, self._transposed, ends = by_parity(size)
        grid = np.array([step, *first, *shape], np.int64)
        self._first, self._columns, self._cost = first, shape[1], shape[0] * shape[1]
        self._pool = _loops(impl).DomainPool(
            np.ascontiguousarray(reduced), cosine_basis(size), self._order, ends, grid, limit
        )

    def nearest(self, blocks: np.ndarray) -> np.ndarray:
        """The position of the nearest domain of each block, under the best isometry and contrast.

        Nearest is the domain with the least ‖r − s D‖² over all eight isometries, and contrasts |s| up to
        the limit,
        where r and D are without their means.

        Args:
            blocks: (k, n, n) float32, cosine transforms.

        Returns:
            (k, 2) int32, row and column among all positions.
        """
        flat = blocks.reshape(len(blocks), -1)
        queries = np.ascontiguousarray(np.stack([flat[:, self._order], flat[:, self._transposed]], axis=1))
        gain = np.zeros(len(blocks), np.float32)
        place = np.full(len(blocks), -1, np.int32)

        def some(start: int, stop: int) -> None:
            self._pool.nearest(queries, gain, place, start, stop)

        share(some, len(blocks), len(blocks) * self._cost)
        row, column = np.divmod(np.maximum(place, 0), self._columns)
        return np.stack([row + self._first[0], column + self._first[1]], axis=-1).astype(np.int32)


def write(header: PlaneHeader, leaves: Leaves, index: np.ndarray, impl: str | None = None) -> bytes:
    """The code of the leaves of a plane; their means become those that a decoder reads.

    Args:
        header: Of the plane.
        leaves: (k, LEAF) int32.
        index: (height / 4, width / 4) int32, a leaf's number at its first cell of 4 × 4 pixels, −1 elsewhere.
        impl: "fast", "reference", or None.
    """
    return _loops(impl).write(header.numbers(), leaves, index)


def read(header: PlaneHeader, code: bytes, impl: str | None = None) -> Leaves:
    """The leaves of a plane, (k, LEAF) int32, in the order in which they are coded."""
    return np.frombuffer(_loops(impl).read(header.numbers(), code), np.int32).reshape(-1, LEAF)


def draw(drawing: Drawing, leaves: Leaves, impl: str | None = None) -> tuple[np.ndarray, int]:
    """The attractor.

    Returns:
        (height · zoom, width · zoom) int16, pixel values × 2^FRACTION.
        How many iterations it took.
    """
    shape = (drawing.height * drawing.zoom, drawing.width * drawing.zoom)
    out = np.empty(shape, np.int16)
    return out, _loops(impl).draw(drawing.numbers(), np.ascontiguousarray(leaves), out)
