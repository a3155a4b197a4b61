"""Wavelets as four filters: static taps (`Wavelet`) or arrays of taps, possibly learnable (`Filters`)."""

import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import cache
from math import log2, nan
from typing import Any

import numpy as np

from subband.arrays.arguments import LONGEST, integer, nearest, number, shown
from subband.arrays.compilers import compiling, remembered, static
from subband.arrays.namespace import Array, device_of, library, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.kernels.filterbank.plan import Bank, Taps


@dataclass(frozen=True)
class Wavelet:
    """A two-channel filter bank as static data, in PyWavelets' conventions. `subband.wavelet` makes one by name.

    Attributes:
        name: Name, e.g. "db4".
        dec_lo, dec_hi: Analysis low- and high-pass taps, of one even length L.
        rec_lo, rec_hi: Synthesis low- and high-pass taps, of the same length.

    Raises:
        InvalidInput: a name that is not a string, or filters of odd or unequal length.

    See also: `subband.Filters`, the same with arrays of taps.
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
        if not compiling():  # torch.compile cannot trace the type checks
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
        """Filter length L."""
        return len(self.dec_lo)

    @property
    def dual(self) -> "Wavelet":
        """The dual wavelet: its analysis is the transpose of this synthesis, its synthesis that of this analysis.

        An orthonormal wavelet is its own dual; "bior2.2" and "rbio2.2" are dual to each other.
        """
        filters = (self.rec_lo, self.rec_hi, self.dec_lo, self.dec_hi)
        return Wavelet(f"dual of {self.name}", *(taps[::-1] for taps in filters))

    @property
    def orthonormal(self) -> bool:
        """Whether the even shifts of both filters are orthonormal, to 10⁻¹⁰."""
        return _orthonormal(self)

    def analysis(self, mode: str) -> Bank:
        """The analysis bank in a boundary mode."""
        return _bank(mode, (self.dec_lo, self.dec_hi), (self.rec_lo[::-1], self.rec_hi[::-1]))

    def synthesis(self, mode: str) -> Bank:
        """The bank whose transpose is the synthesis.

        Sub-bands of redundant modes include the extended samples, so the synthesis extends by zeros;
        "periodization" is inverted periodically, "orthogonal" by the dual boundary filters.
        """
        back = {"periodization": "wrap", "orthogonal": "orthogonal"}.get(mode, "zero")
        return _bank(back, (self.rec_lo[::-1], self.rec_hi[::-1]), (self.dec_lo, self.dec_hi))


def plain_taps(name: str, given: Any) -> Taps:
    """The taps of one filter as Python floats.

    Raises:
        InvalidInput: not a sequence of finite numbers.
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
    """A two-channel filter bank with arrays of taps, which may require gradients or be traced.

    For JAX and PyTorch it is a pytree of four leaves. Conventions as for `Wavelet`.

    Attributes:
        dec_lo, dec_hi: (L,) analysis low- and high-pass taps, floating, L even.
        rec_lo, rec_hi: (L,) synthesis low- and high-pass taps.

    Raises:
        InvalidInput: arrays of different libraries, not one-dimensional, of odd or unequal length, or not real
            and floating.
        UnsupportedArray: arrays of an unknown library.

    Example:
        >>> import subband as sb
        >>> sb.Filters.of("haar")
        Filters(numpy, 2 taps, float64)

    See also: `subband.Wavelet`, `subband.lattice_filters`, `subband.lifting_filters`.
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
            given: A wavelet in any form accepted by `subband.wavelet`, e.g. "db4".
            like: Array whose library, floating dtype and device the filters get; by default NumPy and float64.

        Raises:
            InvalidInput: as `subband.wavelet`; `like` is not real and floating.
        """
        model: Any = np.empty(0) if like is None else like
        if not namespace(model).isdtype(model.dtype, "real floating"):
            raise InvalidInput(f"like={shown(like)} of dtype {model.dtype}: give a real floating array")
        xp, device = namespace(model), device_of(model)
        taps = astuple(wavelet(given))[1:]
        return cls(*(xp.asarray(np.asarray(filter_), dtype=model.dtype, **device) for filter_ in taps))

    def __iter__(self) -> Iterator[Array]:
        return iter((self.dec_lo, self.dec_hi, self.rec_lo, self.rec_hi))

    @property
    def taps(self) -> int:
        """Filter length L."""
        return self.dec_lo.shape[0]

    def fixed(self, name: str = "learnt") -> Wavelet:
        """A `Wavelet` of the current values: constant, accepted by every transform, without gradients."""
        values = (taps.tolist() if hasattr(taps, "tolist") else taps for taps in self)
        return Wavelet(name, *(tuple(float(tap) for tap in taps) for taps in values))

    def __repr__(self) -> str:
        return f"Filters({library(self.dec_lo)}, {self.taps} taps, {self.dec_lo.dtype})"


