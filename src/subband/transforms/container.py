"""What all containers of coefficients have in common: numbers that may change, in a frame that may not."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from subband.arrays.namespace import Array
from subband.errors import InvalidInput


@dataclass(frozen=True, eq=False)
class Container(ABC):
    """The coefficients of one transform. JAX and PyTorch see a pytree whose leaf is `array`.

    Attributes:
        array: The coefficients.
    """

    noun: ClassVar[str] = "coefficients"
    """What an error message calls the array."""

    array: Array

    def replace(self, array: Array) -> Self:
        """The same sub-bands with other numbers, of the same shape.

        Raises:
            InvalidInput: if the shape differs.
        """
        if tuple(array.shape) != tuple(self.array.shape):
            raise InvalidInput(
                f"{self.noun} of shape {tuple(self.array.shape)} can't be replaced by {tuple(array.shape)}"
            )
        return replace(self, array=array)


class Levels(ABC):
    """Details by level, 1 the finest."""

    @abstractmethod
    def __len__(self) -> int:
        """The number of levels."""

    @abstractmethod
    def _details(self, level: int) -> Mapping[str, Array]:
        """The details of a level that exists, by name."""

    def __getitem__(self, level: int) -> Mapping[str, Any]:
        """The details of one level, 1 the finest, by name.

        Raises:
            InvalidInput: a level that does not exist.
        """
        if not 1 <= level <= len(self):
            raise InvalidInput(f"level {level} does not exist: give one of 1 … {len(self)}, 1 the finest")
        return self._details(level)

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """(level, details), coarsest first."""
        return ((level, self[level]) for level in range(len(self), 0, -1))
