"""Labelled arrays of pandas and xarray: names, coordinates and sampling rates of their axes.

Neither library is imported: an object is of one of their classes only if its user imported it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.compilers import static
from subband.errors import InvalidInput

KINDS = {
    ("pandas", "Series"): "Series",
    ("pandas", "DataFrame"): "DataFrame",
    ("xarray", "DataArray"): "DataArray",
    ("xarray", "Dataset"): "Dataset",
    ("xarray", "Variable"): "Variable",
}
"""(Top-level package, class) → kind; subclasses count too."""

JITTER = 0.01
"""Largest distance of a coordinate from a uniform grid, in steps of the grid, that is taken for rounding."""


def kind_of(x: Any) -> str:
    """The kind of a labelled array in `KINDS`; "" for anything else."""
    return _kind_of(type(x))


@static
def _kind_of(kind: type) -> str:
    for base in kind.__mro__:
        found = KINDS.get((base.__module__.partition(".")[0], base.__name__))
        if found:
            return found
    return ""


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of a labelled array.

    Attributes:
        name: Name of the dimension; None if it has none.
        length: Number of samples.
        index: (length,) labels, or None.
        coordinate: The labels, if they are numbers or times; else None.
    """

    name: Any
    length: int
    index: Any = None
    coordinate: np.ndarray | None = None

    @property
    def is_time(self) -> bool:
        """Whether the coordinate is a date or a duration, which is measured in seconds."""
        return self.coordinate is not None and self.coordinate.dtype.kind in "Mm"

    @property
    def is_named(self) -> bool:
        """Whether the labels are neither numbers, times, nor periods, of which each is one sample."""
        return self.index is not None and self.coordinate is None and not hasattr(self.index, "to_timestamp")

    @property
    def step(self) -> float:
        """Mean distance of neighbouring coordinates, in seconds for times; 1 without a coordinate."""
        if self.coordinate is None or self.length < 2:
            return 1.0
        return float(_numbers(self.coordinate)[-1]) / (self.length - 1)

    def rate(self, advice: str) -> float:
        """Samples per second of time or per unit of the coordinate.

        Raises:
            InvalidInput: a coordinate that is not uniform, or constant; `advice` says what to do.
        """
        step = self.step
        if self.coordinate is None or self.length < 2:
            return 1.0
        grid = step * np.arange(self.length)
        distance = np.abs(_numbers(self.coordinate) - grid)
        # Comparisons with NaN and with 0 are false.
        if not (abs(step) > 0 and distance.max() <= JITTER * abs(step)):
            raise InvalidInput(
                f"the coordinate {self.name!r} is not uniform: neighbours are {_spread(self.coordinate)} apart; "
                f"{advice}"
            )
        return 1.0 / abs(step)

    def at(self, positions: np.ndarray) -> np.ndarray:
        """The coordinate at fractional indices, also before the first and after the last sample."""
        if self.coordinate is None:
            return positions
        if not self.is_time:
            return self.coordinate[0] + self.step * positions
        # Nanoseconds reach 292 years only.
        unit, per_second = ("us", 1e6) if _is_far(self.coordinate) else ("ns", 1e9)
        moved = np.round(per_second * self.step * positions).astype(f"timedelta64[{unit}]")
        return self.coordinate[0].astype(f"{self.coordinate.dtype.kind}8[{unit}]") + moved


@dataclass(frozen=True, eq=False)
class Labels:
    """What a labelled array says beside its numbers.

    Attributes:
        kind: "Series", "DataFrame" or "DataArray".
        axes: Its axes.
        name: Name of the array, or None.
        attributes: Its attributes.
        rebuild: From an array of the same shape to a labelled one.
    """

    kind: str
    axes: tuple[Axis, ...]
    name: Any
    attributes: dict[Any, Any]
    rebuild: Callable[[np.ndarray], Any]

    @property
    def dims(self) -> tuple[Any, ...]:
        """Names of the axes."""
        return tuple(axis.name for axis in self.axes)

    def place(self, name: Any, argument: str) -> int:
        """The axis of a name; whole numbers are counted from the front."""
        if isinstance(name, int | np.integer) and not isinstance(name, bool) and name not in self.dims:
            return int(name)
        aliases = {"index": 0, "columns": 1, "rows": 0} if self.kind != "DataArray" else {}
        if name in self.dims:
            return self.dims.index(name)
        if isinstance(name, str) and name in aliases and aliases[name] < len(self.axes):
            return aliases[name]
        raise InvalidInput(
            f"{argument}={shown(name)} names no axis of a {self.kind} with the axes {self.dims}: give one of these"
        )

    def advice(self, axis: int) -> str:
        """How to make an axis uniform."""
        name, is_time = self.axes[axis].name, self.axes[axis].is_time
        if self.kind == "DataArray" and is_time:
            how = f"x.resample({name}='1s').mean().interpolate_na({name!r})"
        elif self.kind == "DataArray":
            how = f"x.interp({name}=np.linspace(first, last, count))"
        elif is_time:
            how = "x.resample('1s').mean().interpolate()"
        else:
            how = "np.interp(np.linspace(x.index[0], x.index[-1], len(x)), x.index, x)"
        return f"resample, e.g. {how}, or give x.to_numpy(), counted in samples"


