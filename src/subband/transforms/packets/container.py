"""The coefficients of a full wavelet-packet tree."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from subband.arrays.namespace import Array
from subband.arrays.pytree import register_container
from subband.errors import InvalidInput
from subband.transforms.wavelets.filters import Filters
from subband.transforms.wavelets.spec import Spec


@dataclass(frozen=True, eq=False)
class Packets:
    """All bands of one depth of a packet tree.

    Attributes:
        array: (*batch, 2^J, …, 2^J, k₁, …, k_d): the batch axes, one band axis for each transformed axis, then
            the samples within a band. In frequency order, band 0 holds the lowest frequencies of its axis and
            band 2^J − 1 the highest.
        spec: What was transformed, and how.
        filters: Those of the wavelets that were given as arrays which may be learnt; they are leaves too.
    """

    array: Array
    spec: Spec
    filters: tuple[Filters, ...] = ()

    def __post_init__(self) -> None:
        register_container(Packets, lambda p: ([p.array, *p.filters], p.spec), _unflatten)

    def __getitem__(self, paths: str | Sequence[str]) -> Array:
        """One band, (*batch, k₁, …, k_d), by its path along each axis, root first.

        A path has a letter for each level, "a" for low-pass and "d" for high-pass: `p["aad"]` in one dimension,
        `p["aad", "daa"]` in two.

        Raises:
            InvalidInput: a path of the wrong length or letters, or not one for each axis.
        """
        given = (paths,) if isinstance(paths, str) else tuple(paths)
        rank, level = len(self.spec.axes), self.spec.level
        if len(given) != rank or any(len(path) != level or set(path) - {"a", "d"} for path in given):
            raise InvalidInput(
                f"path {given} does not name a band: give {rank} of {level} letters a or d, one for each axis"
            )
        order = self.spec.analysis.band_order
        places = tuple(order.index(int(path.replace("a", "0").replace("d", "1"), 2)) for path in given)
        return self.array[(slice(None),) * len(self.spec.batch) + places]

    def replace(self, array: Array) -> "Packets":
        """The same bands with other numbers, of the same shape.

        Raises:
            InvalidInput: if the shape differs.
        """
        if tuple(array.shape) != tuple(self.array.shape):
            raise InvalidInput(
                f"packets of shape {tuple(self.array.shape)} can't be replaced by {tuple(array.shape)}"
            )
        return replace(self, array=array)

    def __repr__(self) -> str:
        names = "+".join(dict.fromkeys(w.name for w in self.spec.wavelets))
        return (
            f"Packets({names}, level={self.spec.level}, axes={self.spec.axes}, modes={self.spec.modes}, "
            f"{self.spec.order} order, of {self.spec.shape}, array {tuple(self.array.shape)})"
        )


def _unflatten(spec: Any, leaves: Any) -> Packets:
    """Put a container together from leaves that a tree map made, which need not be arrays."""
    made = object.__new__(Packets)
    array, *filters = leaves
    object.__setattr__(made, "array", array)
    object.__setattr__(made, "spec", spec)
    object.__setattr__(made, "filters", tuple(filters))
    return made
