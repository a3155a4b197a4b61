"""The coefficients of a lifting transform."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import register_container
from subband.errors import InvalidInput
from subband.transforms.lifting.spec import LiftedSpec


@dataclass(frozen=True, eq=False)
class Lifted:
    """A wavelet pyramid made by lifting, with as many coefficients as samples where mode is "reflect".

    Attributes:
        array: (*batch, total): approximation, then details from the coarsest level to the finest.
        spec: What was transformed, and how.
    """

    array: Array
    spec: LiftedSpec

    def __post_init__(self) -> None:
        register_container(Lifted, lambda c: ([c.array], c.spec), _unflatten)

    @property
    def approx(self) -> Array:
        """The approximation: the input's shape with the coarsest lengths along the transformed axes."""
        return self._band(self.spec.base.level, self.spec.bands[0])

    def __getitem__(self, level: int) -> Mapping[str, Array]:
        """The details of one level, 1 the finest, by name, as `Coefficients` names them.

        Raises:
            InvalidInput: a level outside 1 … spec.base.level.
        """
        if not 1 <= level <= len(self):
            raise InvalidInput(f"level {level} does not exist: give one of 1 … {len(self)}, 1 the finest")
        return {band: self._band(level, band) for band in self.spec.bands[1:]}

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, Array]]]:
        """(level, details), coarsest first."""
        return ((level, self[level]) for level in range(len(self), 0, -1))

    def __len__(self) -> int:
        return self.spec.base.level

    def replace(self, array: Array) -> "Lifted":
        """The same sub-bands with other numbers, of the same shape.

        Raises:
            InvalidInput: if the shape differs.
        """
        if tuple(array.shape) != tuple(self.array.shape):
            raise InvalidInput(
                f"coefficients of shape {tuple(self.array.shape)} can't be replaced by {tuple(array.shape)}"
            )
        return replace(self, array=array)

    def _band(self, level: int, band: str) -> Array:
        """One band, with its axes where the input had them."""
        xp, base = namespace(self.array), self.spec.base
        start = 0
        for place in layout(self.spec):
            size = self.spec.size(*place)
            if place == (level, band):
                part = self.array[..., start : start + prod(size)]
                return base.scatter(xp.reshape(part, (prod(base.batch), *size)))
            start += prod(size)
        raise KeyError(band)

    def __repr__(self) -> str:
        base = self.spec.base
        return (
            f"Lifted({self.spec.scheme.name}, level={base.level}, axes={base.axes}, modes={base.modes}, "
            f"of {base.shape}, array {tuple(self.array.shape)})"
        )


def layout(spec: LiftedSpec) -> Iterator[tuple[int, str]]:
    """(level, band) in the order in which the bands lie in `Lifted.array`."""
    yield spec.base.level, spec.bands[0]
    for level in range(spec.base.level, 0, -1):
        for band in spec.bands[1:]:
            yield level, band


def _unflatten(spec: Any, leaves: Any) -> Lifted:
    """Put a container together from leaves that a tree map made, which need not be arrays."""
    made = object.__new__(Lifted)
    object.__setattr__(made, "array", next(iter(leaves)))
    object.__setattr__(made, "spec", spec)
    return made
