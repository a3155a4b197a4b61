"""Which filters a signal went through: the paths of a scattering transform, as a table."""

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
    """All paths of a scattering transform, by order and then by the filters they take.

    A path is the tuple of its filters' places in the banks of its orders: () is the averaged signal, (3,) the
    modulus of filter 3, counted from 0, and (3, 1) what filter 1 of order 2 makes of that. As a sequence, `paths`
    holds these tuples, in the order of the coefficients.

    Attributes:
        banks: One for each order.
        fs: Samples a second, along every axis.
    """

    banks: tuple[FilterBank, ...]
    fs: float = 1.0

    @lazy
    def tuples(self) -> tuple[tuple[int, ...], ...]:
        """Every path: after a filter of scale 2ʲ only those of larger scales follow.

        A modulus |x ⋆ ψ| varies no faster than the envelope of ψ, so finer scales see next to nothing of it.
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
        """Path → its place among the coefficients."""
        return {path: place for place, path in enumerate(self.tuples)}

    @lazy
    def table(self) -> np.ndarray:
        """(C,) structured array, one row for each path.

        Fields: `order`; `parent`, the place of the path without its last filter (−1 for the signal); and of shape
        (orders,), one entry for each filter of the path: `n`, its place in its bank; `j`, log₂ of its subsampling;
        `q`, its place in the octave or its direction (−1 where there is no filter); `theta`, its angle in radians;
        `frequency` and `bandwidth` (σ) in hertz, or in cycles a sample where fs is 1 (NaN where there is none).
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
        """The places of all paths of an order.

        Raises:
            InvalidInput: an order that was not computed.
        """
        order = integer("order", order, what="a whole number (or a tuple, for one path)")
        if not 0 <= order <= len(self.banks):
            raise UnknownKey(f"order {order} was not computed: give one of 0 … {len(self.banks)}")
        lengths = [len(path) for path in self.tuples]
        first = sum([length < order for length in lengths])
        return slice(first, first + lengths.count(order))

    def place(self, path: Any) -> int:
        """The place of a path among the coefficients.

        Raises:
            InvalidInput: a path that does not exist.
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
        """A path by place, or a column of `table` by name."""
        return at_place_or_column(key, self.tuples, self.table)

    def __repr__(self) -> str:
        each = [self.of_order(order) for order in range(len(self.banks) + 1)]
        counts = ", ".join([f"{s.stop - s.start} of order {order}" for order, s in enumerate(each)])
        return f"Paths({counts})"

    def __str__(self) -> str:
        """The table, one line for each path; the middle is left out of a long one."""
        unit = "cycles/sample" if self.fs == 1 else "Hz"
        flat = self.banks[0].ndim == 1
        rows: list[tuple[str, ...]] = [
            ("place", "path", "j", "q" if flat else "direction", f"frequency ({unit})", f"bandwidth ({unit})")
        ]
        shown = range(len(self)) if len(self) <= 40 else (*range(20), *range(len(self) - 20, len(self)))
        for place in shown:
            row, path = self.table[place], self.tuples[place]
            each = [[f"{value:.4g}" for value in row[f][: len(path)]] for f in ("frequency", "bandwidth")]
            whole = [[str(value) for value in row[f][: len(path)]] for f in ("j", "q")]
            rows.append((str(place), str(path), *[" ".join(cell) for cell in (*whole, *each)]))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
        if len(self) > 40:
            lines.insert(21, f"… {len(self) - 40} more …".rjust(len(lines[0])))
        return "\n".join(lines)


def at_place_or_column(key: Any, tuples: tuple[Any, ...], table: np.ndarray) -> Any:
    """A path by its place, some by a slice, or a column of their table by name.

    Raises:
        InvalidInput: a place or a column that does not exist.
    """
    if isinstance(key, str):
        return table[choice("column", key, table.dtype.names or ())]
    if isinstance(key, slice):
        return tuples[key]
    place = integer("place", key, what="a whole number, or the name of a column of the table")
    if not -len(tuples) <= place < len(tuples):
        raise UnknownKey(f"there is no path {place}: give 0 … {len(tuples) - 1}")
    return tuples[place]
