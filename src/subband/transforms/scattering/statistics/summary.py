"""Container of summary statistics, real and complex, with an index of parameters."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.compilers import lazy
from subband.arrays.namespace import Array, device_of, namespace
from subband.arrays.pytree import pytree
from subband.errors import UnknownKey


class Entry(NamedTuple):
    """Parameters of one statistic. Wavelets are in the order of the statistic's formula.

    Attributes:
        statistic: Name, e.g. "S3".
        scales: j of each wavelet, 0 the finest; that of the coarsest plus 1 for the low-pass.
        angles: Orientation of each wavelet in radians; empty for signals and for the low-pass.
        frequencies: Centre frequency of each wavelet in cycles per sample.
        powers: Phase exponent p of each factor, for phase harmonics.
        shift: Shift τ of the second factor in samples, one number per axis, for phase harmonics.
        fields: Field of each factor, "x" or "y".
        symmetric: Whether a complex statistic is real by symmetry.
        part: "real" or "imaginary" for the parts of complex statistics in the index of `real_vector`, else "".

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> entry = sb.wavelet_moments(np.ones((16, 16)), J=2).entries("l1 order 1")[0]
        >>> entry.scales, entry.fields
        ((0,), 'x')
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
    """All entries of one statistic."""

    statistic: str
    complex: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Layout(ABC):
    """The statistics of a summary, as static data: hashable, comparable, without arrays."""

    @property
    @abstractmethod
    def blocks(self) -> tuple[Block, ...]:
        """The statistics in their order in the arrays."""

    @lazy
    def slices(self) -> dict[str, tuple[bool, slice]]:
        """Statistic → whether it is complex, and its slice of the real or the complex array."""
        stop, found = {False: 0, True: 0}, {}
        for name, is_complex, entries in self.blocks:
            start = stop[is_complex]
            stop[is_complex] = start + len(entries)
            found[name] = is_complex, slice(start, stop[is_complex])
        return found

    @lazy
    def imaginary(self) -> np.ndarray:
        """Indices into the complex array of statistics that are not real by symmetry."""
        rows = [entry for _, is_complex, entries in self.blocks if is_complex for entry in entries]
        return np.flatnonzero([not entry.symmetric for entry in rows])

    @lazy
    def index(self) -> tuple[Entry, ...]:
        """The parameters of each component of `real_vector`."""
        real = [e for _, is_complex, entries in self.blocks if not is_complex for e in entries]
        paired = [e for _, is_complex, entries in self.blocks if is_complex for e in entries]
        real_parts = [e._replace(part="real") for e in paired]
        imaginary_parts = [e._replace(part="imaginary") for e in paired if not e.symmetric]
        return (*real, *real_parts, *imaginary_parts)


@final
@pytree("real", "complex")
@dataclass(frozen=True, eq=False)
class SummaryStatistics:
    """Statistics of a batch of fields. For JAX and PyTorch it is a pytree of one or two arrays.

    `s["S3"]` is the array of one statistic and `s.entries("S3")` its parameters; `s.real_vector()` contains all
    statistics as real numbers, with parameters `s.index`.

    Attributes:
        real: (*batch, R) all real statistics.
        complex: (*batch, C) all complex statistics, or None.
        layout: Static description of the statistics.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> s = sb.wavelet_moments(np.ones((3, 16, 16)), J=2)
        >>> s["l1 order 1"].shape, s.real_vector().shape, len(s.index)
        ((3, 8), (3, 51), 51)
        >>> s.entries("l1 order 1")[0].scales
        (0,)

    See also: `subband.wavelet_moments`, `subband.scattering_covariance`, `subband.wavelet_phase_harmonics`.
    """

    real: Array
    complex: Array | None
    layout: Any

    @property
    def names(self) -> tuple[str, ...]:
        """The statistics, in order."""
        return tuple(self.layout.slices)

    @property
    def index(self) -> tuple[Entry, ...]:
        """The parameters of each component of `real_vector`."""
        return self.layout.index

    def entries(self, statistic: str) -> tuple[Entry, ...]:
        """The parameters of each component of `self[statistic]`.

        Raises:
            UnknownKey: no such statistic.
        """
        self._slice(statistic)
        return next(block.entries for block in self.layout.blocks if block.statistic == statistic)

    def __getitem__(self, statistic: str) -> Array:
        """(*batch, K) array of one statistic, real or complex.

        Raises:
            UnknownKey: no such statistic.
        """
        is_complex, part = self._slice(statistic)
        return (self.complex if is_complex else self.real)[..., part]  # pyright: ignore[reportOptionalSubscript]

    def real_vector(self) -> Array:
        """(*batch, K) all statistics as real numbers: real statistics, real parts, then imaginary parts.

        Imaginary parts that are zero by symmetry are omitted.
        """
        if self.complex is None:
            return self.real
        xp = namespace(self.real)
        device = device_of(self.real)
        imaginary = xp.take(xp.imag(self.complex), xp.asarray(self.layout.imaginary, **device), axis=-1)
        return xp.concat([self.real, xp.real(self.complex), imaginary], axis=-1)

    def _slice(self, statistic: str) -> tuple[bool, slice]:
        if not isinstance(statistic, str) or statistic not in self.layout.slices:
            raise UnknownKey(f"no statistic {shown(statistic)}: give one of {', '.join(self.names)}")
        return self.layout.slices[statistic]

    def __repr__(self) -> str:
        counts = ", ".join(f"{block.statistic}: {len(block.entries)}" for block in self.layout.blocks)
        return f"SummaryStatistics({counts}; of {tuple(self.real.shape[:-1])} fields)"
