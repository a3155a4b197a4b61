"""The coefficients of a lifting transform."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import final

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container, Levels
from subband.transforms.lifting.spec import LiftedSpec


@final
@pytree("array")
@dataclass(frozen=True, eq=False)
class LiftingCoefficients(Container, Levels):
    """A wavelet pyramid made by lifting, with as many coefficients as samples where mode is "reflect".

    `c[level]` holds the details of one level, 1 the finest, by name, as `Coefficients` names them.

    Attributes:
        array: (*batch, total): approximation, then details from the coarsest level to the finest.
        spec: What was transformed, and how.
    """

    spec: LiftedSpec

    @property
    def approx(self) -> Array:
        """The approximation: the input's shape with the coarsest lengths along the transformed axes."""
        return self._band(self.spec.base.level, self.spec.bands[0])

    def _details(self, level: int) -> dict[str, Array]:
        return {band: self._band(level, band) for band in self.spec.bands[1:]}

    def __len__(self) -> int:
        return self.spec.base.level

    def _band(self, level: int, band: str) -> Array:
        """One band, with its axes where the input had them."""
        xp, base = namespace(self.array), self.spec.base
        start = 0
        for place in layout(self.spec):
            size = self.spec.size(*place)
            if place == (level, band):
                part = self.array[..., start : start + prod(size)]
                return base.scatter(xp.reshape(part, (base.signals, *size)))
            start += prod(size)
        raise KeyError(band)

    def __repr__(self) -> str:
        base = self.spec.base
        return (
            f"LiftingCoefficients({self.spec.scheme.name}, level={base.level}, axes={base.axes}, "
            f"modes={base.modes}, of {base.shape}, array {tuple(self.array.shape)})"
        )


def layout(spec: LiftedSpec) -> Iterator[tuple[int, str]]:
    """(level, band) in the order in which the bands lie in `LiftingCoefficients.array`."""
    yield spec.base.level, spec.bands[0]
    for level in range(spec.base.level, 0, -1):
        for band in spec.bands[1:]:
            yield level, band
