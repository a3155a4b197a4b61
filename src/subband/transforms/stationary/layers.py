"""Base class of undecimated coefficients: sub-bands of the signal's shape, stacked in one array."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, ClassVar, Self

from subband.arrays.namespace import Array, namespace
from subband.transforms.container import Container, Levels, mapped
from subband.transforms.coordinates import added, data_array, others, signal_axes
from subband.transforms.wavelets.spec import Spec


@dataclass(frozen=True, eq=False)
class Layers(Container, Levels):
    """Sub-bands of an undecimated analysis: `StationaryCoefficients`, or additive `Components`.

    `c[level]` maps band names to the details of one level, 1 the finest, each of the input's shape. A name has one
    letter per transformed axis, "a" for low-pass and "d" for high-pass.

    Attributes:
        array: (*batch, 1 + level·(2^d − 1), n₁, …, n_d): batch axes, bands (approximation, then details from the
            coarsest level to the finest), and transformed axes in the order of `spec.axes`.
        spec: Parameters of the transform.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> layers = sb.swt(np.arange(8.0), "haar", level=2)
        >>> layers.array.shape, layers[1]["d"].shape
        ((3, 8), (8,))
    """

    noun: ClassVar[str] = "bands"

    spec: Spec

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the details of a level: "d" for one axis, "ad", "da", "dd" for two, and so on."""
        return tuple("".join(letters) for letters in product("ad", repeat=len(self.spec.axes)))[1:]

    @property
    def approx(self) -> Array:
        """The approximation, of the input's shape."""
        return self._band(0)

    def _details(self, level: int) -> dict[str, Array]:
        start = 1 + (self.spec.level - level) * len(self.names)
        return {name: self._band(band) for band, name in enumerate(self.names, start)}

    def __len__(self) -> int:
        return self.spec.level

    def ravel(self) -> Array:
        """All coefficients of each signal as (*batch, total)."""
        return namespace(self.array).reshape(self.array, (*self.spec.batch, prod(self._stack[1:])))

    def map(self, f: Callable[[Array], Array], *, approx: bool = True) -> Self:
        """Apply `f` to each band, e.g. a threshold; approx=False excludes the approximation.

        `f` maps a band (*batch, n₁, …, n_d) to an array of the same shape, which is converted to the precision of
        the coefficients.
        """
        xp, axis = namespace(self.array), len(self.spec.batch)
        bands = [self.array[(slice(None),) * axis + (i, ...)] for i in range(self._stack[1])]
        changed = [mapped(f, band) if i or approx else band for i, band in enumerate(bands)]
        return self.replace(xp.stack(changed, axis=axis))

    def flat(self) -> Array:
        """The bands with a single batch axis: (batch, bands, n₁, …, n_d)."""
        return namespace(self.array).reshape(self.array, self._stack)

    @property
    def _stack(self) -> tuple[int, ...]:
        bands = 1 + self.spec.level * len(self.names)
        return (self.spec.signals, bands, *self.spec.size)

    def _band(self, i: int) -> Array:
        return self.spec.scatter(self.flat()[:, i, ...])

    def to_xarray(self) -> Any:
        spec, axes = self.spec, signal_axes(self.labels, self.spec.shape, self.spec.axes)
        names = ["a" * len(spec.axes) + str(spec.level)]
        names += [f"{name}{level}" for level in range(spec.level, 0, -1) for name in self.names]
        inner = [axes[axis] for axis in spec.axes]
        return data_array(
            self.labels, self.array, [*others(axes, spec.axes), added("band", names, axes), *inner]
        )

    def __repr__(self) -> str:
        wavelets = "+".join(dict.fromkeys(w.name for w in self.spec.wavelets))
        return (
            f"{type(self).__name__}({wavelets}, level={self.spec.level}, axes={self.spec.axes}, "
            f"of {self.spec.shape}, array {tuple(self.array.shape)})"
        )
