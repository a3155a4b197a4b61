"""Paths of a scattering transform: sequences of filters, with a table of their parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, integer
from subband.arrays.compilers import lazy
from subband.errors import UnknownKey
from subband.transforms.scattering.banks import FilterBank


@final
@dataclass(frozen=True)
class Paths:
    """All paths of a scattering transform, sorted by order and then by filters.

    A path is a tuple of filter indices, one per order: () is the averaged signal, (3,) the modulus |x ⋆ ψ₃|, and
    (3, 1) the modulus of its convolution with filter 1 of order 2. `Paths` is the sequence of these tuples, in the
    order of the coefficients; `paths["frequency"]` is a column of `table`.

    Attributes:
        banks: The filter bank of each order.
        fs: Sampling rate along every axis.

    Example:
        >>> import subband as sb
        >>> paths = sb.Scattering(J=3, Q=1).paths
        >>> paths
        Paths(1 of order 0, 4 of order 1, 3 of order 2)
        >>> list(paths)[4:], paths.place((0, 3))
        ([(3,), (0, 3), (1, 3), (2, 3)], 5)

    See also: `subband.Scattering`, `subband.filter_bank`.
    """

    banks: tuple[FilterBank, ...]
    fs: float = 1.0

    @lazy
    def tuples(self) -> tuple[tuple[int, ...], ...]:
        """All paths of increasing scale j.

        |x ⋆ ψ| varies no faster than the envelope of ψ, so its coefficients at finer scales are negligible.
        """
        orders: list[list[tuple[int, ...]]] = [[()]]
        for order, bank in enumerate(self.banks):
            orders.append(
                [
                    (*path, n)
                    for path in orders[-1]
                    for n, one in enumerate(bank.filters)
                    if not path or one.j > self.banks[order - 1].filters[path[-1]].j
                ]
            )
        return tuple([path for paths in orders for path in paths])

    @lazy
    def places(self) -> dict[tuple[int, ...], int]:
        """Path → its index among the coefficients."""
        return {path: index for index, path in enumerate(self.tuples)}

    @lazy
    def table(self) -> np.ndarray:
        """(C,) read-only structured array, one row per path.

        Fields: `order`; `parent`, index of the path without its last filter (−1 for order 0); and, of shape
        (orders,) with one entry per filter, `n`, its index in the bank; `j`, log₂ of its subsampling factor; `q`,
        its index within the octave or its direction; `theta`, its angle in radians; `frequency` and `bandwidth` (σ)
        in hertz, or in cycles per sample if fs is 1. Entries beyond the order are −1 or NaN.
        """
        depth = (len(self.banks),)
        whole = [("n", np.int64, depth), ("j", np.int64, depth), ("q", np.int64, depth)]
        real = [
            ("theta", np.float64, depth),
            ("frequency", np.float64, depth),
            ("bandwidth", np.float64, depth),
        ]
        made = np.empty(len(self.tuples), dtype=[("order", np.int64), ("parent", np.int64), *whole, *real])
        made["order"] = [len(path) for path in self.tuples]
        made["parent"] = [self.places[path[:-1]] if path else -1 for path in self.tuples]
        for field in ("n", "j", "q"):
            made[field] = -1
        for field in ("theta", "frequency", "bandwidth"):
            made[field] = np.nan
        for order, bank in enumerate(self.banks):
            there = made["order"] > order
            n = np.array([path[order] for path in self.tuples if len(path) > order], dtype=np.int64)
            columns = {
                "n": range(len(bank.filters)),
                "j": [one.j for one in bank.filters],
                "q": [one.q for one in bank.filters],
                "theta": [one.theta for one in bank.filters],
                "frequency": [one.xi * self.fs for one in bank.filters],
                "bandwidth": [one.sigma * self.fs for one in bank.filters],
            }
            for field, values in columns.items():
                made[field][there, order] = np.asarray(values)[n]
        made.setflags(write=False)
        return made

    def of_order(self, order: int) -> slice:
        """The range of indices of all paths of an order.

        Raises:
            UnknownKey: an order that was not computed.
        """
        order = integer("order", order, what="a whole number (or a tuple, for one path)")
        if not 0 <= order <= len(self.banks):
            raise UnknownKey(f"order {order} was not computed: give one of 0 … {len(self.banks)}")
        lengths = [len(path) for path in self.tuples]
        first = sum([length < order for length in lengths])
        return slice(first, first + lengths.count(order))

    def place(self, path: Any) -> int:
        """The index of a path among the coefficients.

        Raises:
            UnknownKey: a path that does not exist.
        """
        path = path.tolist() if isinstance(path, np.ndarray) else path
        path = path if isinstance(path, list | tuple) else (path,)
        plain = tuple([integer("a filter of the path", n) for n in path])
        found = self.places.get(plain)
        if found is None:
            limits = " × ".join([str(len(bank.filters)) for bank in self.banks])
            raise UnknownKey(
                f"there is no path {plain}: give a tuple of at most {len(self.banks)} filters of {limits}, "
                "each of a larger j than the one before it"
            )
        return found

    def __len__(self) -> int:
        return len(self.tuples)

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return iter(self.tuples)

    def __getitem__(self, key: Any) -> Any:
        """A path by index, paths by slice, or a column of `table` by name."""
        return at_index_or_column(key, self.tuples, self.table)

    def __repr__(self) -> str:
        each = [self.of_order(order) for order in range(len(self.banks) + 1)]
        counts = ", ".join([f"{s.stop - s.start} of order {order}" for order, s in enumerate(each)])
        return f"Paths({counts})"

    def __str__(self) -> str:
        """The table, one line per path; long tables are abbreviated in the middle."""
        unit = "cycles/sample" if self.fs == 1 else "Hz"
        flat = self.banks[0].ndim == 1
        rows: list[tuple[str, ...]] = [
            ("index", "path", "j", "q" if flat else "direction", f"frequency ({unit})", f"bandwidth ({unit})")
        ]
        shown = range(len(self)) if len(self) <= 40 else (*range(20), *range(len(self) - 20, len(self)))
        for index in shown:
            row, path = self.table[index], self.tuples[index]
            each = [[f"{value:.4g}" for value in row[f][: len(path)]] for f in ("frequency", "bandwidth")]
            whole = [[str(value) for value in row[f][: len(path)]] for f in ("j", "q")]
            rows.append((str(index), str(path), *[" ".join(cell) for cell in (*whole, *each)]))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
        if len(self) > 40:
            lines.insert(21, f"… {len(self) - 40} more …".rjust(len(lines[0])))
        return "\n".join(lines)


def at_index_or_column(key: Any, tuples: tuple[Any, ...], table: np.ndarray) -> Any:
    """A path by index, paths by slice, or a column of their table by name.

    Raises:
        InvalidInput: an unknown column; UnknownKey: an index out of range.
    """
    if isinstance(key, str):
        return table[choice("column", key, table.dtype.names or ())]
    if isinstance(key, slice):
        return tuples[key]
    index = integer("index", key, what="a whole number, or the name of a column of the table")
    if not -len(tuples) <= index < len(tuples):
        raise UnknownKey(f"there is no path {index}: give 0 … {len(tuples) - 1}")
    return tuples[index]
