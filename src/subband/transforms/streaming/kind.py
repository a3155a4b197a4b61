"""What a stream and blocks on disk need to know of a transform."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from subband.arrays.namespace import Array
from subband.errors import InvalidInput
from subband.transforms.streaming.slide import LOCAL

Shape = tuple[int, ...]


class Chain(Protocol):
    """Slides that are fed one from the other."""

    def push(self, inputs: Sequence[Array], last: bool = False, samples: int | None = None) -> list[Array]:
        """Outputs that these inputs complete; `samples` is the length of the signal, for an inverse that ends."""
        ...


class Kind(ABC):
    """A transform along one axis, for signals of any length; subclasses are frozen dataclasses of plain values.

    Bands are arrays (batch, …, k) with time last, in the order of the transform's container.

    Attributes:
        name: The transform's name.
        named: Whether bands have names, approximation and details by level.
        time_last: Whether the time axis of the coefficients is the last one, rather than that of the signal.
        default_block: Samples to be gathered before coefficients are computed, unless the caller says how many.
        rate: Sampling rate in hertz.
        modes: Boundary modes that a stream can have.
        mode: The boundary mode.
    """

    name: ClassVar[str]
    named: ClassVar[bool] = False
    time_last: ClassVar[bool] = False
    modes: ClassVar[tuple[str, ...]] = LOCAL
    mode: str

    @property
    def streams(self) -> bool:
        """Whether the boundary mode needs the nearest end of the signal only."""
        return self.mode in LOCAL

    @property
    def inverse_streams(self) -> bool:
        """Whether the bands contain all that their inverse reads near the ends."""
        return True

    @property
    def default_block(self) -> int:
        return 1

    @property
    def rate(self) -> float:
        return 1.0

    @property
    @abstractmethod
    def delay(self) -> int:
        """A coefficient at sample n is final when sample n + delay has come."""

    @property
    @abstractmethod
    def round_trip(self) -> int:
        """Sample n comes back from the inverse when samples up to n + round_trip have come."""

    @property
    @abstractmethod
    def strides(self) -> tuple[int, ...]:
        """Samples between successive coefficients of each band."""

    @property
    @abstractmethod
    def reach(self) -> int:
        """Largest distance in samples between two of which one affects the other, by a coefficient."""

    @property
    def first(self) -> int:
        """Sample to which the first coefficient of each band belongs; negative before the signal."""
        return 0

    @abstractmethod
    def density(self, is_real: bool) -> float:
        """Numbers of all bands for each sample."""

    def frequencies(self, is_real: bool) -> list[float]:
        """Frequencies in hertz, for transforms that have them.

        Raises:
            InvalidInput: this transform has none.
        """
        raise InvalidInput(
            f"the bands of {self.name} have no frequencies, those of stft and cwt do: take `positions`, the "
            "samples where coefficients are"
        )

    @abstractmethod
    def counts(self, samples: int) -> tuple[int, ...]:
        """Number of coefficients of each band."""

    @abstractmethod
    def analysis(self, is_real: bool, block: int) -> Chain:
        """Signal → bands; where the boundary mode does not stream, for zeros beyond the ends."""

    @abstractmethod
    def synthesis(self, is_real: bool) -> Chain:
        """Bands → signal; likewise."""

    def whole(self, x: Array) -> list[Array]:
        """(batch, n) → the bands of a short signal, in any boundary mode."""
        raise NotImplementedError

    def whole_inverse(self, bands: Sequence[Array], samples: int) -> Array:
        """The inverse of `whole`."""
        raise NotImplementedError

    def gather(self, bands: Sequence[Array]) -> Array:
        """Bands (*batch, …, k) of a whole signal in one array, that of the transform's container."""
        return bands[0]

    def place(self, band: int, part: slice, counts: Sequence[int]) -> tuple[Any, ...]:
        """Index of a part of a band in the array of `gather`."""
        return (..., part)

    @abstractmethod
    def shape(self, batch: Shape, samples: int, is_real: bool) -> Shape:
        """Shape of the array of `gather`."""

    @abstractmethod
    def wrap(self, array: Array, shape: Shape, axis: int, is_real: bool, dtype: Any) -> Any:
        """The array of `gather` of a signal of this shape and dtype, in the transform's container."""


def no_stream(kind: Kind) -> InvalidInput:
    """The error for a boundary mode that joins both ends of the signal."""
    return InvalidInput(
        f"mode={kind.mode!r} needs the end of the signal at its start, or changes filters at the ends, which no "
        f"stream can: give one of {', '.join(kind.modes)}, or subband.blockwise for a "
        "signal that can be read anywhere"
    )
