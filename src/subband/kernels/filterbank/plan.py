"""What a separable filter bank does to a signal, fixed before any sample is seen.

A `Plan` is hashable and holds no arrays of the signal's library: the compiled kernels read it as tables, the
reference reads it as numbers, JAX takes it as static, and every adjoint shares it with its forward map.
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
    """The two analysis filters of one axis and what stands beyond that axis's ends.

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
        """The bank whose approximations are this one's details."""
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
        size: Samples along each of them.
        levels: How often the bank is applied.
        order: How a full tree's bands are laid out, "natural" or "frequency"; pyramids ignore it.
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
        """Samples along each axis after 0, 1, …, `levels` applications."""
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
        """Where the details of level 1, 2, …, `levels` begin in the flat coefficients, coarsest first."""
        details = [(2**self.rank - 1) * prod(size) for size in self.sizes[1:]]
        ends = [self.total - sum(details[:level]) for level in range(self.levels)]
        return tuple(end - count for end, count in zip(ends, details, strict=True))

    @lazy
    def total(self) -> int:
        """Number of pyramid coefficients of one signal."""
        details = sum((2**self.rank - 1) * prod(size) for size in self.sizes[1:])
        return prod(self.sizes[-1]) + details

    @lazy
    def tree_shape(self) -> tuple[int, ...]:
        """Shape of one signal's full tree: bands along each axis, then samples along each axis."""
        return (2**self.levels,) * self.rank + self.sizes[-1]

    def shape_after(self, *, tree: bool, analysis: bool) -> tuple[int, ...]:
        """Shape of what one of the four maps makes of one signal, or of its coefficients."""
        if not analysis:
            return self.size
        return self.tree_shape if tree else (self.total,)

    @lazy
    def band_order(self) -> tuple[int, ...]:
        """Natural index of the band that stands at each place along one axis."""
        places = range(2**self.levels)
        return tuple(p ^ (p >> 1) for p in places) if self.order == "frequency" else tuple(places)


@remembered
def plan(banks: tuple[Bank, ...], size: tuple[int, ...], levels: int, order: str = "natural") -> Plan:
    """The plan for these numbers; equal numbers give the same object, with its tables made once."""
    return Plan(banks, size, levels, order)
