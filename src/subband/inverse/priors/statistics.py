"""Statistics of an image as a vector, for priors that match them."""

from collections.abc import Callable
from typing import Any

from subband.arrays.arguments import shown
from subband.errors import InvalidInput
from subband.transforms.scattering import Scattering, SummaryStatistics

Statistics = Callable[[Any], Any]
"""Images (*batch, rows, columns) → `ScatteringCoefficients`, `SummaryStatistics`, or a real array."""


def check_statistics(statistics: Any) -> None:
    """Raise InvalidInput unless the statistics can be called, and a scattering has one array of averages."""
    if not callable(statistics):
        raise InvalidInput(f"statistics={shown(statistics)}: give e.g. sb.Scattering(ndim=2, J=3, L=8)")
    if isinstance(statistics, Scattering) and statistics.average is False:
        raise InvalidInput(
            "a scattering without average has arrays of different sizes: give average=True or 'global'"
        )


def values_of(statistics: Statistics, x: Any) -> Any:
    """The statistics as one real array."""
    found = statistics(x)
    if isinstance(found, SummaryStatistics):
        return found.real_vector()
    return getattr(found, "array", found)


def check_size(statistics: Any, shape: tuple[int, ...]) -> None:
    """Raise InvalidInput for images that are smaller than the largest wavelet."""
    scale = getattr(statistics, "J", None)
    if (
        isinstance(statistics, Scattering)
        and isinstance(scale, int)
        and min(shape[-statistics.ndim :]) < 2**scale
    ):
        raise InvalidInput(
            f"images of {shape} are smaller than the largest wavelet, {2**scale} samples: give statistics with "
            f"J ≤ {min(shape[-statistics.ndim :]).bit_length() - 1}"
        )
