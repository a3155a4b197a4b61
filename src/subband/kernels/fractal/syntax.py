"""The order of all symbols in the code of a plane, as `native/fractal/syntax.h`.

Written once for both directions: a coder's functions take a value and return it, and the decoder's ignore what they
are given.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from subband.kernels.fractal.cosines import smooth_part
from subband.kernels.fractal.plane import (
    COLUMN,
    CONTRAST,
    ISOMETRY,
    LEAF,
    LEVEL,
    MEAN,
    ROW,
    SIZES,
    SMALLEST,
    TERMS,
    WHITE,
    PlaneHeader,
    X,
    Y,
    first_domain,
    mean_step,
    term_step,
)
from subband.kernels.fractal.range_coder import Decoder, Encoder, Probability

UNARY, LONGEST = 14, 15
Coder = Encoder | Decoder
Leaf = list[int] | np.ndarray


def write_leaves(header: PlaneHeader, leaves: np.ndarray, index: np.ndarray) -> bytes:
    """The code of leaves, whose means become those that a decoder reads."""
    coder = Encoder()

    def at(y: int, x: int, level: int) -> np.ndarray:
        return leaves[index[y // SMALLEST, x // SMALLEST]]

    PlaneCode(coder, header, at, lambda y, x, level: int(at(y, x, level)[LEVEL] < level)).code()
    return coder.finish()


def read_leaves(header: PlaneHeader, code: bytes) -> list[list[int]]:
    """The leaves of a code, in its order."""
    found: list[list[int]] = []

    def new(y: int, x: int, level: int) -> list[int]:
        found.append([y, x, level, *[0] * (LEAF - 3)])
        return found[-1]

    PlaneCode(Decoder(code), header, new, lambda y, x, level: 0).code()
    return found


class _SignedNumber:
    """A whole number: whether it is 0, its sign, and its modulus in unary up to a limit."""

    def __init__(self) -> None:
        self.zero, self.sign = Probability(), Probability()
        self.more = [Probability() for _ in range(UNARY)]

    def code(self, coder: Coder, value: int) -> int:
        if coder.bit(self.zero, value == 0):
            return 0
        negative = coder.bit(self.sign, value < 0)
        modulus = 1 + self.rest(coder, abs(value) - 1)
        return -modulus if negative else modulus

    def rest(self, coder: Coder, value: int) -> int:
        """Modulus − 1: unary, then (Elias) the number of bits and the bits of what is beyond."""
        for k in range(UNARY):
            if not coder.bit(self.more[k], value > k):
                return k
        beyond = value - UNARY + 1
        bits = coder.uniform(LONGEST + 1, min(max(beyond, 1).bit_length() - 1, LONGEST))
        top = 1 << bits
        return UNARY - 1 + top + (coder.uniform(top, beyond - top) if bits else 0)


def _several(count: int, make: Callable[[], Any]) -> list[Any]:
    return [make() for _ in range(count)]


class Models:
    """All adaptive probabilities."""

    def __init__(self) -> None:
        bit, levels, terms = Probability, len(SIZES), len(TERMS)
        self.split = _several(levels, lambda: _several(3, bit))
        self.domain = _several(levels, lambda: _several(3, bit))
        self.contrast = _several(levels, lambda: _several(16, bit))
        self.sign = _several(levels, bit)
        self.more = _several(levels, lambda: _several(2, lambda: _several(terms, bit)))
        self.transposed, self.flip = bit(), _several(2, bit)
        self.mean = _several(levels, lambda: _several(3, _SignedNumber))
        self.term = _several(levels, lambda: _several(5, _SignedNumber))
        self.zero = _several(levels, lambda: _several(terms, bit))


class PlaneCode:
    """Codes the leaves of a plane, in the order of the quadtree."""

    def __init__(
        self,
        coder: Coder,
        header: PlaneHeader,
        leaf_at: Callable[[int, int, int], Leaf],
        split_at: Callable[[int, int, int], int],
    ) -> None:
        self.coder, self.h, self.leaf_at, self.split_at = coder, header, leaf_at, split_at
        self.m = Models()
        self.base = np.zeros((header.height, header.width), np.int64)
        cells = header.height // SMALLEST, header.width // SMALLEST
        self.level, self.fractal = np.zeros(cells, np.int64), np.zeros(cells, np.int64)

    def code(self) -> None:
        """All leaves, row by row of the largest blocks."""
        n = SIZES[self.h.root]
        for y in range(0, self.h.height, n):
            for x in range(0, self.h.width, n):
                self.node(y, x, self.h.root)

    def node(self, y: int, x: int, level: int) -> None:
        n = SIZES[level]
        if y >= self.h.height or x >= self.h.width:
            return
        fits = y + n <= self.h.height and x + n <= self.h.width
        if level == 0 or (fits and not self._split(y, x, level)):
            self.leaf(self.leaf_at(y, x, level), y, x, level)
            return
        for i in (0, n // 2):
            for j in (0, n // 2):
                self.node(y + i, x + j, level - 1)

    def _split(self, y: int, x: int, level: int) -> int:
        row, column = y // SMALLEST, x // SMALLEST
        beside = [self.level[row, column - 1]] * (x > 0) + [self.level[row - 1, column]] * (y > 0)
        return self.coder.bit(
            self.m.split[level][sum(int(other) < level for other in beside)], self.split_at(y, x, level)
        )

    def leaf(self, a: Leaf, y: int, x: int, level: int) -> None:
        n, row, column = SIZES[level], y // SMALLEST, x // SMALLEST
        fractal = 0
        if self.h.rows[level] and self.h.columns[level] and self.h.contrasts:
            beside = (x > 0 and self.fractal[row, column - 1]) + (y > 0 and self.fractal[row - 1, column])
            fractal = self.coder.bit(self.m.domain[level][int(beside)], int(a[CONTRAST] != 0))
        if fractal:
            self.domain(a, level)
        self.mean(a, y, x, level)
        self.terms(a, level, fractal)
        self.base[y : y + n, x : x + n] = smooth_part(np.asarray(a), term_step(self.h.step), 1)
        cells = slice(row, row + n // SMALLEST), slice(column, column + n // SMALLEST)
        self.level[cells], self.fractal[cells] = level, fractal

    def domain(self, a: Leaf, level: int) -> None:
        modulus = 1
        while modulus < self.h.contrasts and self.coder.bit(
            self.m.contrast[level][min(modulus - 1, 15)], int(abs(a[CONTRAST]) > modulus)
        ):
            modulus += 1
        a[CONTRAST] = -modulus if self.coder.bit(self.m.sign[level], int(a[CONTRAST] < 0)) else modulus
        isometry = int(a[ISOMETRY])
        transposed = self.coder.bit(self.m.transposed, isometry >> 2 & 1)
        rows = self.coder.bit(self.m.flip[0], isometry >> 1 & 1)
        a[ISOMETRY] = 4 * transposed + 2 * rows + self.coder.bit(self.m.flip[1], isometry & 1)
        a[ROW] = self._place(self.h.rows[level], int(a[Y]), self.h.height, int(a[ROW]))
        a[COLUMN] = self._place(self.h.columns[level], int(a[X]), self.h.width, int(a[COLUMN]))

    def _place(self, positions: int, pixel: int, extent: int, value: int) -> int:
        first = first_domain(pixel, positions, self.h.window, extent)
        return first + self.coder.uniform(min(positions, self.h.window), value - first)

    def mean(self, a: Leaf, y: int, x: int, level: int) -> None:
        """The mean is predicted by the smooth part of the leaves to the left and above, next to this one."""
        n, step = SIZES[level], mean_step(self.h.step, SIZES[level])
        left = int(self.base[y : y + n, x - 1].sum()) if x else 0
        above = int(self.base[y - 1, x : x + n].sum()) if y else 0
        known = n * ((x > 0) + (y > 0))
        predicted = (left + above) // known if known else WHITE // 2
        apart = abs(left - above) // (n * step) if x and y else 1
        model = self.m.mean[level][0 if apart < 1 else 1 if apart < 4 else 2]
        difference = int(a[MEAN]) - predicted
        modulus = (abs(difference) + step // 2) // step
        steps = model.code(self.coder, -modulus if difference < 0 else modulus)
        a[MEAN] = min(max(predicted + steps * step, 0), WHITE)

    def terms(self, a: Leaf, level: int, fractal: int) -> None:
        n, first = SIZES[level], MEAN + 1
        last = max((k + 1 for k in range(len(TERMS)) if a[first + k]), default=0)
        after_zero = 0
        for k, (u, v) in enumerate(TERMS):
            if u >= n or v >= n:
                continue
            if not after_zero and not self.coder.bit(self.m.more[level][fractal][k], int(k < last)):
                return
            value = int(a[first + k])
            after_zero = self.coder.bit(self.m.zero[level][k], int(value == 0))
            if after_zero:
                continue
            negative = self.coder.uniform(2, int(value < 0))
            modulus = 1 + self.m.term[level][u + v].rest(self.coder, abs(value) - 1)
            a[first + k] = -modulus if negative else modulus
