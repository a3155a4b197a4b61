"""Container of scattering coefficients, indexed by order and by path."""

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
    """Coefficients of `subband.Scattering`. For JAX and PyTorch it is a pytree whose leaf is `array`.

    `s[2]` are the coefficients of order 2, `s[3,]` and `s[3, 1]` those of the paths (3,) and (3, 1).

    Attributes:
        array: (*batch, C, *out) for the C paths; (*batch, C) with average="global"; with average=False a tuple of C
            arrays (*batch, *out) of different sizes.
        spec: The transform.
        shape: Number of samples of the signal along each transformed axis.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> s = sb.Scattering(J=3, Q=1)(np.ones((2, 64)))
        >>> s.array.shape, s[1].shape, s[0, 3].shape
        ((2, 8, 8), (2, 4, 8), (2, 8))

    See also: `subband.Scattering`, `subband.Paths`.
    """

    noun: ClassVar[str] = "scattering coefficients"

    spec: "Scattering"
    shape: tuple[int, ...]

    @property
    def values(self) -> Array | tuple[Array, ...]:
        """Alias of `array`."""
        return self.array

    @property
    def paths(self) -> Paths:
        """The path of each coefficient."""
        return self.spec.paths

    @property
    def positions(self) -> tuple[np.ndarray, ...]:
        """For each axis, the sample indices of the signal at which the averaged coefficients are centred.

        Raises:
            InvalidInput: coefficients of another average than True.
        """
        tree = self.spec.cascade(self.shape)
        if tree.lowpass is None:
            raise InvalidInput("only averaged coefficients share positions: give average=True")
        return tuple(
            np.arange(inner.start, inner.stop) * 2**tree.stride - before
            for inner, (before, _) in zip(tree.kept(tree.stride), tree.padding, strict=True)
        )

    def __getitem__(self, key: int | tuple[int, ...]) -> Any:
        """Coefficients of an order, (*batch, C_order, *out), or of one path, (*batch, *out).

        Raises:
            UnknownKey: an order or a path that was not computed.
        """
        rank = 0 if self.spec.average == "global" else self.spec.ndim
        if isinstance(key, list | tuple) or getattr(key, "ndim", 0):
            index = self.paths.place(key)
            if isinstance(self.array, tuple):
                return self.array[index]
            return self.array[(..., index, *(slice(None),) * rank)]
        some = self.paths.of_order(key)
        if isinstance(self.array, tuple):
            return self.array[some]
        return self.array[(..., some, *(slice(None),) * rank)]

    def __len__(self) -> int:
        """The number of paths."""
        return len(self.paths)

    def __repr__(self) -> str:
        return f"ScatteringCoefficients({self.paths!r}, of {self.shape}, array {shapes(self.array)})"
