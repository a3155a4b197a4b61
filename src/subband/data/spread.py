"""A limited number of items of many lists, taken from all of them as evenly as they allow."""

from typing import Generic, TypeVar

import numpy as np

Item = TypeVar("Item")


class Spread(Generic[Item]):
    """Lists that keep at most `limit` items together; the longest lists lose theirs first.

    Lists come one at a time, and how many there will be needs not be known: never are more than twice as
    many items kept.

    Attributes:
        lists: what is kept of each list that came.
        count: number of items in them.
        longest: number of items of the next list that may matter.
    """

    def __init__(self, limit: int | None, longest: int) -> None:
        self.lists: list[list[Item]] = []
        self.count = 0
        self.limit = limit
        self.longest = longest if limit is None else min(longest, limit)

    def add(self, items: list[Item]) -> None:
        """Take a list."""
        self.lists.append(items[: self.longest])
        self.count += len(self.lists[-1])
        if self.limit is not None and self.count >= 2 * self.limit:
            self.trim()

    def trim(self) -> None:
        """Cut the longest lists until no more than `limit` items are left; of equals the later ones first."""
        if self.limit is None or self.count <= self.limit:
            return
        sizes = np.bincount([len(items) for items in self.lists])
        at_least = sizes[::-1].cumsum()[::-1][1:]  # number of lists with at least 1, 2, … items
        held = at_least.cumsum()  # items together, if each list keeps at most 1, 2, …
        level = int((held <= self.limit).sum())
        spare = self.limit - int(held[level - 1] if level else 0)
        self.longest = level + (spare > 0)
        for items in self.lists:
            one_more = spare > 0 and len(items) > level
            del items[level + one_more :]
            spare -= one_more
        self.count = self.limit
