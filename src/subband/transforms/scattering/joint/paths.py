"""The paths of joint scattering, as a table: which filters over time, and which over log-frequency."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, inf, log2
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np

from subband.arrays.arguments import choice, number
from subband.arrays.compilers import lazy
from subband.transforms.scattering.paths import at_place_or_column

if TYPE_CHECKING:
    from subband.transforms.scattering.joint.joint_scattering import JointScattering


class JointPath(NamedTuple):
    """One path.

    Attributes:
        order: 0, 1 or 2.
        n1: In the format "time", the filter of order 1 at its row; else −1.
        n2: Filter of order 2, −1 for none.
        n_fr: Filter over log-frequency, counted from 1 with spin +1 and then −1; 0 the low-pass, −1 for none.
        spin: +1 for patterns that rise, −1 for those that fall, 0 for the low-pass.
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

    As a sequence, it holds `JointPath`s; `paths["spin"]` is a column of `table`.
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
        """log₂ of the subsampling over log-frequency of each of `nodes`; −1 where it is averaged globally."""
        spec = self.spec
        if spec.average_fr == "global":
            return (-1,) * len(self.nodes)
        if spec.average_fr:
            return (floor(log2(spec.width_fr)),) * len(self.nodes)
        own = [spec.J_fr, *[one.j for one in spec.bank_fr.filters] * 2]
        return tuple([own[path.n_fr] for path in self.nodes])

    @lazy
    def rows(self) -> tuple[int, ...]:
        """Rows over log-frequency of each of `nodes`.

        Order 2 has a row only for those filters of order 1 whose moduli it sees; in the joint format,
        averaged, all paths have the rows of order 1.
        """
        bank, aligned = (
            self.spec.time.banks[0].filters,
            self.spec.format == "joint" and self.spec.average_fr is True,
        )
        made = []
        for path, stride in zip(self.nodes, self.strides, strict=True):
            seen = len(bank) if path.n2 < 0 or aligned else self._seen(path.n2)
            made.append(1 if stride < 0 else -(-seen // 2**stride))
        return tuple(made)

    @lazy
    def tuples(self) -> tuple[JointPath, ...]:
        """The paths of the format asked for."""
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
        """(C,) structured array, one row for each path.

        Fields: those of `JointPath`; `frequency` of n1, and `rate` of n2, in hertz or in cycles a sample
        (NaN for none); `scale` of n_fr in cycles an octave (0 of the low-pass, NaN for none).
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
        """Places of the paths whose columns have certain values, such as `where(order=2, spin=1)`.

        Raises:
            InvalidInput: a column that does not exist.
        """
        there = np.ones(len(self), dtype=bool)
        for name, value in wanted.items():
            column = self.table[choice("paths' column", name, self.table.dtype.names or ())]
            there &= column == number(name, value, "a number", low=-inf, below=None)
        return np.flatnonzero(there)

    def _seen(self, n2: int) -> int:
        """How many filters of order 1 a filter of order 2 sees: the first ones."""
        first, second = (bank.filters for bank in self.spec.time.banks)
        return sum(one.j < second[n2].j for one in first)

    def __len__(self) -> int:
        return len(self.tuples)

    def __iter__(self) -> Iterator[JointPath]:
        return iter(self.tuples)

    def __getitem__(self, key: Any) -> Any:
        """A path by place, or a column of `table` by name."""
        return at_place_or_column(key, self.tuples, self.table)

    def __repr__(self) -> str:
        counts = [sum(path.order == order for path in self.tuples) for order in range(3)]
        return f"JointPaths({', '.join(f'{n} of order {order}' for order, n in enumerate(counts) if n)})"
