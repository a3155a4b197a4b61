"""How much statistics vary from one realisation to the next."""

from typing import TYPE_CHECKING

import numpy as np

from subband.errors import InvalidInput
from subband.synthesis.fields import periodic_component
from subband.synthesis.statistics.groups import MIXTURE, groups

if TYPE_CHECKING:
    from subband.synthesis.statistics.statistic import Statistics

LEAST, LEAST_OF_GROUP = 1e-3, 0.02
"""Least standard deviation, relative to the largest value of its group, and to the largest deviation in it."""
LEAST_OF_ALL = 1e-6
"""The same relative to all scales of a statistic, for bands without power of fields that were filtered."""


def standard_deviations(statistics: "Statistics", fields: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """(n, *field) → (K,); see `Statistics.scale`."""
    if len(fields) > 1:
        found = np.asarray(statistics(fields))
        spread = found.std(axis=0, ddof=1)
    else:
        found = np.asarray(statistics(windows(statistics, fields[0], draws, seed)))
        spread = found.std(axis=0, ddof=1) * 2 ** (-statistics.space / 2)
    size = np.abs(found).mean(axis=0)
    floor = np.empty_like(spread)
    for _, places in groups(statistics.index, mixed=True):
        floor[places] = max(LEAST_OF_GROUP * spread[places].max(), LEAST * size[places].max())
    names = np.array([entry.statistic.partition(MIXTURE)[0] for entry in statistics.index])
    for name in np.unique(names):
        same = names == name
        floor[same] = np.maximum(floor[same], LEAST_OF_ALL * floor[same].max())
    # A statistic that is 0 in all examples counts to a thousandth of the largest of the others' floors.
    nothing = LEAST * max(float(floor.max()), np.finfo(float).tiny)
    return np.maximum(spread, np.where(floor > 0, floor, nothing))


def windows(statistics: "Statistics", field: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """(draws, *channels, *half) windows of half the sides at random shifts of one field, made periodic.

    Where half the sides hold no largest wavelet, windows have the sides of the field less one eighth.
    """
    step = statistics.multiple

    def cut(n: int, share: float) -> int:
        return int(n * share) // step * step

    whole = field.shape[-statistics.space :]
    sides = tuple(cut(n, 1 / 2) for n in whole)
    if min(sides) < statistics.smallest:
        sides = tuple(max(cut(n, 7 / 8), min(n, statistics.smallest)) for n in whole)
    if draws < 2:
        raise InvalidInput(f"draws={draws}: a standard deviation takes 2 windows or more")
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(draws):
        corner = [rng.integers(0, n - side + 1) for n, side in zip(whole, sides, strict=True)]
        part = field[(..., *[slice(at, at + side) for at, side in zip(corner, sides, strict=True)])]
        made.append(periodic_component(part, statistics.space))
    return np.stack(made)
