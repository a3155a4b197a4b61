"""Balanced sampling of a limited number of items from many lists."""

from typing import Generic, TypeVar

import numpy as np

Item = TypeVar("Item")


class Spread(Generic[Item]):
    """Lists with at most `limit` items in total; the longest lists are truncated first.

    Lists are added one at a time; their number need not be known. After each `add` fewer than
    twice `limit` items are kept.

    Attributes:
        lists: kept items of each list.
        count: total number of kept items.
        longest: number of items that the next list can contribute at most.

    Example:
        >>> kept = Spread(3, 10)
        >>> kept.add([1, 2, 3, 4])
        >>> kept.add([5])
        >>> kept.trim()
        >>> kept.lists
        [[1, 2], [5]]
    """

    def __init__(self, limit: int | None, longest: int) -> None:
        self.lists: list[list[Item]] = []
        self.count = 0
        self.limit = limit
        self.longest = longest if limit is None else min(longest, limit)

    def add(self, items: list[Item]) -> None:
        """Add a list."""
        self.lists.append(items[: self.longest])
        self.count += len(self.lists[-1])
        if self.limit is not None and self.count >= 2 * self.limit:
            self.trim()

    def trim(self) -> None:
        """Truncate the longest lists (of equal ones the later) until at most `limit` items remain."""
        if self.limit is None or self.count <= self.limit:
            return
        sizes = np.bincount([len(items) for items in self.lists])
        at_least = sizes[::-1].cumsum()[::-1][1:]  # number of lists with at least 1, 2, … items
        held = at_least.cumsum()  # total if each list keeps at most 1, 2, … items
        level = int((held <= self.limit).sum())
        spare = self.limit - int(held[level - 1] if level else 0)
        self.longest = level + (spare > 0)
        for items in self.lists:
            one_more = spare > 0 and len(items) > level
            del items[level + one_more :]
            spare -= one_more
        self.count = self.limit
