"""Static description of an undecimated filter bank over the last axes of an array."""

from dataclasses import dataclass

from subband.arrays.compilers import static
from subband.kernels.filterbank.plan import Taps


@dataclass(frozen=True)
class DilatedPlan:
    """Circular filters, dilated by 2^(first + level).

    Attributes:
        filters: Low- and high-pass taps of each axis.
        centres: The tap of each axis that reads the sample itself.
        size: Samples along each axis.
        levels: Number of levels.
        gain: Factor of all taps.
        first: log₂ of the dilation at the finest level.
    """

    filters: tuple[tuple[Taps, Taps], ...]
    centres: tuple[int, ...]
    size: tuple[int, ...]
    levels: int
    gain: float
    first: int = 0

    def weights(self, level: int, axis: int) -> tuple[tuple[int, float, float], ...]:
        """(offset, weight in the low band, weight in the high band) of each sample that the filters read."""
        step, centre, size = 2 ** (self.first + level), self.centres[axis], self.size[axis]
        low, high = (dict(periodised(taps, step, centre, size)) for taps in self.filters[axis])
        return tuple((offset, self.gain * low[offset], self.gain * high[offset]) for offset in low)


@static
def periodised(taps: Taps, step: int, centre: int, size: int) -> tuple[tuple[int, float], ...]:
    """(offset, weight) of a filter dilated by `step` on a circle of `size`; taps at equal offsets are summed."""
    weights: dict[int, float] = {}
    for j, tap in enumerate(taps):
        offset = step * (centre - j) % size
        weights[offset] = weights.get(offset, 0.0) + tap
    return tuple(weights.items())
