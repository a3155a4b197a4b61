"""What a finite signal is taken to be beyond its ends: one small linear map per boundary mode.

A two-channel bank of length L reads the extended signal e = E x, where E copies x into the middle and fills
`left` samples before and `right` samples after it with combinations of at most a few samples of x. Keeping
E as a table of (index, weight) terms makes all modes one code path, and E's transpose, which the exact
adjoint of every mode needs, is the same table read the other way.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

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
"""All boundary modes; for "orthogonal" see `subband.kernels.boundary`."""

CRITICAL = ("periodization", "wrap", "orthogonal")
"""Modes that keep ⌈N/2⌉ coefficients a band; "wrap" is periodization seen from the inverse."""

Terms = list[tuple[int, float]]


@dataclass(frozen=True, eq=False)
class Extension:
    """E for a signal of `size` samples and a bank of L taps.

    Attributes:
        size: Samples of the signal, N.
        subbands: Samples of each sub-band, K: ⌊(N + L − 1)/2⌋, or ⌈N/2⌉ for the modes of CRITICAL.
        left: Extended samples before the signal; L − 2, or L/2 − 1 for the modes of CRITICAL.
        right: Extended samples after it, so that left + N + right = 2K + L − 2.
        index: (left + right, T) int64: sample t of the combination that makes each extended sample.
        weight: (left + right, T) float64: its weight; unused terms weigh nothing.
    """

    size: int
    subbands: int
    left: int
    right: int
    index: np.ndarray
    weight: np.ndarray

    @cached_property
    def transposed(self) -> tuple[int, int, np.ndarray, np.ndarray]:
        """Eᵀ as a table: which extended samples go back to which samples of the signal.

        Returns:
            (head, tail, index, weight): the first `head` and the last `tail` samples of the signal take part;
            row s of `index` and `weight` names the extended samples that return to the s-th of them, unused
            places pointing one past the last extended sample, with weight nothing.
        """
        outside, columns = np.nonzero(self.weight)
        samples = self.index[outside, columns]
        middle = self.size // 2
        head = int(samples[samples < middle].max(initial=-1)) + 1
        tail = self.size - int(samples[samples >= middle].min(initial=self.size))
        returns: list[Terms] = [[] for _ in range(head + tail)]
        for row, sample, value in zip(outside, samples, self.weight[outside, columns], strict=True):
            returns[sample if sample < middle else sample - self.size + head + tail].append((row, value))
        index, weight = table(returns, unused=len(self.weight))
        return head, tail, index, weight


def subband_size(size: int, taps: int, mode: str) -> int:
    """Samples of each sub-band that a bank of `taps` makes of `size` samples."""
    return (size + 1) // 2 if mode in CRITICAL else (size + taps - 1) // 2


@lru_cache(maxsize=4096)
def extension(size: int, taps: int, mode: str) -> Extension:
    """Tabulate E. `size` ≥ 1, `taps` even and ≥ 2, `mode` one of PADDED, or "wrap"."""
    subbands = subband_size(size, taps, mode)
    left = taps // 2 - 1 if mode in CRITICAL else taps - 2
    right = 2 * subbands + taps - 2 - left - size
    outside = [*range(-left, 0), *range(size, size + right)]
    rows = [[term for term in _terms(i, size, mode) if term[1]] for i in outside]
    index, weight = table(rows)
    return Extension(size, subbands, left, right, index, weight)


def table(rows: list[Terms], unused: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rows of (index, weight) terms as two rectangular arrays.

    A place that a row does not need has weight nothing and, so that it can't bring in a stray NaN, repeats the
    row's first index, or is `unused` where that is given.
    """
    width = max((len(row) for row in rows), default=0)
    index = np.zeros((len(rows), width), np.int64)
    weight = np.zeros((len(rows), width), np.float64)
    for row, terms in enumerate(rows):
        index[row] = terms[0][0] if unused is None and terms else unused or 0
        for column, (sample, value) in enumerate(terms):
            index[row, column], weight[row, column] = sample, value
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
