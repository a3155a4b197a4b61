"""Wavelets as four filters, whatever they were given as: known numbers, or arrays that may be learnt."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from importlib import import_module
from math import log2, nan
from typing import Any

import numpy as np

from subband.arrays.arguments import LONGEST, integer, number, shown
from subband.arrays.compilers import compiling, remembered, static
from subband.arrays.namespace import Array, library, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.kernels.filterbank.plan import Bank, Taps


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
        if not isinstance(self.name, str):
            raise InvalidInput(
                f"name={shown(self.name)}: give a wavelet's name as a string, then its four filters"
            )
        if not compiling():  # PyTorch's compiler can't ask each tap for its type
            for filter_ in ("dec_lo", "dec_hi", "rec_lo", "rec_hi"):
                object.__setattr__(self, filter_, plain_taps(filter_, getattr(self, filter_)))
        lengths = [len(taps) for taps in (self.dec_lo, self.dec_hi, self.rec_lo, self.rec_hi)]
        if len(set(lengths)) != 1 or lengths[0] < 2 or lengths[0] % 2:
            raise InvalidInput(
                f"dec_lo, dec_hi, rec_lo, rec_hi of wavelet {self.name!r} have lengths {lengths}: give four "
                "filters of one even length, padded with zeros where needed"
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
        return _bank(mode, (self.dec_lo, self.dec_hi), (self.rec_lo[::-1], self.rec_hi[::-1]))

    def synthesis(self, mode: str) -> Bank:
        """The bank whose transpose puts the signal together again.

        Sub-bands carry all that the boundary mode added, so the way back reads zeros beyond the ends; only
        periodization, which adds nothing, wraps, and orthogonal boundaries have boundaries as their duals.
        """
        back = {"periodization": "wrap", "orthogonal": "orthogonal"}.get(mode, "zero")
        return _bank(back, (self.rec_lo[::-1], self.rec_hi[::-1]), (self.dec_lo, self.dec_hi))


def plain_taps(name: str, given: Any) -> Taps:
    """The taps of one filter as Python numbers.

    Raises:
        InvalidInput: anything but a row of finite numbers.
    """
    taps: Any = given
    if compiling():
        return tuple([float(tap) for tap in taps])
    if type(taps) is tuple and all(type(tap) is float for tap in taps):
        return taps
    taps = given.tolist() if hasattr(given, "tolist") else given
    if not isinstance(taps, list | tuple):
        raise InvalidInput(f"{name}={shown(given)}: give the taps of a filter as a list of numbers")
    return tuple([number(f"a tap of {name}", tap) for tap in taps])


def _bank(mode: str, taps: tuple[Taps, Taps], dual: tuple[Taps, Taps]) -> Bank:
    return Bank(*taps, mode, dual if mode == "orthogonal" else None)


@pytree("dec_lo", "dec_hi", "rec_lo", "rec_hi")
@dataclass(frozen=True, eq=False)
class Filters:
    """A two-channel filter bank whose taps are arrays, which may require gradients or be traced.

    JAX and PyTorch see a pytree of four leaves. The conventions are PyWavelets', as for `Wavelet`.

    Attributes:
        dec_lo, dec_hi: (L,) Analysis low- and high-pass taps, floating, L even.
        rec_lo, rec_hi: (L,) Synthesis low- and high-pass taps.

    Raises:
        InvalidInput: arrays of several libraries or axes, of odd or unequal length, or not real and floating.
        UnsupportedArray: arrays of an unknown library.
    """

    dec_lo: Array
    dec_hi: Array
    rec_lo: Array
    rec_hi: Array

    def __post_init__(self) -> None:
        shapes = [tuple(taps.shape) for taps in self if library(taps)]
        if len(set(shapes)) != 1 or len(shapes[0]) != 1 or shapes[0][0] < 2 or shapes[0][0] % 2:
            raise InvalidInput(
                f"filters dec_lo, dec_hi, rec_lo, rec_hi have shapes {shapes}: give four of shape (L,), L even, "
                "padded with zeros where needed"
            )
        libraries = sorted({library(taps) for taps in self})
        dtypes = sorted({str(taps.dtype) for taps in self})
        if len(libraries) != 1 or not all(
            namespace(taps).isdtype(taps.dtype, "real floating") for taps in self
        ):
            raise InvalidInput(
                f"filters dec_lo, dec_hi, rec_lo, rec_hi are {' and '.join(dtypes)} arrays of "
                f"{' and '.join(libraries)}: give four real floating arrays of one library"
            )

    @classmethod
    def of(cls, given: "WaveletLike", like: Array | None = None) -> "Filters":
        """The filters of a wavelet as arrays.

        Args:
            given: Whatever `subband.wavelet` reads, e.g. "db4".
            like: An array whose library, floating dtype and device the filters take; by default float64 of NumPy.

        Raises:
            InvalidInput: as `subband.wavelet`.
        """
        model: Any = np.empty(0) if like is None else like
        if not namespace(model).isdtype(model.dtype, "real floating"):
            raise InvalidInput(f"like={shown(like)} of dtype {model.dtype}: give a real floating array")
        xp, place = namespace(model), {"device": model.device} if hasattr(model, "device") else {}
        taps = astuple(wavelet(given))[1:]
        return cls(*(xp.asarray(np.asarray(filter_), dtype=model.dtype, **place) for filter_ in taps))

    def __iter__(self) -> Iterator[Array]:
        return iter((self.dec_lo, self.dec_hi, self.rec_lo, self.rec_hi))

    @property
    def taps(self) -> int:
        """The filters' length L."""
        return self.dec_lo.shape[0]

    def fixed(self, name: str = "learnt") -> Wavelet:
        """The wavelet of the present values, for every transform and at full speed; no gradient passes."""
        values = (taps.tolist() if hasattr(taps, "tolist") else taps for taps in self)
        return Wavelet(name, *(tuple(float(tap) for tap in taps) for taps in values))

    def __repr__(self) -> str:
        return f"Filters({library(self.dec_lo)}, {self.taps} taps, {self.dec_lo.dtype})"


