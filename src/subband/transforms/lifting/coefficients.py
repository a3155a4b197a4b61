"""Container of lifting coefficients."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, final

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container, Levels
from subband.transforms.coordinates import pyramid, signal_axes
from subband.transforms.lifting.spec import LiftedSpec


@final
@pytree("array")
@dataclass(frozen=True, eq=False)
class LiftingCoefficients(Container, Levels):
    """Wavelet pyramid of `lift`; with mode "reflect" it has as many coefficients as samples.

    `c[level]` maps band names, as in `Coefficients`, to the details of one level, 1 the finest.

    Attributes:
        array: (*batch, total): approximation, then details from the coarsest level to the finest.
        spec: Parameters of the transform.

    See also: `unlift`.
    """

    spec: LiftedSpec

    @property
    def approx(self) -> Array:
        """The approximation, of the input's shape with the coarsest lengths along the transformed axes."""
        return self._band(self.spec.base.level, self.spec.bands[0])

    def _details(self, level: int) -> dict[str, Array]:
        return {band: self._band(level, band) for band in self.spec.bands[1:]}

    def __len__(self) -> int:
        return self.spec.base.level

    def _band(self, level: int, band: str) -> Array:
        """One band, with axes in the input's order."""
        xp, base = namespace(self.array), self.spec.base
        start = 0
        for key in layout(self.spec):
            size = self.spec.size(*key)
            if key == (level, band):
                part = self.array[..., start : start + prod(size)]
                return base.scatter(xp.reshape(part, (base.signals, *size)))
            start += prod(size)
        raise KeyError(band)

    def to_xarray(self) -> Any:
        base = self.spec.base
        axes = signal_axes(self.labels, base.shape, base.axes)
        centres = dict.fromkeys(base.axes, _polyphase)
        return pyramid(self.labels, [(len(self), {self.spec.bands[0]: self.approx}), *self], axes, centres)

    def __repr__(self) -> str:
        base = self.spec.base
        return (
            f"LiftingCoefficients({self.spec.scheme.name}, level={base.level}, axes={base.axes}, "
            f"modes={base.modes}, of {base.shape}, array {tuple(self.array.shape)})"
        )


def layout(spec: LiftedSpec) -> Iterator[tuple[int, str]]:
    """(level, band) of all bands, in the order of `LiftingCoefficients.array`."""
    yield spec.base.level, spec.bands[0]
    for level in range(spec.base.level, 0, -1):
        for band in spec.bands[1:]:
            yield level, band


def _polyphase(letter: str, level: int, count: int) -> np.ndarray:
    """Indices of the samples that a level's approximation ("a") or details ("d") take the place of."""
    return 2.0**level * np.arange(count) + (2.0 ** (level - 1) if letter == "d" else 0.0)
