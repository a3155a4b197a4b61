"""Groups of statistics: those of one name and of the same scales."""

from collections.abc import Iterator

import numpy as np

from subband.transforms.scattering.statistics.summary import Entry


def group_of(entry: Entry) -> str:
    """The name of an entry's group: its statistic and its scales."""
    scales = ", ".join(str(j) for j in entry.scales)
    return f"{entry.statistic} ({scales})" if scales else entry.statistic


MIXTURE = ", mixture"
"""Between the name of a statistic and the number of the mixture of channels that it is of."""


def groups(index: tuple[Entry, ...], *, mixed: bool = False) -> Iterator[tuple[str, np.ndarray]]:
    """Name of each group and the places of its entries, in order of appearance.

    Args:
        index: The entries.
        mixed: Whether all mixtures of channels are in one group.
    """
    found: dict[str, list[int]] = {}
    for place, entry in enumerate(index):
        name = entry.statistic.partition(MIXTURE)[0] if mixed else entry.statistic
        found.setdefault(group_of(entry._replace(statistic=name)), []).append(place)
    for name, places in found.items():
        yield name, np.asarray(places)
