"""Container of the coefficients of a full wavelet-packet tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

from subband.arrays.arguments import shown
from subband.arrays.namespace import Array
from subband.arrays.pytree import pytree
from subband.errors import UnknownKey
from subband.transforms.container import Container
from subband.transforms.coordinates import added, data_array, moved, others, signal_axes
from subband.transforms.packets.paths import frequency_band
from subband.transforms.wavelets.filters import Filters
from subband.transforms.wavelets.spec import Spec

LETTERS = str.maketrans("01", "ad")
"""Digits of a band's index → letters of its path."""


@final
@pytree("array", "filters")
@dataclass(frozen=True, eq=False)
class PacketCoefficients(Container):
    """Coefficients of `subband.packets`: all bands of one depth J of the packet tree.

    For JAX and PyTorch it is a pytree whose leaves are `array` and the taps of learnable filters.

    Attributes:
        array: (*batch, 2^J, …, 2^J, k₁, …, k_d): batch axes, one band axis per transformed axis, then the
            coefficients of a band. In frequency order, band 0 is the lowest along its axis, 2^J − 1 the highest.
        spec: Static description of the transform.
        filters: Learnable filters, if the wavelets were given as PyTorch or JAX arrays.

    Example:
        >>> import subband as sb
        >>> p = sb.packets([1.0, 3.0, 2.0, 2.0, 5.0, 5.0, 1.0, 3.0], "haar", level=2)
        >>> p.array.shape, p["ad"].round(6).tolist()
        ((4, 2), [0.0, 3.0])

    See also: `subband.packets`, `subband.PacketBasis`.
    """

    noun: ClassVar[str] = "packets"

    spec: Spec
    filters: tuple[Filters, ...] = ()

    def __getitem__(self, paths: str | Sequence[str]) -> Array:
        """One band, (*batch, k₁, …, k_d), by its path along each axis, root first.

        A path has one letter per level, "a" for low-pass and "d" for high-pass: `p["aad"]` in one dimension,
        `p["aad", "daa"]` in two.

        Raises:
            UnknownKey: a path with other letters or of another length, or not one path per axis.
        """
        given: Any = paths if isinstance(paths, list | tuple) else (paths,)
        rank, level = len(self.spec.axes), self.spec.level
        letters = [
            isinstance(path, str) and len(path) == level and not set(path) - {"a", "d"} for path in given
        ]
        if len(given) != rank or not all(letters):
            example = ("a" * level,) * rank
            raise UnknownKey(
                f"path {shown(paths)} does not name a band: give {rank} of {level} letters a or d, one for each "
                f"axis, such as {example if rank > 1 else example[0]!r}"
            )
        order = self.spec.analysis.band_order
        indices = tuple(order.index(int(path.replace("a", "0").replace("d", "1"), 2)) for path in given)
        return self.array[(slice(None),) * len(self.spec.batch) + indices]

    def to_xarray(self) -> Any:
        spec, axes = self.spec, signal_axes(self.labels, self.spec.shape, self.spec.axes)
        paths = [f"{path:0{spec.level}b}".translate(LETTERS) for path in spec.analysis.band_order]
        bands, times = [], []
        for i, axis in enumerate(spec.axes):
            rate = 1 / abs(axes[axis].step)
            name = "frequency" if len(spec.axes) == 1 else f"frequency_{axes[axis].name}"
            bands.append(added(name, [sum(frequency_band(path, rate)) / 2 for path in paths], axes))
            count = int(self.array.shape[i - len(spec.axes)])
            times.append(moved(axes[axis], spec.centres(i, spec.level, count)))
        return data_array(self.labels, self.array, [*others(axes, spec.axes), *bands, *times])

    def __repr__(self) -> str:
        names = "+".join(dict.fromkeys(w.name for w in self.spec.wavelets))
        return (
            f"PacketCoefficients({names}, level={self.spec.level}, axes={self.spec.axes}, modes={self.spec.modes}, "
            f"{self.spec.order} order, of {self.spec.shape}, array {tuple(self.array.shape)})"
        )
