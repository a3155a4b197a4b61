"""Base classes of coefficient containers: coefficient arrays with static metadata."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from subband.arrays.arguments import integer, shown
from subband.arrays.compilers import compiling
from subband.arrays.labels import Labels
from subband.arrays.namespace import Array, library, namespace
from subband.arrays.pytree import mapping_node
from subband.errors import InvalidInput, UnknownKey


@dataclass(frozen=True, eq=False)
class Container(ABC):
    """The coefficients of one transform. JAX and PyTorch see a pytree whose leaf is `array`.

    Attributes:
        array: The coefficients.
        labels: Names and coordinates of the signal, if it was one of pandas or xarray; lost where JAX or PyTorch
            take the container apart.
    """

    noun: ClassVar[str] = "coefficients"
    """Name of the array in error messages."""

    array: Array
    labels: Labels | None = field(default=None, kw_only=True)

    def with_labels(self, signal: Array) -> Any:
        """A signal as a labelled array, if the transform was of one."""
        return relabelled(self.labels, signal)

    def to_xarray(self) -> Any:
        """The coefficients with names and coordinates, in the units of the signal's own coordinates.

        Batch axes keep the names and coordinates of the signal. An axis that was transformed has the times of the
        coefficients: those of the centres of their filters, or of their frames. Frequencies are in hertz if the
        coordinate is a date or a duration, else in cycles per unit of it. Without labels, axes are called "time",
        or "axis_0" and so on, and times are counted in samples, or in seconds if the transform has a sampling rate.

        Returns:
            An `xarray.DataArray`, of the axes (*batch, "frequency", time) for `cwt`, `synchrosqueeze`, `stft` and
            `packets`, and (*batch, "band", time) for `swt` and `mra`. An `xarray.Dataset` for `dwt`, `lift` and
            `dtcwt`: a variable for each band and level, such as "a2", "d2" and "d1", on axes such as "time_2".

        Raises:
            InvalidInput: coefficients of a transform that is not in the list above.
            MissingDependency: xarray is not installed.
        """
        raise InvalidInput(
            f"can't name the axes of {type(self).__name__}: give coefficients of dwt, cwt, stft or packets"
        )

    def replace(self, array: Array) -> Self:
        """A copy of the container with other coefficients, of the same shape.

        Raises:
            InvalidInput: if the shape differs.
            UnsupportedArray: not an array of a supported library.
        """
        old, new = shapes(self.array), shapes(array)
        if old != new:
            raise InvalidInput(
                f"{self.noun} of shape {old} can't be replaced by array={shown(array)} of shape {new}"
            )
        return replace(self, array=array)


def relabelled(labels: Labels | None, signal: Array) -> Any:
    """A labelled array of the signal's numbers; without labels and for PyTorch and JAX, the array itself."""
    return signal if labels is None or library(signal) != "numpy" else labels.rebuild(signal)


def shapes(array: Any) -> tuple[Any, ...]:
    """The shape of an array, or the shapes of a tuple of arrays."""
    if isinstance(array, tuple):
        return tuple([shapes(one) for one in array])
    library(array)
    return tuple(array.shape)


@mapping_node
class Bands(dict):
    """Sub-bands by name; unknown names raise an `UnknownKey` that lists the known ones."""

    def __getitem__(self, name: Any) -> Any:
        try:
            return super().__getitem__(name)
        except (KeyError, TypeError):  # TypeError: an unhashable key, such as a list
            raise UnknownKey(
                f"no sub-band {shown(name)}: give {_listed(self)}{_of_pywavelets(self)}"
            ) from None


def bands(named: dict[str, Array]) -> Mapping[str, Any]:
    """Sub-bands by name, as `Bands`; as a plain dict under torch.compile."""
    return named if compiling() else Bands(named)


def mapped(f: Callable[[Array], Array], band: Array, what: str = "the sub-band") -> Array:
    """f(band), of the same shape and precision.

    Raises:
        InvalidInput: if `f` is not callable, or its result is not an array of the same library and shape.
    """
    if not callable(f):
        raise InvalidInput(f"f={shown(f)} is no function: give one from an array to an array of its shape")
    made: Any = f(band)
    kind = type(made)
    shape = tuple(made.shape) if hasattr(made, "shape") else None
    if shape != tuple(band.shape) or library(made) != library(band):
        came = kind.__name__ if shape is None else f"a {kind.__name__} of shape {shape}"
        raise InvalidInput(
            f"f made {came} of {what} of shape {tuple(band.shape)}: return an array of that shape, of "
            f"{library(band)}"
        )
    return in_precision_of(band, made)


def in_precision_of(like: Array, x: Array) -> Array:
    """Cast floating or complex `x` to the precision of `like`; real arrays stay real, complex ones complex."""
    xp = namespace(like)
    if x.dtype == like.dtype or not xp.isdtype(x.dtype, ("real floating", "complex floating")):
        return x
    if xp.isdtype(x.dtype, "complex floating"):
        return xp.astype(x, xp.result_type(like.dtype, xp.complex64), copy=False)
    real = xp.real(like).dtype if xp.isdtype(like.dtype, "complex floating") else like.dtype
    return xp.astype(x, real, copy=False)


class Levels(ABC):
    """Mixin of containers with details by level, 1 the finest."""

    @abstractmethod
    def __len__(self) -> int:
        """The number of levels."""

    @abstractmethod
    def _details(self, level: int) -> dict[str, Array]:
        """The details of a valid level, by name."""

    def __getitem__(self, level: int) -> Mapping[str, Any]:
        """The details of one level, 1 the finest, by name.

        Raises:
            InvalidInput: a level below 1 or above the number of levels.
        """
        if isinstance(level, str):
            raise UnknownKey(f"sub-bands are indexed by level first: give c[1][{level!r}]")
        level = integer("level", level)
        if not 1 <= level <= len(self):
            raise InvalidInput(f"level {level} does not exist: give one of 1 … {len(self)}, 1 the finest")
        return bands(self._details(level))

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """(level, details), coarsest first."""
        return ((level, self[level]) for level in range(len(self), 0, -1))


PYWAVELETS = {"d": {"cD": "d"}, "ad da dd": {"cH (LH)": "da", "cV (HL)": "ad", "cD (HH)": "dd"}}
"""Detail names of a level → name in PyWavelets, with the usual abbreviation of the sub-band → name here."""


def _listed(names: Mapping[str, Any]) -> str:
    shown_names = [repr(name) for name in names]
    if len(shown_names) > 8:
        shown_names = [*shown_names[:8], "…"]
    return f"one of {', '.join(shown_names)}" if len(shown_names) > 1 else shown_names[0]


def _of_pywavelets(names: Mapping[str, Any]) -> str:
    """Hint for error messages: PyWavelets' names of the bands, and the attribute of the approximation."""
    known = PYWAVELETS.get(" ".join(names))
    if known is None:
        return ""
    elsewhere = ", ".join(f"{theirs} is {ours!r}" for theirs, ours in known.items())
    return f"; PyWavelets' {elsewhere}, and the approximation is .approx"
