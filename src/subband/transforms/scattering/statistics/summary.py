"""Summary statistics of fields: numbers with a named index, complex where they are."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.compilers import lazy
from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.errors import UnknownKey


class Entry(NamedTuple):
    """What one number of a summary is. Wavelets are listed in the order of the statistic's formula.

    Attributes:
        statistic: Its name, such as "S3".
        scales: j of each wavelet, 0 the finest; of the low-pass, J.
        angles: Orientation of each wavelet in radians; empty for signals, and 0 for the low-pass.
        frequencies: Centre frequency of each wavelet in cycles a sample.
        powers: Phase exponent p of each factor, where phases are multiplied.
        shift: τ in samples, one number an axis, where one factor is shifted.
        fields: Which field each wavelet filters, "x" or "y".
        symmetric: Whether a complex number is real by symmetry.
        part: "" for a real or complex number; "real" or "imaginary" in the index of `real_vector`.
    """

    statistic: str
    scales: tuple[int, ...] = ()
    angles: tuple[float, ...] = ()
    frequencies: tuple[float, ...] = ()
    powers: tuple[int, ...] = ()
    shift: tuple[int, ...] = ()
    fields: str = "x"
    symmetric: bool = False
    part: Literal["", "real", "imaginary"] = ""


class Block(NamedTuple):
    """All numbers of one statistic."""

    statistic: str
    complex: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Layout(ABC):
    """Which statistics were taken of which fields, as static data: hashable, comparable, free of arrays."""

    @property
    @abstractmethod
    def blocks(self) -> tuple[Block, ...]:
        """The statistics in the order of their numbers."""

    @lazy
    def places(self) -> dict[str, tuple[bool, slice]]:
        """Statistic → whether it is complex, and where it stands among the real or the complex numbers."""
        at, found = {False: 0, True: 0}, {}
        for name, is_complex, entries in self.blocks:
            start = at[is_complex]
            at[is_complex] = start + len(entries)
            found[name] = is_complex, slice(start, at[is_complex])
        return found

    @lazy
    def imaginary(self) -> np.ndarray:
        """Places, among the complex numbers, of those that are not real by symmetry."""
        rows = [entry for _, is_complex, entries in self.blocks if is_complex for entry in entries]
        return np.flatnonzero([not entry.symmetric for entry in rows])

    @lazy
    def index(self) -> tuple[Entry, ...]:
        """What each number of `real_vector` is."""
        real = [e for _, is_complex, entries in self.blocks if not is_complex for e in entries]
        paired = [e for _, is_complex, entries in self.blocks if is_complex for e in entries]
        real_parts = [e._replace(part="real") for e in paired]
        imaginary_parts = [e._replace(part="imaginary") for e in paired if not e.symmetric]
        return (*real, *real_parts, *imaginary_parts)


@final
@pytree("real", "complex")
@dataclass(frozen=True, eq=False)
class SummaryStatistics:
    """The statistics of a batch of fields. JAX and PyTorch see a pytree of one or two arrays.

    `s["S3"]` are the numbers of one statistic, `s.entries("S3")` says what each of them is,
    `s.real_vector()` is all of them as real numbers, and `s.index` what each of those is.

    Attributes:
        real: (*batch, R) all real statistics.
        complex: (*batch, C) all complex ones, or None if there are none.
        layout: What was asked for.
    """

    real: Array
    complex: Array | None
    layout: Any

    @property
    def names(self) -> tuple[str, ...]:
        """The statistics, in order."""
        return tuple(self.layout.places)

    @property
    def index(self) -> tuple[Entry, ...]:
        """What each number of `real_vector` is."""
        return self.layout.index

    def entries(self, statistic: str) -> tuple[Entry, ...]:
        """What each number of `self[statistic]` is.

        Raises:
            InvalidInput: no such statistic.
        """
        self._place(statistic)
        return next(block.entries for block in self.layout.blocks if block.statistic == statistic)

    def __getitem__(self, statistic: str) -> Array:
        """(*batch, K) the numbers of one statistic, complex where it is.

        Raises:
            InvalidInput: no such statistic.
        """
        is_complex, place = self._place(statistic)
        return (self.complex if is_complex else self.real)[..., place]  # pyright: ignore[reportOptionalSubscript]

    def real_vector(self) -> Array:
        """(*batch, K) all statistics as real numbers: real ones, real parts, then imaginary parts.

        Imaginary parts that are zero by symmetry are left out.
        """
        if self.complex is None:
            return self.real
        xp = namespace(self.real)
        place = {"device": self.real.device} if hasattr(self.real, "device") else {}
        kept = xp.take(xp.imag(self.complex), xp.asarray(self.layout.imaginary, **place), axis=-1)
        return xp.concat([self.real, xp.real(self.complex), kept], axis=-1)

    def _place(self, statistic: str) -> tuple[bool, slice]:
        if not isinstance(statistic, str) or statistic not in self.layout.places:
            raise UnknownKey(f"no statistic {shown(statistic)}: give one of {', '.join(self.names)}")
        return self.layout.places[statistic]

    def __repr__(self) -> str:
        counts = ", ".join(f"{block.statistic}: {len(block.entries)}" for block in self.layout.blocks)
        return f"SummaryStatistics({counts}; of {tuple(self.real.shape[:-1])} fields)"
