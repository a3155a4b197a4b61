"""Images to learn from: equal squares in one array, with their classes where the source names them."""

from dataclasses import dataclass

import numpy as np

from subband.errors import InvalidInput


@dataclass(frozen=True, eq=False)
class Examples:
    """Training images.

    Attributes:
        pixels: uint8, shape (N, size, size, C), C = 1 (grey) or 3 (RGB).
        labels: int64, shape (N,), index into `classes`; None where the source names no classes.
        classes: their names.

    Raises:
        InvalidInput: if types or shapes are others, or a label names no class.
    """

    pixels: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 4 or shape[3] not in (1, 3) or shape[1] != shape[2]:
            raise InvalidInput(
                f"examples are uint8 (N, size, size, 1 or 3), not {self.pixels.dtype} of shape {shape}"
            )
        if (self.labels is None) != (not self.classes):
            raise InvalidInput("labels and the names of their classes come together or not at all")
        if self.labels is not None and (
            self.labels.shape != shape[:1]
            or self.labels.dtype != np.int64
            or (len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.classes))
        ):
            raise InvalidInput(
                f"labels are int64 ({shape[0]},) below {len(self.classes)}, one for each image"
            )

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def size(self) -> int:
        """Height and width."""
        return self.pixels.shape[1]

    @property
    def channels(self) -> int:
        """1 for grey, 3 for RGB."""
        return self.pixels.shape[3]

    def take(self, index: np.ndarray | slice) -> "Examples":
        """Some of them, in the order of `index`."""
        labels = None if self.labels is None else self.labels[index]
        return Examples(self.pixels[index], labels, self.classes)
