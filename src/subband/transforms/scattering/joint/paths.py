"""Paths of joint scattering: pairs of filters over time and log-frequency, with a table of their parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, inf, log2
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np

from subband.arrays.arguments import choice, number
from subband.arrays.compilers import lazy
from subband.transforms.scattering.paths import at_index_or_column

if TYPE_CHECKING:
    from subband.transforms.scattering.joint.joint_scattering import JointScattering


class JointPath(NamedTuple):
    """One path of joint scattering.

    Attributes:
        order: 0, 1 or 2.
        n1: In the format "time", the filter of order 1 of its row; else −1.
        n2: Filter of order 2, −1 for none.
        n_fr: Filter over log-frequency: 0 is the low-pass, then spin +1, then spin −1; −1 for none.
        spin: +1 for rising patterns, −1 for falling ones, 0 for the low-pass.
    """

    order: int
    n1: int
    n2: int
    n_fr: int
    spin: int


@final
@dataclass(frozen=True)
class JointPaths:
    """All paths of a joint scattering transform, in the order of the coefficients.

    A sequence of `JointPath`; `paths["spin"]` is a column of `table`.

    Example:
        >>> import subband as sb
        >>> paths = sb.JointScattering(J=5, J_fr=2, Q=4).paths
        >>> paths
        JointPaths(4 of order 1, 21 of order 2)
        >>> paths.where(order=2, spin=1).size, paths[0].order
        (9, 1)

    See also: `subband.JointScattering`, `subband.Paths`.
    """

    spec: "JointScattering"

    @lazy
    def nodes(self) -> tuple[JointPath, ...]:
        """The paths of the format "joint": (n₂, n_fr)."""
        count = len(self.spec.bank_fr.filters)
        spins = (0, *(1,) * count, *(-1,) * count)
        first = [JointPath(1, -1, -1, n_fr, spin) for n_fr, spin in enumerate(spins) if spin >= 0]
        n2s = sorted({path[1] for path in self.spec.time.paths if len(path) == 2})
        return (*first, *[JointPath(2, -1, n2, n_fr, spin) for n2 in n2s for n_fr, spin in enumerate(spins)])

    @lazy
    def strides(self) -> tuple[int, ...]:
        """log₂ of the subsampling factor over log-frequency of each of `nodes`; −1 for a global average."""
        spec = self.spec
        if spec.average_fr == "global":
            return (-1,) * len(self.nodes)
        if spec.average_fr:
            return (floor(log2(spec.width_fr)),) * len(self.nodes)
        own = [spec.J_fr, *[one.j for one in spec.bank_fr.filters] * 2]
        return tuple([own[path.n_fr] for path in self.nodes])

    @lazy
    def rows(self) -> tuple[int, ...]:
        """Number of rows over log-frequency of each of `nodes`.

        Order 2 has rows only for filters of order 1 of smaller scale; in the format "joint" with average_fr=True,
        all paths have the rows of order 1.
        """
        bank, aligned = (
            self.spec.time.banks[0].filters,
            self.spec.format == "joint" and self.spec.average_fr is True,
        )
        made = []
        for path, stride in zip(self.nodes, self.strides, strict=True):
            count = len(bank) if path.n2 < 0 or aligned else self._count_below(path.n2)
            made.append(1 if stride < 0 else -(-count // 2**stride))
        return tuple(made)

    @lazy
    def tuples(self) -> tuple[JointPath, ...]:
        """The paths in the format of the transform."""
        if self.spec.format == "joint":
            return self.nodes
        split = [
            path._replace(n1=-1 if stride < 0 else row * 2**stride)
            for path, stride, rows in zip(self.nodes, self.strides, self.rows, strict=True)
            for row in range(rows)
        ]
        return (JointPath(0, -1, -1, -1, 0), *split)

    @lazy
    def table(self) -> np.ndarray:
        """(C,) read-only structured array, one row per path.

        Fields: those of `JointPath`; `frequency` of n1 and `rate` of n2 in hertz or in cycles per sample (NaN for
        none); `scale` of n_fr in cycles per octave (0 for the low-pass, NaN for none).
        """
        spec, fs = self.spec, 1.0 if self.spec.fs is None else float(self.spec.fs)
        first, second = (bank.filters for bank in spec.time.banks)
        q = spec.Q if isinstance(spec.Q, int) else spec.Q[0]
        scales = [0.0, *[one.xi * q for one in spec.bank_fr.filters] * 2]
        kind = [(name, np.int64) for name in JointPath._fields]
        rows = [
            (
                *path,
                first[path.n1].xi * fs if path.n1 >= 0 else np.nan,
                second[path.n2].xi * fs if path.n2 >= 0 else np.nan,
                scales[path.n_fr] if path.n_fr >= 0 else np.nan,
            )
            for path in self.tuples
        ]
        real = [(name, np.float64) for name in ("frequency", "rate", "scale")]
        made = np.array(rows, dtype=[*kind, *real])
        made.setflags(write=False)
        return made

    def where(self, **wanted: Any) -> np.ndarray:
        """Indices of the paths with given values in columns of `table`, e.g. `where(order=2, spin=1)`.

        Raises:
            InvalidInput: a column that does not exist, or a value that is not a number.
        """
        matching = np.ones(len(self), dtype=bool)
        for name, value in wanted.items():
            column = self.table[choice("paths' column", name, self.table.dtype.names or ())]
            matching &= column == number(name, value, "a number", low=-inf, below=None)
        return np.flatnonzero(matching)

    def _count_below(self, n2: int) -> int:
        """Number of filters of order 1 of smaller scale than filter n2 of order 2; they are the first."""
        first, second = (bank.filters for bank in self.spec.time.banks)
        return sum(one.j < second[n2].j for one in first)

    def __len__(self) -> int:
        return len(self.tuples)

    def __iter__(self) -> Iterator[JointPath]:
        return iter(self.tuples)

    def __getitem__(self, key: Any) -> Any:
        """A path by index, paths by slice, or a column of `table` by name."""
        return at_index_or_column(key, self.tuples, self.table)

    def __repr__(self) -> str:
        counts = [sum(path.order == order for path in self.tuples) for order in range(3)]
        return f"JointPaths({', '.join(f'{n} of order {order}' for order, n in enumerate(counts) if n)})"
