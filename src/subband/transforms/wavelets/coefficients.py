"""Container of wavelet coefficients: one array, with sub-bands by level and name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, final

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container, Levels, mapped
from subband.transforms.coordinates import pyramid, signal_axes
from subband.transforms.wavelets.filters import Filters
from subband.transforms.wavelets.spec import Spec


@final
@pytree("array", "filters")
@dataclass(frozen=True, eq=False)
class Coefficients(Container, Levels):
    """Coefficients of `subband.dwt`.

    The coefficients of one signal are contiguous in the last axis of `array`; the sub-bands are views. For JAX and
    PyTorch it is a pytree whose leaves are `array` and the taps of learnable filters.

    `c[level]` is a mapping of the details of one level, 1 the finest. A name has one letter for each transformed
    axis, "a" for low-pass and "d" for high-pass: "d" in one dimension; "ad", "da" and "dd" in two, where "ad" is
    low-pass along the first axis and high-pass along the second. Iteration yields (level, details), coarsest first.

    Attributes:
        array: (*batch, total): approximation, then details from the coarsest level to the finest; `batch` are
            the axes not transformed, in order.
        spec: Static description of the transform.
        filters: Learnable filters, if the wavelets were given as PyTorch or JAX arrays.

    Example:
        >>> import subband as sb
        >>> c = sb.dwt([1.0, 3.0, 2.0, 6.0], "haar", level=2)
        >>> [float(round(v, 6)) for v in c.array]
        [6.0, -2.0, -1.414214, -2.828427]
        >>> c.approx.shape, c[1]["d"].shape
        ((1,), (2,))

    See also: `subband.dwt`, `subband.idwt`.
    """

    spec: Spec
    filters: tuple[Filters, ...] = ()

    @property
    def approx(self) -> Array:
        """The approximation: the input's shape, with coarsest lengths along the transformed axes."""
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
        """Apply `f` to each sub-band, e.g. a threshold.

        Args:
            f: Function of one sub-band, (*batch, k₁, …, k_d), to an array of the same shape; its result is cast
                to the precision of the coefficients.
            approx: Whether to apply `f` to the approximation too.

        Raises:
            InvalidInput: if `f` is not callable, or its result is of another shape or library.
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

    def _bands(self, extent: tuple[int, int, int]) -> list[Array]:
        """Bands of (offset, count, level), with the axis order of the input."""
        start, count, level = extent
        size = self.spec.analysis.sizes[level]
        steps = range(start, start + count * prod(size), prod(size))
        flat = (self.array[..., s : s + prod(size)] for s in steps)
        if len(size) > 1:
            shape, xp = (*self.spec.batch, *size), namespace(self.array)
            flat = (xp.reshape(band, shape) for band in flat)
        return [self.spec.restore_axes(band) for band in flat]

    def to_xarray(self) -> Any:
        base = self.spec
        axes = signal_axes(self.labels, base.shape, base.axes)
        centres = {axis: partial(base.centres_of, i) for i, axis in enumerate(base.axes)}
        return pyramid(self.labels, [(len(self), {"a" * len(base.axes): self.approx}), *self], axes, centres)

    def __repr__(self) -> str:
        names = "+".join(dict.fromkeys(w.name for w in self.spec.wavelets))
        return (
            f"Coefficients({names}, level={self.spec.level}, axes={self.spec.axes}, "
            f"modes={self.spec.modes}, of {self.spec.shape}, array {tuple(self.array.shape)})"
        )