@dataclass(frozen=True)
class Placeholder:
    """What static data knows of `Filters`: their length, and which of a container's `filters` they are."""

    taps: int
    place: int
    name: str = "learnable"

    def analysis(self, mode: str) -> Bank:
        """A bank of the right length. Its taps are NaN, so that nothing can be computed from them by mistake."""
        return Bank((nan,) * self.taps, (nan,) * self.taps, mode)

    def synthesis(self, mode: str) -> Bank:
        """The same for the way back; see `Wavelet.synthesis`."""
        return self.analysis("wrap" if mode == "periodization" else "zero")


@remembered
def _orthonormal(w: Wavelet) -> bool:
    """H Hᵀ = 1 for the rows h[n − 2k], g[n − 2k]."""
    lo, hi, middle = np.asarray(w.dec_lo), np.asarray(w.dec_hi), w.taps - 1
    gram = np.asarray([[np.correlate(a, b, "full")[middle % 2 :: 2] for a in (lo, hi)] for b in (lo, hi)])
    unit = np.zeros_like(gram)
    unit[[0, 1], [0, 1], middle // 2] = 1
    return bool(np.abs(gram - unit).max() < 1e-10)


WaveletLike = Any
"""A name, a `Wavelet`, `Filters`, a `pywt.Wavelet`, or four filters (dec_lo, dec_hi, rec_lo, rec_hi)."""


def wavelet(given: WaveletLike) -> Wavelet:
    """The discrete wavelet that `given` names or holds.

    Args:
        given: A name that PyWavelets knows ("haar", "db4", "bior4.4", …), a `Wavelet`, a `pywt.Wavelet`, `Filters`
            of NumPy, or a sequence of four filters dec_lo, dec_hi, rec_lo, rec_hi.

    Raises:
        InvalidInput: unknown name, a continuous wavelet, filters of odd or unequal length, or `Filters` whose
            values may be learnt.
    """
    if isinstance(given, Wavelet):
        return given
    if isinstance(given, Filters):
        if library(given.dec_lo) != "numpy":
            raise InvalidInput(
                f"{given} may be learnt, and here the values must be known beforehand: give filters.fixed()"
            )
        return given.fixed("custom")
    if isinstance(given, str):
        return Wavelet(given.lower(), *_tabulated(given))
    bank = getattr(given, "filter_bank", given)
    if not isinstance(bank, list | tuple) or len(bank) != 4:
        raise InvalidInput(
            f"can't read a wavelet from {type(given).__name__} {shown(given)}: give a name such as 'db4', or four "
            "filters (dec_lo, dec_hi, rec_lo, rec_hi)"
        )
    name = str(getattr(given, "name", "custom"))
    return Wavelet(name, *(plain_taps(f"filter {i} of {name}", filter_) for i, filter_ in enumerate(bank)))


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

    Raises:
        InvalidInput: a size that is no whole number, and as `subband.wavelet`.
    """
    size = integer("size", size, 0, LONGEST, "a whole number of samples")
    taps = given.taps if isinstance(given, Filters | Placeholder) else wavelet(given).taps
    return max(0, int(log2(size / (taps - 1)))) if size > 0 else 0
