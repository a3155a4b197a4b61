"""Container of dual-tree coefficients: complex sub-bands by level and direction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import prod
from typing import Any, final

from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.transforms.container import Container, Levels, bands, mapped
from subband.transforms.coordinates import pyramid, signal_axes
from subband.transforms.dualtree.spec import DualTreeSpec


@final
@pytree("array")
@dataclass(frozen=True, eq=False)
class DualTreeCoefficients(Container, Levels):
    """Dual-tree complex wavelet pyramid, returned by `dtcwt`.

    `c[level]` maps sub-band names to the details of one level, 1 the finest, with axes in the input's order. A
    name has a sign and a letter per transformed axis: the sign of the frequency, and "a" for low-pass or "d" for
    high-pass. For real signals there is one detail "+d" for one axis, 28 for three axes, and six for two:

        name     +a+d  +d+d  +d+a  +d-a  +d-d  +a-d
        degrees    15    45    75   105   135   165

    The angle is that of the wave vector, from the last of the two axes towards the first, accurate to a degree from
    level 2 on; `subband.band_direction(name)` is the wave vector. Complex signals also have opposite directions.

    Attributes:
        array: (*batch, directions, total) complex: for each choice of signs, the approximation, then the details
            from the coarsest level to the finest; directions is 2^(d−1), or 2^d for complex signals.
        spec: Parameters of the transform.

    See also: `idtcwt`, `band_direction`.
    """

    spec: DualTreeSpec

    @property
    def approx(self) -> Mapping[str, Array]:
        """The approximations by name: "+a" for one axis, "+a+a" and "+a-a" for two."""
        return bands(self._bands(0, self._letters()[:1], self.spec.base.level))

    def _details(self, level: int) -> dict[str, Array]:
        letters = self._letters()[1:]
        coarser = range(level + 1, len(self) + 1)
        start = prod(self.spec.sizes[-1]) + sum(len(letters) * prod(self.spec.sizes[k - 1]) for k in coarser)
        return self._bands(start, letters, level)

    def __len__(self) -> int:
        return self.spec.base.level

    def map(self, f: Callable[[Array], Array], *, approx: bool = True) -> "DualTreeCoefficients":
        """Apply `f` to each sub-band, e.g. a threshold on magnitudes; approx=False excludes the approximation.

        `f` maps a band with all directions, (*batch, directions, k₁, …, k_d), to an array of the same shape.
        """
        xp, front = namespace(self.array), self.array.shape[:-1]
        count = len(self._letters()) - 1
        sizes = [self.spec.sizes[-1]] + [size for size in self.spec.sizes[::-1] for _ in range(count)]
        parts, start = [], 0
        for size in sizes:
            band = xp.reshape(self.array[..., start : start + prod(size)], (*front, *size))
            band = mapped(f, band) if start or approx else band
            parts.append(xp.reshape(band, (*front, prod(size))))
            start += prod(size)
        return self.replace(xp.concat(parts, axis=-1))

    def _letters(self) -> tuple[str, ...]:
        return tuple("".join(letters) for letters in product("ad", repeat=len(self.spec.base.axes)))

    def _bands(self, start: int, letters: tuple[str, ...], level: int) -> dict[str, Array]:
        """The bands of one level from an offset on, with axes in the input's order."""
        xp, base, size = namespace(self.array), self.spec.base, self.spec.sizes[level - 1]
        shape = (base.signals, *size)
        flat = xp.reshape(self.array, (base.signals, *self.array.shape[-2:]))
        offsets = (
            (direction, start + k * prod(size))
            for k in range(len(letters))
            for direction in range(len(self.spec.signs))
        )
        parts = (base.scatter(xp.reshape(flat[:, d, s : s + prod(size)], shape)) for d, s in offsets)
        return dict(zip(self.spec.names(letters), parts, strict=True))

    def to_xarray(self) -> Any:
        base = self.spec.base
        axes = signal_axes(self.labels, base.shape, base.axes)
        centres = {axis: partial(self.spec.centres_of, i) for i, axis in enumerate(base.axes)}
        return pyramid(self.labels, [(len(self), self.approx), *self], axes, centres)

    def __repr__(self) -> str:
        base, name = self.spec.base, self.spec.filters.later[0].name.rstrip("a")
        return (
            f"DualTreeCoefficients({name}, level={base.level}, axes={base.axes}, modes={base.modes}, "
            f"of {base.shape}, array {tuple(self.array.shape)})"
        )
