"""Wavelets as four filters, whatever they were given as."""

from dataclasses import dataclass
from importlib import import_module
from math import log2
from typing import Any

import numpy as np

from subband.arrays.programs import remembered, static
from subband.errors import InvalidInput
from subband.kernels.plan import Bank, Taps


@dataclass(frozen=True)
class Wavelet:
    """A two-channel filter bank with PyWavelets' conventions.

    Attributes:
        name: Its name, e.g. "db4".
        dec_lo, dec_hi: Analysis low- and high-pass taps, of one even length L.
        rec_lo, rec_hi: Synthesis low- and high-pass taps, of the same length.
    """

    name: str
    dec_lo: Taps
    dec_hi: Taps
    rec_lo: Taps
    rec_hi: Taps

    def __post_init__(self) -> None:
        lengths = {len(taps) for taps in (self.dec_lo, self.dec_hi, self.rec_lo, self.rec_hi)}
        if len(lengths) != 1 or min(lengths) < 2 or min(lengths) % 2:
            raise InvalidInput(
                f"the filters of wavelet {self.name!r} have lengths {sorted(lengths)}: give four filters of one "
                "even length, padded with zeros where needed"
            )

    @property
    def taps(self) -> int:
        """The filters' length L."""
        return len(self.dec_lo)

    @property
    def dual(self) -> "Wavelet":
        """The wavelet whose analysis is the transpose of this one's synthesis, and the other way round.

        An orthonormal wavelet is its own dual; "bior2.2" and "rbio2.2" are each other's.
        """
        filters = (self.rec_lo, self.rec_hi, self.dec_lo, self.dec_hi)
        return Wavelet(f"dual of {self.name}", *(taps[::-1] for taps in filters))

    @property
    def orthonormal(self) -> bool:
        """Whether its filters and their shifts by two are orthonormal, to 10⁻¹⁰."""
        return _orthonormal(self)

    def analysis(self, mode: str) -> Bank:
        """The bank that takes a signal apart."""
        return Bank(self.dec_lo, self.dec_hi, mode)

    def synthesis(self, mode: str) -> Bank:
        """The bank whose transpose puts the signal together again.

        Sub-bands carry all that the boundary mode added, so the way back reads zeros beyond the ends; only
        periodization, which adds nothing, wraps.
        """
        back = "wrap" if mode == "periodization" else "zero"
        return Bank(self.rec_lo[::-1], self.rec_hi[::-1], back)


@remembered
def _orthonormal(w: Wavelet) -> bool:
    """H Hᵀ = 1 for the rows h[n − 2k], g[n − 2k]."""
    lo, hi, middle = np.asarray(w.dec_lo), np.asarray(w.dec_hi), w.taps - 1
    gram = np.asarray([[np.correlate(a, b, "full")[middle % 2 :: 2] for a in (lo, hi)] for b in (lo, hi)])
    unit = np.zeros_like(gram)
    unit[[0, 1], [0, 1], middle // 2] = 1
    return bool(np.abs(gram - unit).max() < 1e-10)


WaveletLike = Any
"""A name, a `Wavelet`, a `pywt.Wavelet`, or four filters (dec_lo, dec_hi, rec_lo, rec_hi)."""


def wavelet(given: WaveletLike) -> Wavelet:
    """The discrete wavelet that `given` names or holds.

    Args:
        given: A name that PyWavelets knows ("haar", "db4", "bior4.4", …), a `Wavelet`, a `pywt.Wavelet`, or a
            sequence of four filters dec_lo, dec_hi, rec_lo, rec_hi.

    Raises:
        InvalidInput: unknown name, a continuous wavelet, or filters of odd or unequal length.
    """
    if isinstance(given, Wavelet):
        return given
    if isinstance(given, str):
        return Wavelet(given.lower(), *_tabulated(given))
    bank = getattr(given, "filter_bank", given)
    if not isinstance(bank, list | tuple) or len(bank) != 4:
        raise InvalidInput(
            f"can't read a wavelet from {type(given).__name__}: give a name such as 'db4', or four filters "
            "(dec_lo, dec_hi, rec_lo, rec_hi)"
        )
    taps = [tuple(float(tap) for tap in filter_) for filter_ in bank]
    return Wavelet(str(getattr(given, "name", "custom")), *taps)


@static
def _tabulated(name: str) -> tuple[Taps, Taps, Taps, Taps]:
    # The filter tables, imported only when a name must be looked up; the package has no types.
    pywt: Any = import_module("pywt")

    if name.lower() not in pywt.wavelist(kind="discrete"):
        families = ", ".join(pywt.families())
        kind = "a continuous wavelet" if name in pywt.wavelist(kind="continuous") else "unknown"
        raise InvalidInput(
            f"wavelet {name!r} is {kind}: give a discrete one such as 'haar', 'db4', 'sym5' or 'bior4.4' "
            f"(families: {families}; pywt.wavelist(kind='discrete') lists all)"
        )
    dec_lo, dec_hi, rec_lo, rec_hi = (tuple(taps) for taps in pywt.Wavelet(name).filter_bank)
    return dec_lo, dec_hi, rec_lo, rec_hi


def max_level(size: int, given: WaveletLike) -> int:
    """How many levels leave at least one coefficient that no boundary touched: ⌊log₂(N / (L − 1))⌋.

    Args:
        size: Samples N along the axis.
        given: The wavelet, of L taps.

    Returns:
        The level, 0 where the signal is shorter than the filter.
    """
    return max(0, int(log2(size / (wavelet(given).taps - 1)))) if size > 0 else 0
