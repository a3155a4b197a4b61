"""Static description of a filtered leaky ReLU."""

from dataclasses import dataclass
from math import inf

import numpy as np

from subband.arrays.compilers import static
from subband.errors import InvalidInput

Filter = tuple[float, ...] | tuple[tuple[float, ...], ...]
"""Taps of a separable filter, or the rows of one that is not."""


@dataclass(frozen=True)
class ReluPlan:
    """y = down(f(up(x + bias))), with f(z) = gain · leaky_relu(z), clipped to ±clamp.

    Up: `up` − 1 zeros are put behind each sample of x + bias, zeros are padded (or samples cropped, where `pad`
    is negative), and z[n] = Σₜ up_filter[t] padded[n + t] where the filter lies inside. Down: y[o] = Σₜ
    down_filter[t] f(z)[down · o + t].

    Attributes:
        up_filter, down_filter: Taps, at least as many as the factor.
        up, down: Factors, of which the smaller divides the larger.
        pad: Zeros (top, bottom, left, right) on the fine grid.
        gain, slope, clamp: Of f; an infinite clamp is none.
    """

    up_filter: Filter
    down_filter: Filter
    up: int
    down: int
    pad: tuple[int, int, int, int]
    gain: float = 2**0.5
    slope: float = 0.2
    clamp: float = inf

    def __post_init__(self) -> None:
        least, most = sorted((self.up, self.down))
        if least < 1 or most % least:
            raise InvalidInput(
                f"can't rectify between up={self.up} and down={self.down}: one must divide the other"
            )
        if len(self.up_filter) < self.up or len(self.down_filter) < self.down:
            raise InvalidInput(
                f"up_filter and down_filter of {len(self.up_filter)} and {len(self.down_filter)} taps are "
                f"shorter than the factors {self.up} and {self.down}: give at least that many taps"
            )
        if not (self.gain > 0 and 0 <= self.slope <= 1 and self.clamp > 0):
            raise InvalidInput(
                f"gain={self.gain}, slope={self.slope}, clamp={self.clamp}: give a gain and a clamp above 0, and a "
                "slope from 0 to 1"
            )

    def fine(self, size: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of the fine grid, for images of this size.

        Raises:
            InvalidInput: if the down-sampling filter is longer than the fine grid.
        """
        rows, columns = (
            n * self.up + before + after - len(self.up_filter) + 1
            for n, before, after in zip(size, self.pad[::2], self.pad[1::2], strict=True)
        )
        if min(rows, columns) < len(self.down_filter):
            raise InvalidInput(
                f"a filter of {len(self.down_filter)} taps is longer than the {rows}×{columns} samples that "
                f"images of {size[0]}×{size[1]} are up-sampled to: give larger images, shorter filters or "
                "more padding"
            )
        return rows, columns

    def size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of the result, for images of this size."""
        rows, columns = self.fine(size)
        taps = len(self.down_filter)
        return (rows - taps) // self.down + 1, (columns - taps) // self.down + 1


def correlation_matrix(
    taps: tuple[float, ...], up: int, down: int, pad: int, inputs: int, outputs: int
) -> np.ndarray:
    """(outputs, inputs) matrix M[o, k] = taps[up · k + pad − down · o]: up, correlate, down."""
    return _matrix(taps, up, down, pad, inputs, outputs)


@static
def _matrix(taps: tuple[float, ...], up: int, down: int, pad: int, inputs: int, outputs: int) -> np.ndarray:
    tap = up * np.arange(inputs) + pad - down * np.arange(outputs)[:, None]
    inside = (tap >= 0) & (tap < len(taps))
    return np.where(inside, np.asarray(taps)[tap.clip(0, len(taps) - 1)], 0.0)
