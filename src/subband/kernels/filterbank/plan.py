"""Static description of a separable multi-level filter bank.

A `Plan` is hashable and holds no arrays of the signal's library. The compiled kernels derive tables from it,
it is a static argument under JAX, and a map and its adjoint share it.
"""

from dataclasses import dataclass
from itertools import product
from math import prod

from subband.arrays.compilers import lazy, remembered
from subband.kernels.filterbank.boundary_modes import Extension, extension, subband_size
from subband.kernels.filterbank.orthogonal_ends import orthogonal_extension

Taps = tuple[float, ...]


@dataclass(frozen=True)
class Bank:
    """Analysis filters and boundary mode of one axis.

    Attributes:
        lo, hi: Low- and high-pass taps, of one even length L; sub-band k reads Σⱼ lo[j] e[2k + L − 1 − j].
        mode: One of `subband.kernels.filterbank.boundary_modes.MODES`, or "wrap".
        dual: For mode "orthogonal", the taps (lo, hi) of the bank whose transpose undoes this one.
    """

    lo: Taps
    hi: Taps
    mode: str
    dual: tuple[Taps, Taps] | None = None

    @lazy
    def taps(self) -> int:
        return len(self.lo)

    @property
    def swapped(self) -> "Bank":
        """The bank with low- and high-pass filters exchanged."""
        return Bank(self.hi, self.lo, self.mode, self.dual and (self.dual[1], self.dual[0]))

    def extension(self, size: int) -> Extension:
        if self.mode == "orthogonal":
            pair = (self.lo, self.hi)
            return orthogonal_extension(size, pair, self.dual or pair)
        return extension(size, self.taps, self.mode)


@dataclass(frozen=True)
class Plan:
    """A multi-level bank over the last axes of (batch, n₁, …, n_d).

    Attributes:
        banks: One per transformed axis.
        size: Number of samples along each transformed axis.
        levels: Number of decomposition levels.
        order: Band order of full trees, "natural" or "frequency"; ignored by pyramids.
    """

    banks: tuple[Bank, ...]
    size: tuple[int, ...]
    levels: int
    order: str = "natural"

    @lazy
    def rank(self) -> int:
        return len(self.banks)

    @lazy
    def sizes(self) -> tuple[tuple[int, ...], ...]:
        """Sub-band sizes (n₁, …, n_d) after 0, 1, …, `levels` levels."""
        sizes = [self.size]
        for _ in range(self.levels):
            sizes.append(
                tuple(
                    subband_size(n, bank.taps, bank.mode)
                    for n, bank in zip(sizes[-1], self.banks, strict=True)
                )
            )
        return tuple(sizes)

    @lazy
    def bands(self) -> tuple[str, ...]:
        """Names of one level's bands, the approximation first: aa, ad, da, dd for two axes."""
        return tuple("".join(letters) for letters in product("ad", repeat=self.rank))

    @lazy
    def offsets(self) -> tuple[int, ...]:
        """Offsets of the details of level 1, 2, …, `levels` in the flat coefficients (coarsest first)."""
        details = [(2**self.rank - 1) * prod(size) for size in self.sizes[1:]]
        ends = [self.total - sum(details[:level]) for level in range(self.levels)]
        return tuple(end - count for end, count in zip(ends, details, strict=True))

    @lazy
    def total(self) -> int:
        """Number of pyramid coefficients per signal."""
        details = sum((2**self.rank - 1) * prod(size) for size in self.sizes[1:])
        return prod(self.sizes[-1]) + details

    @lazy
    def tree_shape(self) -> tuple[int, ...]:
        """Shape of one signal's full tree: number of bands per axis, then sub-band size per axis."""
        return (2**self.levels,) * self.rank + self.sizes[-1]

    def shape_after(self, *, tree: bool, analysis: bool) -> tuple[int, ...]:
        """Output shape of one of the four maps, without the batch axis.

        Args:
            tree: Full tree rather than pyramid.
            analysis: Signal to coefficients rather than the reverse.
        """
        if not analysis:
            return self.size
        return self.tree_shape if tree else (self.total,)

    @lazy
    def band_order(self) -> tuple[int, ...]:
        """Natural index of the band at each position along one axis; by frequency it is the Gray code."""
        positions = range(2**self.levels)
        return tuple(p ^ (p >> 1) for p in positions) if self.order == "frequency" else tuple(positions)


@remembered
def plan(banks: tuple[Bank, ...], size: tuple[int, ...], levels: int, order: str = "natural") -> Plan:
    """Cached constructor of `Plan`: equal arguments share one object and its tables."""
    return Plan(banks, size, levels, order)
