"""What both sides of the codec know of a plane; as `native/fractal/leaves.h`."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

SIZES = (4, 8, 16, 32, 64)  # pixels of a leaf at each level
SMALLEST = SIZES[0]
TERMS = tuple((u, total - u) for total in range(1, 5) for u in range(total + 1))  # cosines beside the mean
FRACTION = 6  # binary places of pixel values
WHITE = 255 << FRACTION
TILE = 256  # pixels; the leaves in a tile choose among the same domains
STILL = 1 << (FRACTION - 3)  # the attractor is reached when no pixel moves by more

LEAF = 8 + len(TERMS)  # whole numbers in a row of a table of leaves
Y, X, LEVEL, CONTRAST, ISOMETRY, ROW, COLUMN, MEAN = range(8)

Leaves = np.ndarray
"""(k, LEAF) int32: y, x, level, contrast (0: no domain), isometry (4 transposed, 2 rows and 1 columns
reversed), row
and column of the domain, mean × 2^FRACTION, then the terms in steps."""


@dataclass(frozen=True)
class PlaneHeader:
    """What is known of a plane before its leaves.

    Attributes:
        height, width: Multiples of `SMALLEST`.
        root: Level of the largest leaves.
        step: Of the cosine terms in an orthonormal basis, in sixteenths of a grey level.
        contrasts: Number of positive contrasts.
        window: At most so many rows and columns of domains around a tile.
        rows, columns: Positions of domains at each level; 0 for none.
    """

    height: int
    width: int
    root: int
    step: int
    contrasts: int
    window: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    def numbers(self) -> list[int]:
        """In the order of the compiled struct."""
        scalars = (self.height, self.width, self.root, self.step, self.contrasts, self.window)
        return [*scalars, *self.rows, *self.columns]


@dataclass(frozen=True)
class Drawing:
    """How a plane is drawn.

    Attributes:
        height, width: Of the plane.
        zoom: Pixels for each pixel of the plane, along each axis.
        step: As in `PlaneHeader`.
        contrast: What contrast 1 multiplies with, × 64.
        spacing: Of domains at each level, in pixels of the reduced image.
        smoothing: Of the edges of leaves, 0 … 15.
        iterations: At most.
    """

    height: int
    width: int
    zoom: int
    step: int
    contrast: int
    spacing: tuple[int, ...]
    smoothing: int
    iterations: int

    def numbers(self) -> list[int]:
        """In the order of the compiled struct."""
        front = (self.height, self.width, self.zoom, self.step, self.contrast)
        return [*front, *self.spacing, self.smoothing, self.iterations]


def term_step(step: int) -> int:
    """A step of the cosine terms in units of pixel values."""
    return step << (FRACTION - 4)


def mean_step(step: int, size: int) -> int:
    """A step of the mean of a leaf, in units of pixel values: as large as that of terms in an orthonormal basis."""
    return max(term_step(step) // size, 1 << (FRACTION - 1))


def first_domain(pixel: int, positions: int, window: int, extent: int) -> int:
    """The first of `window` of `positions` domains along an axis, which lie around the tile of a pixel."""
    if positions <= window:
        return 0
    middle = (pixel // TILE * TILE + TILE // 2) * positions // extent
    return min(max(middle - window // 2, 0), positions - window)


@cache
def cosine_basis(size: int) -> np.ndarray:
    """(size, size) float32, the orthonormal cosine transform (DCT-II): row u is the cosine of index u."""
    u, i = np.mgrid[:size, :size]
    rows = np.sqrt(2 / size) * np.cos(np.pi * (2 * i + 1) * u / (2 * size))
    rows[0] = np.sqrt(1 / size)
    return rows.astype(np.float32)


@cache
def by_parity(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients (u, v) but (0, 0) by the parities of u and v.

    Returns:
        order: (size² − 1,) int64, u · size + v, even-even ones first, then even-odd, odd-even and odd-odd ones.
        transposed: (size² − 1,) int64, v · size + u.
        ends: (4,) int64, where each class ends.
    """
    found: list[tuple[Any, ...]] = [(u % 2, v % 2, u, v) for u in range(size) for v in range(size) if u or v]
    found.sort()
    u, v = np.array([row[2:] for row in found], np.int64).T
    classes = np.array([2 * row[0] + row[1] for row in found])
    ends = np.searchsorted(classes, np.arange(4), side="right").astype(np.int64)
    return u * size + v, v * size + u, ends