def numbers_of(x: Any, name: str = "x") -> np.ndarray:
    """The numbers of a labelled array; missing values of pandas as NaN.

    Raises:
        InvalidInput: several arrays, or one whose numbers are not in memory.
    """
    kind = kind_of(x)
    if kind == "Dataset":
        raise InvalidInput(f"{name} is a Dataset of several arrays: give one, e.g. {name}['{_first(x)}']")
    if kind in ("DataArray", "Variable"):
        if hasattr(x.data, "compute"):
            raise InvalidInput(f"{name} is computed in chunks: give {name}.compute()")
        return x.data
    values = x.to_numpy()
    if values.dtype.kind != "O":
        return values
    try:
        return x.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"{name} has values that are not numbers: give its numbers, e.g. {name}.select_dtypes('number')"
            if kind == "DataFrame"
            else f"{name} has values that are not numbers: give numbers, e.g. {name}.astype(float)"
        ) from error


def labels_of(x: Any) -> Labels:
    """Names and coordinates of a Series, DataFrame or DataArray."""
    kind, cls = kind_of(x), type(x)
    if kind == "DataArray":
        axes = tuple(
            _axis(dim, x.coords[dim].to_index()) if dim in x.coords else Axis(dim, n)
            for dim, n in zip(x.dims, x.shape, strict=True)
        )
        empty = x.copy(data=np.broadcast_to(np.zeros(()), x.shape))
        return Labels(kind, axes, x.name, dict(x.attrs), lambda y: empty.copy(data=y))
    index, attributes = x.index, dict(x.attrs)
    first = _axis("time" if index.name is None else index.name, index)
    if kind == "Series":
        name = x.name

        def series(y: np.ndarray) -> Any:
            return _with_attributes(cls(y, index=index, name=name), attributes)

        return Labels(kind, (first,), name, attributes, series)
    columns = x.columns
    second = _axis("column" if columns.name is None else columns.name, columns)

    def frame(y: np.ndarray) -> Any:
        return _with_attributes(cls(y, index=index, columns=columns), attributes)

    return Labels(kind, (first, second), None, attributes, frame)


def _with_attributes(made: Any, attributes: dict[Any, Any]) -> Any:
    made.attrs = dict(attributes)
    return made


def _axis(name: Any, index: Any) -> Axis:
    """An axis with an index of pandas."""
    if getattr(index, "tz", None) is not None:
        values = index.tz_convert(None).to_numpy()
    elif getattr(index.dtype, "kind", "O") in "iufMm" and not hasattr(index, "to_timestamp"):
        values = index.to_numpy()
    else:
        values = None
    return Axis(name, len(index), index, values)


def _numbers(coordinate: np.ndarray) -> np.ndarray:
    """Distances from the first coordinate, in seconds for times."""
    if coordinate.dtype.kind in "Mm":
        return (coordinate - coordinate[0]) / np.timedelta64(1, "s")
    return coordinate.astype(float) - float(coordinate[0])


def _is_far(coordinate: np.ndarray) -> bool:
    return bool(
        np.abs(coordinate[[0, -1]].astype(f"{coordinate.dtype.kind}8[D]").astype(int)).max() > 290 * 365
    )


def _spread(coordinate: np.ndarray) -> str:
    steps = np.diff(_numbers(coordinate))
    unit = " s" if coordinate.dtype.kind in "Mm" else ""
    return f"{np.min(steps):.6g} to {np.max(steps):.6g}{unit}"


def _first(dataset: Any) -> Any:
    return next(iter(dataset.data_vars), "name")