@dataclass(frozen=True)
class Placeholder:
    """Static stand-in for `Filters` in a `Spec`: filter length, and index `place` in the container's `filters`."""

    taps: int
    place: int
    name: str = "learnable"

    def analysis(self, mode: str) -> Bank:
        """A bank of the same length. Its taps are NaN, so that accidental use is visible."""
        return Bank((nan,) * self.taps, (nan,) * self.taps, mode)

    def synthesis(self, mode: str) -> Bank:
        """The same for the synthesis; see `Wavelet.synthesis`."""
        return self.analysis("wrap" if mode == "periodization" else "zero")


@remembered
def _orthonormal(w: Wavelet) -> bool:
    """Whether H Hᵀ = 1 for the rows h[n − 2k], g[n − 2k]."""
    lo, hi, middle = np.asarray(w.dec_lo), np.asarray(w.dec_hi), w.taps - 1
    gram = np.asarray([[np.correlate(a, b, "full")[middle % 2 :: 2] for a in (lo, hi)] for b in (lo, hi)])
    unit = np.zeros_like(gram)
    unit[[0, 1], [0, 1], middle // 2] = 1
    return bool(np.abs(gram - unit).max() < 1e-10)


CONTINUOUS = ("cgau", "cmor", "fbsp", "gaus", "mexh", "morl", "shan")
"""How PyWavelets' names of continuous wavelets begin."""

WaveletLike = Any
"""A name, a `Wavelet`, `Filters`, a `pywt.Wavelet`, or four filters (dec_lo, dec_hi, rec_lo, rec_hi)."""


def wavelet(given: WaveletLike) -> Wavelet:
    """Convert a name or a filter bank to a `Wavelet`.

    Args:
        given: A discrete wavelet of PyWavelets by name ("haar", "db4", "bior4.4", …), a `Wavelet`, a
            `pywt.Wavelet`, NumPy `Filters`, or a sequence of four filters dec_lo, dec_hi, rec_lo, rec_hi.

    Returns:
        The wavelet, with four filters of one even length.

    Raises:
        InvalidInput: unknown name, a continuous wavelet, filters of odd or unequal length, or `Filters` of
            PyTorch or JAX.

    Example:
        >>> import subband as sb
        >>> w = sb.wavelet("db2")
        >>> w.taps, [round(tap, 4) for tap in w.dec_lo]
        (4, [-0.1294, 0.2241, 0.8365, 0.483])

    See also: `subband.Filters`, `subband.max_level`.
    """
    if isinstance(given, Wavelet):
        return given
    if isinstance(given, Filters):
        if library(given.dec_lo) != "numpy":
            raise InvalidInput(
                f"{given} is learnable, but this function needs constant values: give filters.fixed()"
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
    table = _table()
    if name.lower() not in table:
        kind = "a continuous wavelet" if name.lower().startswith(CONTINUOUS) else "unknown"
        families = ", ".join(sorted({known.rstrip("0123456789.") for known in table}))
        raise InvalidInput(
            f"wavelet {name!r} is {kind}: give a discrete one such as 'haar', 'db4', 'sym5' or 'bior4.4' "
            f"(families: {families}{nearest(name, table)})"
        )
    analysis, _, synthesis = table[name.lower()].partition("/")
    dec_lo = np.array(analysis.split(), float)
    rec_lo = np.array(synthesis.split(), float) if synthesis else dec_lo[::-1]
    alternate = np.resize((-1.0, 1.0), len(dec_lo))
    return tuple(tuple(t.tolist()) for t in (dec_lo, alternate * rec_lo, rec_lo, -alternate * dec_lo))  # pyright: ignore[reportReturnType]


@cache
def _table() -> dict[str, str]:
    """Name → "dec_lo" of orthogonal wavelets, "dec_lo / rec_lo" of others.

    They are PyWavelets' numbers, in a file of ours, since PyWavelets takes 20 ms to import.
    """
    path = os.path.join(os.path.dirname(__file__), "taps.txt")
    with open(path, encoding="ascii") as lines:
        return dict(line.split(": ") for line in lines)


def max_level(size: int, given: WaveletLike) -> int:
    """Largest level with a coefficient unaffected by the boundaries: ⌊log₂(N / (L − 1))⌋, as in PyWavelets.

    Args:
        size: Number of samples N along the axis.
        given: The wavelet, of L taps, in any form accepted by `subband.wavelet`; or `Filters`.

    Returns:
        The level; 0 if N < 2 (L − 1).

    Raises:
        InvalidInput: a size that is not a whole number; otherwise as `subband.wavelet`.

    Example:
        >>> import subband as sb
        >>> sb.max_level(1000, "db4")
        7
    """
    size = integer("size", size, 0, LONGEST, "a whole number of samples")
    taps = given.taps if isinstance(given, Filters | Placeholder) else wavelet(given).taps
    return max(0, int(log2(size / (taps - 1)))) if size > 0 else 0
