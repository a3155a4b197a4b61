"""Boundary modes as sparse linear extensions of a finite signal.

A two-channel bank of length L operates on the extended signal e = E x, where E copies x into the middle and
fills `left` samples before and `right` samples after it with linear combinations of a few samples of x. With
E stored as a table of (index, weight) terms, all modes share one code path, and Eᵀ, required by the exact
adjoint of each mode, is the transposed table.
"""

from dataclasses import dataclass

import numpy as np

from subband.arrays.compilers import lazy, remembered, static

PADDED = (
    "zero",
    "constant",
    "symmetric",
    "reflect",
    "periodic",
    "smooth",
    "antisymmetric",
    "antireflect",
    "periodization",
)
"""Boundary modes independent of the filters, with the names and definitions of PyWavelets."""

MODES = (*PADDED, "orthogonal")
"""All boundary modes; for "orthogonal" see `subband.kernels.filterbank.orthogonal_ends`."""

CRITICAL = ("periodization", "wrap", "orthogonal")
"""Critically sampled modes, ⌈N/2⌉ coefficients per band; "wrap" is periodization for the inverse."""

Terms = list[tuple[int, float]]
Column = tuple[tuple[int, ...], tuple[float, ...] | None]
"""One term of every linear combination: sample indices and weights, None if all weights are 1."""

BothWays = tuple[tuple[Column, ...], tuple[int, int, tuple[Column, ...]]]
"""`Extension.columns` and `Extension.returns`."""


@dataclass(frozen=True, eq=False)
class Extension:
    """E for a signal of `size` samples and a bank of L taps.

    Attributes:
        size: Samples of the signal, N.
        subbands: Samples of each sub-band, K: ⌊(N + L − 1)/2⌋, or ⌈N/2⌉ for the modes of CRITICAL.
        left: Extended samples before the signal; L − 2, or L/2 − 1 for the modes of CRITICAL.
        right: Extended samples after it, so that left + N + right = 2K + L − 2.
        columns: E as terms of the combinations that make the extended samples, T at most.
        returns: (head, tail, columns), Eᵀ outside of the middle: it affects the first `head` and the last
            `tail` samples of the signal, each a combination of extended samples. Unused terms have weight 0
            and an index one past the last extended sample.
    """

    size: int
    subbands: int
    left: int
    right: int
    columns: tuple[Column, ...]
    returns: tuple[int, int, tuple[Column, ...]]

    @lazy
    def index(self) -> np.ndarray:
        """(left + right, T) int64: sample indices of the linear combinations."""
        return _table(self.columns, self.left + self.right)[0]

    @lazy
    def weight(self) -> np.ndarray:
        """(left + right, T) float64: their weights, 0 for unused terms."""
        return _table(self.columns, self.left + self.right)[1]

    @property
    def taps(self) -> int:
        """Filter length L."""
        return self.left + self.size + self.right - 2 * (self.subbands - 1)


def subband_size(size: int, taps: int, mode: str) -> int:
    """Number of samples K of each sub-band of a signal of `size` samples, for filters of `taps` taps."""
    return (size + 1) // 2 if mode in CRITICAL else (size + taps - 1) // 2


@remembered
def extension(size: int, taps: int, mode: str) -> Extension:
    """The extension operator E for `size` ≥ 1, `taps` even and ≥ 2, `mode` in PADDED or "wrap"."""
    subbands = subband_size(size, taps, mode)
    left = taps // 2 - 1 if mode in CRITICAL else taps - 2
    right = 2 * subbands + taps - 2 - left - size
    return Extension(size, subbands, left, right, *outside_columns(size, left, right, mode))


@static
def outside_columns(size: int, left: int, right: int, mode: str) -> BothWays:
    """Tables of E and Eᵀ for `left` samples before and `right` after a signal of `size` samples."""
    outside = [*range(-left, 0), *range(size, size + right)]
    return both_ways([[term for term in _terms(i, size, mode) if term[1]] for i in outside], size)


def both_ways(rows: list[Terms], size: int) -> BothWays:
    """Tables of E and Eᵀ, from the terms of each extended sample."""
    middle = size // 2
    samples = [sample for row in rows for sample, _ in row]
    head = max((sample for sample in samples if sample < middle), default=-1) + 1
    tail = size - min((sample for sample in samples if sample >= middle), default=size)
    returns: list[Terms] = [[] for _ in range(head + tail)]
    for index, row in enumerate(rows):
        for sample, value in row:
            returns[sample if sample < middle else sample - size + head + tail].append((index, value))
    return _transpose(rows), (head, tail, _transpose(returns, unused=len(rows)))


def _transpose(rows: list[Terms], unused: int | None = None) -> tuple[Column, ...]:
    """Rows of (index, weight) terms as columns of equal length.

    Unused terms have weight 0. Their index is the first one of the row, so that they don't introduce NaN of
    other samples, or `unused` if given.
    """
    columns = []
    for t in range(max((len(row) for row in rows), default=0)):
        spare = [row[0][0] if unused is None and row else unused or 0 for row in rows]
        index = tuple(row[t][0] if t < len(row) else spare[i] for i, row in enumerate(rows))
        weight = tuple(float(row[t][1]) if t < len(row) else 0.0 for row in rows)
        columns.append((index, None if all(w == 1 for w in weight) else weight))
    return tuple(columns)


def _table(columns: tuple[Column, ...], rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns as two arrays (rows, T), of indices and of weights."""
    index = np.zeros((rows, len(columns)), np.int64)
    weight = np.ones((rows, len(columns)), np.float64)
    for t, (indices, weights) in enumerate(columns):
        index[:, t] = indices
        if weights is not None:
            weight[:, t] = weights
    return index, weight


def _terms(i: int, n: int, mode: str) -> Terms:
    """The linear combination, (index, weight) terms, at position i ∉ [0, n) of a signal of n samples."""
    last = n - 1
    match mode:
        case "zero":
            return []
        case "constant":
            return [(0 if i < 0 else last, 1.0)]
        case "periodic":
            return [(i % n, 1.0)]
        case "periodization":
            # Odd signals are first extended by their last sample.
            return [(min(i % (n + n % 2), last), 1.0)]
        case "wrap":
            # Counterpart of periodization for the inverse: the repeated sample is dropped.
            r = i % (n + n % 2)
            return [(r, 1.0)] if r < n else []
        case "symmetric" | "antisymmetric":
            fold, r = divmod(i, n)
            mirrored = fold % 2 == 1
            sign = -1.0 if mirrored and mode == "antisymmetric" else 1.0
            return [(last - r if mirrored else r, sign)]
        case "smooth":
            if n == 1:
                return [(0, 1.0)]
            edge, inner, distance = (0, 1, -i) if i < 0 else (last, last - 1, i - last)
            return [(edge, 1.0 + distance), (inner, -float(distance))]
        case "reflect":
            if n == 1:
                return [(0, 1.0)]
            fold, r = divmod(i, last)
            return [(last - r if fold % 2 == 1 else r, 1.0)]
        case "antireflect":
            if n == 1:
                return [(0, 1.0)]
            # Point reflection at both ends: each fold adds x[last] − x[0].
            fold, r = divmod(i, last)
            if fold % 2 == 1:
                return [(last, fold + 1.0), (0, 1.0 - fold), (last - r, -1.0)]
            return [(r, 1.0), (last, float(fold)), (0, -float(fold))]
        case _:
            raise ValueError(mode)
