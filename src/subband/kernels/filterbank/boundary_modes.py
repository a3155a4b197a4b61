"""What a finite signal is taken to be beyond its ends: one small linear map per boundary mode.

A two-channel bank of length L reads the extended signal e = E x, where E copies x into the middle and fills
`left` samples before and `right` samples after it with combinations of at most a few samples of x. Keeping
E as a table of (index, weight) terms makes all modes one code path, and E's transpose, which the exact
adjoint of every mode needs, is the same table read the other way.
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
"""The boundary modes that know nothing of the filters, with PyWavelets' names and meanings."""

MODES = (*PADDED, "orthogonal")
"""All boundary modes; for "orthogonal" see `subband.kernels.filterbank.orthogonal_ends`."""

CRITICAL = ("periodization", "wrap", "orthogonal")
"""Modes that keep ⌈N/2⌉ coefficients a band; "wrap" is periodization seen from the inverse."""

Terms = list[tuple[int, float]]
Column = tuple[tuple[int, ...], tuple[float, ...] | None]
"""The samples that one term of each combination reads, and their weights, None where all weigh 1."""

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
        returns: (head, tail, columns), Eᵀ: the first `head` and the last `tail` samples of the signal take part,
            and these terms name the extended samples that return to them; a place that is not needed points
            one past the last extended sample, with weight nothing.
    """

    size: int
    subbands: int
    left: int
    right: int
    columns: tuple[Column, ...]
    returns: tuple[int, int, tuple[Column, ...]]

    @lazy
    def index(self) -> np.ndarray:
        """(left + right, T) int64: sample t of the combination that makes each extended sample."""
        return _table(self.columns, self.left + self.right)[0]

    @lazy
    def weight(self) -> np.ndarray:
        """(left + right, T) float64: its weight; unused terms weigh nothing."""
        return _table(self.columns, self.left + self.right)[1]

    @property
    def taps(self) -> int:
        """L, the length of the bank that reads the extended signal."""
        return self.left + self.size + self.right - 2 * (self.subbands - 1)


def subband_size(size: int, taps: int, mode: str) -> int:
    """Samples of each sub-band that a bank of `taps` makes of `size` samples."""
    return (size + 1) // 2 if mode in CRITICAL else (size + taps - 1) // 2


@remembered
def extension(size: int, taps: int, mode: str) -> Extension:
    """Tabulate E. `size` ≥ 1, `taps` even and ≥ 2, `mode` one of PADDED, or "wrap"."""
    subbands = subband_size(size, taps, mode)
    left = taps // 2 - 1 if mode in CRITICAL else taps - 2
    right = 2 * subbands + taps - 2 - left - size
    return Extension(size, subbands, left, right, *_columns(size, left, right, mode))


@static
def _columns(size: int, left: int, right: int, mode: str) -> BothWays:
    outside = [*range(-left, 0), *range(size, size + right)]
    return both_ways([[term for term in _terms(i, size, mode) if term[1]] for i in outside], size)


def both_ways(rows: list[Terms], size: int) -> BothWays:
    """E, and Eᵀ: which extended samples go back to which samples of the signal."""
    middle = size // 2
    samples = [sample for row in rows for sample, _ in row]
    head = max((sample for sample in samples if sample < middle), default=-1) + 1
    tail = size - min((sample for sample in samples if sample >= middle), default=size)
    returns: list[Terms] = [[] for _ in range(head + tail)]
    for place, row in enumerate(rows):
        for sample, value in row:
            returns[sample if sample < middle else sample - size + head + tail].append((place, value))
    return _transpose(rows), (head, tail, _transpose(returns, unused=len(rows)))


def _transpose(rows: list[Terms], unused: int | None = None) -> tuple[Column, ...]:
    """Rows of (index, weight) terms as columns of equal length.

    A place that a row does not need has weight nothing and, so that it can't bring in a stray NaN, repeats the
    row's first index, or is `unused` where that is given.
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
    for t, (places, weights) in enumerate(columns):
        index[:, t] = places
        if weights is not None:
            weight[:, t] = weights
    return index, weight


def _terms(i: int, n: int, mode: str) -> Terms:
    """The samples and weights that stand at position i of a signal of n samples, i outside [0, n)."""
    last = n - 1
    match mode:
        case "zero":
            return []
        case "constant":
            return [(0 if i < 0 else last, 1.0)]
        case "periodic":
            return [(i % n, 1.0)]
        case "periodization":
            # An odd signal repeats its last sample once, then everything repeats.
            return [(min(i % (n + n % 2), last), 1.0)]
        case "wrap":
            # Periodization's way back: the sample that it had repeated takes no part.
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
            # Point reflection at either end: the signal climbs by x[last] − x[0] with every fold.
            fold, r = divmod(i, last)
            if fold % 2 == 1:
                return [(last, fold + 1.0), (0, 1.0 - fold), (last - r, -1.0)]
            return [(r, 1.0), (last, float(fold)), (0, -float(fold))]
        case _:
            raise ValueError(mode)
