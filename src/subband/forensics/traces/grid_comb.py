"""An earlier JPEG's grid in pixels: at the right one of 64 offsets, DCT coefficients lie on combs.

JPEG rounds each coefficient of an 8×8 block to multiples of a step q. Decoded, cut and stored again without
loss (or with a much finer step), the coefficients of blocks at the old grid still gather at multiples of q,
those of blocks at the 63 other offsets do not. For mode m, offset o and step q the comb is measured by

    T(m, o, q) = √(2/n) Σ_k cos(2π c_k / q)    over the n coefficients with |c_k| ≥ q/2,

which has variance 1 where the phases are uniform. The other offsets are the null: S(o) = Σ_m max_q (T(m, o, q) −
median_o T(m, ·, q)) is compared with its spread over the offsets, so that the content of the picture cancels.

Sources: Z. Fan and R. L. de Queiroz, Identification of bitmap compression history (IEEE Trans. Image Processing 12,
2003); T. Bianchi and A. Piva, Detection of nonaligned double JPEG compression based on integer periodicity
maps (IEEE Trans. Information Forensics and Security 7, 2012).
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

MODES = tuple(
    (u, v) for u in range(4) for v in range(4) if 1 <= u + v <= 4 and (u, v) not in ((0, 4), (4, 0))
)
"""Low frequencies: those that survive compression. (0, 0) and (0, 4) are left out: their coefficients of integer
pixels are multiples of 1/8, a comb of their own."""

RESOLUTION = 4  # bins a unit
REACH = 96  # largest |coefficient| counted
STEPS = tuple(range(2, 49))


@dataclass(frozen=True)
class Grid:
    """An offset at which coefficients lie on combs.

    Attributes:
        offset: row and column of the first pixel of a block, 0..7.
        score: how far S of this offset is above the others, in robust standard deviations.
        steps: the step of each mode's comb, by `MODES`; 0 where none is seen.
    """

    offset: tuple[int, int]
    score: float
    steps: tuple[int, ...]


def grid_of(luma: np.ndarray, *, without: frozenset[tuple[int, int]] = frozenset()) -> Grid:
    """The offset at which the combs are clearest.

    Args:
        luma: (h, w) float32, at least 64 either way.
        without: offsets that are neither candidates nor part of the null, e.g. the present grid of a JPEG.
    """
    excess = _excess(combs(luma))
    sums = excess.max(-1).sum(0).reshape(8, 8)
    used = np.array([[(r, c) not in without for c in range(8)] for r in range(8)])
    best = np.unravel_index(np.argmax(np.where(used, sums, -np.inf)), sums.shape)
    row, column = int(best[0]), int(best[1])
    used[row, column] = False
    others = sums[used]
    middle = np.median(others)
    spread = max(1.4826 * float(np.median(np.abs(others - middle))), 1.0)
    at = excess[:, 8 * row + column]
    steps = tuple(int(STEPS[k]) if at[m, k] > 4 else 0 for m, k in enumerate(at.argmax(-1)))
    return Grid((row, column), float((sums[row, column] - middle) / spread), steps)


def combs(luma: np.ndarray) -> np.ndarray:
    """T(m, o, q): (modes, 64 offsets, steps)."""
    cosines, counted = _tables()
    out = np.empty((len(MODES), 64, len(STEPS)), np.float32)
    for m, histogram in enumerate(_histograms(luma)):
        n = histogram @ counted
        out[m] = histogram @ cosines * np.sqrt(2 / np.maximum(n, 1))
    return out


def _excess(t: np.ndarray) -> np.ndarray:
    """T above its median over the offsets."""
    return t - np.median(t, axis=1, keepdims=True)


def _histograms(luma: np.ndarray) -> Iterator[np.ndarray]:
    """For each mode, (64 offsets, bins) counts of |coefficient|; what exceeds `REACH` is left out."""
    height, width = (side // 8 * 8 for side in luma.shape)
    basis = _basis()
    offset = 8 * (np.arange(height - 8)[:, None] % 8) + np.arange(width - 8)[None] % 8
    bins = REACH * RESOLUTION + 1
    first = (offset * bins).astype(np.int32)
    rows = {u: _sliding(luma[:, :width], basis[u], height - 8) for u in range(4)}
    for u, v in MODES:
        c = _sliding(rows[u].T, basis[v], width - 8).T
        index = np.minimum(np.rint(np.abs(c) * RESOLUTION), bins - 1).astype(np.int32)
        counts = np.bincount((first + index).ravel(), minlength=64 * bins).reshape(64, bins)
        yield counts[:, :-1].astype(np.float32)


def _sliding(x: np.ndarray, filter: np.ndarray, count: int) -> np.ndarray:
    """Σ_k filter[k] x[i + k] for i < count, along the first axis."""
    out = filter[0] * x[:count]
    for k in range(1, 8):
        out += filter[k] * x[k : count + k]
    return out


@functools.cache
def _basis() -> np.ndarray:
    """Orthonormal DCT-II of length 8, (frequency, sample)."""
    k = np.arange(8)
    basis = np.cos(np.pi * (2 * k[None] + 1) * k[:, None] / 16) / 2
    basis[0] /= np.sqrt(2)
    return basis.astype(np.float32)


@functools.cache
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """cos(2π c/q) where c ≥ q/2, and 1 there: (bins, steps) each."""
    c = np.arange(REACH * RESOLUTION)[:, None] / RESOLUTION
    q = np.asarray(STEPS)[None]
    counted = (c >= q / 2).astype(np.float32)
    return (np.cos(2 * np.pi * c / q) * counted).astype(np.float32), counted
