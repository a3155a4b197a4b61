"""The coefficients of a scattering transform, by order and by path."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from subband.arrays.namespace import Array
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.transforms.container import Container, shapes
from subband.transforms.scattering.paths import Paths

if TYPE_CHECKING:
    from subband.transforms.scattering.scattering import Scattering


@final
@pytree("array")
@dataclass(frozen=True, eq=False)
class ScatteringCoefficients(Container):
    """What `Scattering` gives.

    `s[2]` are the coefficients of order 2, `s[3,]` and `s[3, 1]` those of the paths (3,) and (3, 1).

    Attributes:
        array: (*batch, C, *out) averages of the C paths; (*batch, C) where they are global; a tuple of C arrays
            (*batch, *out), each of its own size, where nothing is averaged.
        spec: The transform.
        shape: Samples of the signal along each transformed axis.
    """

    noun: ClassVar[str] = "scattering coefficients"

    spec: "Scattering"
    shape: tuple[int, ...]

    @property
    def values(self) -> Array | tuple[Array, ...]:
        """The same as `array`."""
        return self.array

    @property
    def paths(self) -> Paths:
        """Which path each coefficient is of."""
        return self.spec.paths

    @property
    def positions(self) -> tuple[np.ndarray, ...]:
        """Along each axis, the sample of the signal at which each averaged coefficient is centred.

        Raises:
            InvalidInput: coefficients that are not averaged locally.
        """
        tree = self.spec.cascade(self.shape)
        if tree.lowpass is None:
            raise InvalidInput("only averaged coefficients share positions: give average=True")
        return tuple(
            np.arange(kept.start, kept.stop) * 2**tree.stride - before
            for kept, (before, _) in zip(tree.kept(tree.stride), tree.padding, strict=True)
        )

    def __getitem__(self, key: int | tuple[int, ...]) -> Any:
        """Those of an order (*batch, C_order, *out), or of one path (*batch, *out).

        Raises:
            InvalidInput: an order or a path that was not computed.
        """
        rank = 0 if self.spec.average == "global" else self.spec.ndim
        if isinstance(key, list | tuple) or getattr(key, "ndim", 0):
            place = self.paths.place(key)
            if isinstance(self.array, tuple):
                return self.array[place]
            return self.array[(..., place, *(slice(None),) * rank)]
        some = self.paths.of_order(key)
        if isinstance(self.array, tuple):
            return self.array[some]
        return self.array[(..., some, *(slice(None),) * rank)]

    def __len__(self) -> int:
        """The number of paths."""
        return len(self.paths)

    def __repr__(self) -> str:
        return f"ScatteringCoefficients({self.paths!r}, of {self.shape}, array {shapes(self.array)})"
