"""Sub-bands that all have the shape of the signal: one array, named bands."""

from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import product
from math import prod
from typing import Any, Self

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import register_container
from subband.errors import InvalidInput
from subband.transforms.wavelets.spec import Spec


@dataclass(frozen=True, eq=False)
class Layers(ABC):
    """Bands of an undecimated analysis, to be taken as `Stationary` coefficients or additive `Components`.

    JAX and PyTorch see a pytree with the one leaf `array`.

    Attributes:
        array: (*batch, 1 + level·(2^d − 1), n₁, …, n_d): the batch axes, the bands (approximation, then details
            from the coarsest level to the finest), and the transformed axes in the order of `spec.axes`.
        spec: What was transformed, and how.
    """

    array: Array
    spec: Spec

    def __post_init__(self) -> None:
        cls = type(self)
        register_container(cls, _flatten, lambda static, leaves: _unflatten(cls, static, leaves))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the details of a level: "d"; "ad", "da", "dd" in two dimensions, and so on."""
        return tuple("".join(letters) for letters in product("ad", repeat=len(self.spec.axes)))[1:]

    @property
    def approx(self) -> Array:
        """The approximation, of the input's shape."""
        return self._band(0)

    def __getitem__(self, level: int) -> Mapping[str, Array]:
        """The details of one level, 1 the finest, by name; each of the input's shape.

        A name has one letter for each transformed axis, "a" for low-pass and "d" for high-pass.

        Raises:
            InvalidInput: a level outside 1 … spec.level.
        """
        if not 1 <= level <= self.spec.level:
            raise InvalidInput(
                f"level {level} does not exist: give one of 1 … {self.spec.level}, 1 the finest"
            )
        start = 1 + (self.spec.level - level) * len(self.names)
        return {name: self._band(band) for band, name in enumerate(self.names, start)}

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, Array]]]:
        """(level, details), coarsest first."""
        return ((level, self[level]) for level in range(self.spec.level, 0, -1))

    def __len__(self) -> int:
        return self.spec.level

    def ravel(self) -> Array:
        """All numbers of each signal as (*batch, total)."""
        return namespace(self.array).reshape(self.array, (*self.spec.batch, prod(self._stack[1:])))

    def replace(self, array: Array) -> Self:
        """The same bands with other numbers, of the same shape.

        Raises:
            InvalidInput: if the shape differs.
        """
        if tuple(array.shape) != tuple(self.array.shape):
            raise InvalidInput(
                f"bands of shape {tuple(self.array.shape)} can't be replaced by {tuple(array.shape)}"
            )
        return replace(self, array=array)

    def map(self, f: Callable[[Array], Array], *, approx: bool = True) -> Self:
        """Apply `f` to each band, e.g. a threshold; `approx=False` leaves the approximation as it is.

        `f` gets one band at a time, shaped (*batch, n₁, …, n_d), and returns an array of that shape.
        """
        xp, axis = namespace(self.array), len(self.spec.batch)
        bands = [self.array[(slice(None),) * axis + (i, ...)] for i in range(self._stack[1])]
        mapped = [f(band) if i or approx else band for i, band in enumerate(bands)]
        return self.replace(xp.stack(mapped, axis=axis))

    def flat(self) -> Array:
        """The bands with one batch axis: (batch, bands, n₁, …, n_d)."""
        return namespace(self.array).reshape(self.array, self._stack)

    @property
    def _stack(self) -> tuple[int, ...]:
        bands = 1 + self.spec.level * len(self.names)
        return (prod(self.spec.batch), bands, *self.spec.size)

    def _band(self, i: int) -> Array:
        return self.spec.scatter(self.flat()[:, i, ...])

    def __repr__(self) -> str:
        wavelets = "+".join(dict.fromkeys(w.name for w in self.spec.wavelets))
        return (
            f"{type(self).__name__}({wavelets}, level={self.spec.level}, axes={self.spec.axes}, "
            f"of {self.spec.shape}, array {tuple(self.array.shape)})"
        )


def _flatten(layers: Layers) -> tuple[list[Array], tuple]:
    static = (getattr(layers, field.name) for field in fields(layers) if field.name != "array")
    return [layers.array], tuple(static)


def _unflatten(cls: type[Layers], static: Any, leaves: Any) -> Layers:
    """Put a container together from leaves that a tree map made, which need not be arrays."""
    made = object.__new__(cls)
    for field, value in zip(fields(cls), (next(iter(leaves)), *static), strict=True):
        object.__setattr__(made, field.name, value)
    return made
