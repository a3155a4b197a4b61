"""All blocks of one size of a plane, and the nearest domain of those that were asked for."""

from functools import cache

import numpy as np

from subband.compress.fractal.settings import Settings
from subband.kernels.fractal import SIZES, TERMS, TILE, Domains, cosine_basis, first_domain

FLIPS = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]], np.float32)
"""Signs of the four classes of parity in each flip: none, columns, rows, both."""


def reduced(plane: np.ndarray) -> np.ndarray:
    """Means of 2 × 2 pixels."""
    h, w = plane.shape
    return plane.reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3), dtype=np.float32)


@cache
def _flat_basis(size: int) -> np.ndarray:
    """The cosine transform of a flattened block, transposed: block @ basis."""
    return np.kron(cosine_basis(size), cosine_basis(size)).T.copy()


@cache
def _parity(size: int) -> np.ndarray:
    """(size², 4) which class of parity each coefficient is in; the mean is in none."""
    u, v = np.divmod(np.arange(size * size), size)
    return ((2 * (u % 2) + v % 2)[:, None] == np.arange(4)).astype(np.float32) * (u + v > 0)[:, None]


class Blocks:
    """Blocks of one size, on a grid from the upper left corner on.

    Attributes:
        size: n.
        shape: Rows and columns of whole blocks.
        mean: (k,) of each block.
        energy: (k,) Σ (x − mean)².
        terms: (k, T) its cosine terms, zero where a block of this size has none.
        predicted: (k,) mean of the pixels next to it on the left and above.
        apart: (k,) |mean of the pixels on the left − mean of those above|.
        asked: (k,) whether its domain has been sought.
        place: (k, 2) row and column of its domain.
        isometry: (k,) of the domain.
        product: (k,) ⟨block, domain⟩ without means, under the isometry.
        square: (k,) ‖domain‖² without its mean.
        domain_terms: (k, T) the domain's cosine terms under the isometry.
    """

    def __init__(self, plane: np.ndarray, level: int, settings: Settings) -> None:
        self.size, self.level, self.settings = SIZES[level], level, settings
        self.extent = plane.shape
        self.step = settings.spacing[level]
        n = self.size
        self.shape = rows, columns = plane.shape[0] // n, plane.shape[1] // n
        whole = plane[: rows * n, : columns * n]
        basis = cosine_basis(n)
        halves = (basis @ whole.reshape(rows, n, columns * n)).reshape(-1, n) @ basis.T
        self.cosines = halves.reshape(rows, n, columns, n).transpose(0, 2, 1, 3).reshape(-1, n, n)
        count = rows * columns
        self.mean = self.cosines[:, 0, 0] / n
        squares = np.einsum("kij,kij->k", self.cosines, self.cosines)
        self.energy = np.maximum(squares - self.cosines[:, 0, 0] ** 2, 0)
        self.terms = np.zeros((count, len(TERMS)), np.float32)
        for k, (u, v) in enumerate(TERMS):
            if u < n and v < n:
                self.terms[:, k] = self.cosines[:, u, v]
        self.predicted, self.apart = _neighbours(plane, n, rows, columns)
        self.asked = np.zeros(count, bool)
        self.place = np.zeros((count, 2), np.int32)
        self.isometry = np.zeros(count, np.int32)
        self.product = np.zeros(count, np.float32)
        self.square = np.ones(count, np.float32)
        self.domain_terms = np.zeros_like(self.terms)
        self._pools: dict[tuple[int, int], Domains] = {}

    @property
    def searchable(self) -> bool:
        """Whether there are domains of this size."""
        return all(self.settings.positions(extent)[self.level] for extent in self.extent)

    def seek(self, small: np.ndarray, wanted: np.ndarray) -> None:
        """Find the domains of wanted blocks, (k,) bool, that have not been sought, in the reduced image."""
        new = np.flatnonzero(wanted & ~self.asked)
        if not (self.searchable and len(new)):
            return
        rows, columns = (self.settings.positions(extent)[self.level] for extent in self.extent)
        window = self.settings.window
        limit = self.settings.contrasts * self.settings.contrast / 64
        y, x = np.divmod(new, self.shape[1])
        first = np.stack([self._first(y, rows, 0), self._first(x, columns, 1)], axis=-1)
        shape = min(rows, window), min(columns, window)
        for corner in np.unique(first, axis=0):
            members = new[(first == corner).all(axis=-1)]
            pool = self._pool(small, (int(corner[0]), int(corner[1])), shape, limit)
            self.place[members] = pool.nearest(self.cosines[members])
        self.asked[new] = True
        self.compare(small, new)

    def _first(self, block: np.ndarray, positions: int, axis: int) -> np.ndarray:
        """The first domain along an axis that blocks in these rows (or columns) may choose."""
        extent, window = self.extent[axis], self.settings.window
        last = int(block.max()) * self.size // TILE + 1
        table = np.array([first_domain(tile * TILE, positions, window, extent) for tile in range(last + 1)])
        return table[block * self.size // TILE]

    def _pool(
        self, small: np.ndarray, first: tuple[int, int], shape: tuple[int, int], limit: float
    ) -> Domains:
        if first not in self._pools:
            self._pools.clear()  # one at a time: those of a large image would fill the memory
            self._pools[first] = Domains(small, self.size, self.step, first, shape, limit)
        return self._pools[first]

    def forget(self) -> None:
        """Another reduced image follows: no domain has been sought in it."""
        self._pools.clear()
        self.asked[:] = False

    def compare(self, small: np.ndarray, members: np.ndarray) -> None:
        """Best isometry of the domains that members, (m,) int, have, and products with it."""
        n = self.size
        row, column = (self.place[members] * self.step).T
        i, j = np.arange(n)[:, None], np.arange(n)
        cut = small[row[:, None, None] + i, column[:, None, None] + j]
        domain = cut.reshape(-1, n * n) @ _flat_basis(n)
        turned = domain.reshape(-1, n, n).transpose(0, 2, 1).reshape(-1, n * n)
        own = self.cosines[members].reshape(-1, n * n)
        products = np.concatenate([(own * d) @ _parity(n) @ FLIPS.T for d in (domain, turned)], axis=1)
        best = np.abs(products).argmax(axis=1)
        self.isometry[members] = best
        self.product[members] = np.take_along_axis(products, best[:, None], axis=1)[:, 0]
        self.square[members] = np.maximum((domain[:, 1:] ** 2).sum(axis=1), 1e-3)
        transposed, rows, columns = best & 4, best & 2, best & 1
        for k, (u, v) in enumerate(TERMS):
            if u < n and v < n:
                value = np.where(transposed, domain[:, v * n + u], domain[:, u * n + v])
                odd = (rows > 0) * (u % 2) + (columns > 0) * (v % 2)
                self.domain_terms[members, k] = np.where(odd % 2, -value, value)


def _neighbours(plane: np.ndarray, n: int, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """What a block's mean is predicted from, in the image itself."""
    if not rows * columns:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    left = np.zeros((rows, columns), np.float32)
    above = np.zeros((rows, columns), np.float32)
    whole = plane[: rows * n, : columns * n]
    left[:, 1:] = whole[:, n - 1 : -1 : n].reshape(rows, n, columns - 1).mean(axis=1)
    above[1:] = whole[n - 1 : -1 : n].reshape(rows - 1, columns, n).mean(axis=2)
    known = np.zeros((rows, columns), np.float32)
    known[:, 1:] += 1
    known[1:] += 1
    predicted = np.where(known > 0, (left + above) / np.maximum(known, 1), 127.5)
    apart = np.where(known == 2, np.abs(left - above), np.inf)
    return predicted.ravel(), apart.ravel()
