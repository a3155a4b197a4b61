"""Blocks of any axes as (batch, n), and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from subband.arrays.namespace import Array, device_of, library, namespace
from subband.errors import InvalidInput

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """What all blocks of a signal have in common.

    Attributes:
        axis: Time axis, non-negative.
        batch: Shape of the other axes, in order.
        dtype: The signal's dtype.
        library: The array library.
        device: The device, if arrays have one.
        is_real: Whether the signal is real.
    """

    axis: int
    batch: Shape
    dtype: Any
    library: str
    device: str | None
    is_real: bool

    @classmethod
    def of(cls, x: Array, axis: int) -> "Layout":
        """The layout of a block.

        Raises:
            InvalidInput: the axis does not exist.
        """
        if not -x.ndim <= axis < x.ndim:
            raise InvalidInput(
                f"axis {axis} does not exist in a block of {x.ndim} axes: give one of {-x.ndim} … {x.ndim - 1}"
            )
        axis %= x.ndim
        batch = tuple(n for i, n in enumerate(x.shape) if i != axis)
        is_real = namespace(x).isdtype(x.dtype, "real floating")
        return cls(
            axis, batch, x.dtype, library(x), str(device_of(x)["device"]) if device_of(x) else None, is_real
        )

    def check(self, other: "Layout") -> None:
        """Raise InvalidInput unless a block has this layout, too."""
        if other != self:
            raise InvalidInput(
                f"a block of {other} came after blocks of {self}: give all blocks of a signal one library, dtype, "
                "device and batch, or call reset()"
            )

    def shape(self, samples: int) -> Shape:
        """Shape of a signal of this length."""
        return (*self.batch[: self.axis], samples, *self.batch[self.axis :])

    def flat(self, x: Array) -> Array:
        """(batch, n)"""
        return namespace(x).reshape(self.last(x), (prod(self.batch), int(x.shape[self.axis])))

    def last(self, x: Array) -> Array:
        """The time axis moved to the end."""
        return x if self.axis == x.ndim - 1 else namespace(x).moveaxis(x, (self.axis,), (-1,))

    def unflat(self, x: Array, time_last: bool) -> Array:
        """(batch, …, k) → (*batch, …, k), with time last or where the signal has it."""
        xp = namespace(x)
        x = xp.reshape(x, (*self.batch, *x.shape[1:]))
        return x if time_last or self.axis == x.ndim - 1 else xp.moveaxis(x, (-1,), (self.axis,))

    def flat_bands(self, bands: Sequence[Array], time_last: bool) -> list[Array]:
        """The inverse of `unflat`."""
        if not time_last:
            return [self.flat(band) for band in bands]
        return [
            namespace(band).reshape(band, (prod(self.batch), *band.shape[len(self.batch) :]))
            for band in bands
        ]

    def __str__(self) -> str:
        return f"{self.library}'s {self.dtype}, batch {self.batch}, time axis {self.axis}"
