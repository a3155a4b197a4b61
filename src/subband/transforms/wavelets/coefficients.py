"""The coefficients of a wavelet transform: one array, named sub-bands, and the way back."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import final

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container, Levels, mapped
from subband.transforms.wavelets.filters import Filters
from subband.transforms.wavelets.spec import Spec


@final
@pytree("array", "filters")
@dataclass(frozen=True, eq=False)
class Coefficients(Container, Levels):
    """A wavelet pyramid.

    All coefficients of one signal lie one after the other in the last axis of `array`; the sub-bands are views
    of it. JAX and PyTorch see a pytree with that one leaf, and those of learnable filters, so arithmetic,
    gradients, `vmap` and `jit` work on it.

    `c[level]` holds the details of one level, 1 the finest, by name. A name has one letter for each transformed
    axis, "a" for low-pass and "d" for high-pass: "d" in one dimension; "ad", "da" and "dd" in two, where "ad" is
    low along the first axis and high along the second.

    Attributes:
        array: (*batch, total): approximation, then details from the coarsest level to the finest; the batch
            axes are those that were not transformed, in order.
        spec: What was transformed, and how.
        filters: Those of the wavelets that were given as arrays which may be learnt; they are leaves too.
    """

    spec: Spec
    filters: tuple[Filters, ...] = ()

    @property
    def approx(self) -> Array:
        """The approximation: the input's shape with the coarsest lengths along the transformed axes."""
        return self._bands((0, 1, self.spec.level))[0]

    def _details(self, level: int) -> dict[str, Array]:
        plan = self.spec.analysis
        bands = self._bands((plan.offsets[level - 1], len(plan.bands) - 1, level))
        return dict(zip(plan.bands[1:], bands, strict=True))

    def __len__(self) -> int:
        return self.spec.level

    def ravel(self) -> Array:
        """All coefficients as (*batch, total), without a copy."""
        return self.array

    def map(self, f: Callable[[Array], Array], *, approx: bool = True) -> "Coefficients":
        """Apply `f` to each sub-band, e.g. a threshold; `approx=False` leaves the approximation as it is.

        `f` gets one sub-band at a time, shaped (*batch, k₁, …, k_d), and returns an array of that shape, which
        takes the precision of the coefficients.
        """
        xp, plan = namespace(self.array), self.spec.analysis
        batch = self.array.shape[:-1]
        parts = []
        start = 0
        for level in (plan.levels, *range(plan.levels, 0, -1)):
            size = plan.sizes[level]
            for _ in range(len(plan.bands) - 1 if start else 1):
                band = xp.reshape(self.array[..., start : start + prod(size)], (*batch, *size))
                if start or approx:
                    band = mapped(f, band)
                parts.append(xp.reshape(band, (*batch, prod(size))))
                start += prod(size)
        return self.replace(xp.concat(parts, axis=-1))

    def _bands(self, where: tuple[int, int, int]) -> list[Array]:
        """`count` bands of one level from an offset on, with their axes where the input had them."""
        start, count, level = where
        size = self.spec.analysis.sizes[level]
        steps = range(start, start + count * prod(size), prod(size))
        flat = (self.array[..., s : s + prod(size)] for s in steps)
        if len(size) > 1:
            shape, xp = (*self.spec.batch, *size), namespace(self.array)
            flat = (xp.reshape(band, shape) for band in flat)
        return [self.spec.place(band) for band in flat]

    def __repr__(self) -> str:
        names = "+".join(dict.fromkeys(w.name for w in self.spec.wavelets))
        return (
            f"Coefficients({names}, level={self.spec.level}, axes={self.spec.axes}, "
            f"modes={self.spec.modes}, of {self.spec.shape}, array {tuple(self.array.shape)})"
        )
