"""What is kept between calls: tables that were made once, the oldest given up where they take too much memory.

All large tables together have one budget in bytes, for which they compete: filters of the lengths, sizes and
transforms that were used last. What alone exceeds the budget is made anew each time.

One more piece of memory, at most as large as that budget, stays for what a forward pass hands to its backward
pass: a system takes as long to give fresh memory as to fill it.
"""

import math
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import numpy as np

from subband.errors import InvalidInput

F = TypeVar("F", bound=Callable)

DEFAULT_BUDGET = 256 << 20
BOXED = 40
"""Bytes of a number in a tuple: a pointer and an object."""
FEW = 64
"""Numbers of a tuple that is not counted."""
PLAIN = {int, float, bool, str, type(None)}
"""Types of which most parts of a plan are, and which are not counted."""


class CacheInfo(NamedTuple):
    """What the caches hold.

    Attributes:
        bytes: Memory of all tables that are kept, and of the piece that `lent` keeps.
        tables: How many there are.
        budget: Bytes that they may take together.
    """

    bytes: int
    tables: int
    budget: int


class _Store:
    """Results by function and arguments, those used last at the end; arrays that several hold count once."""

    def __init__(self) -> None:
        self.budget = DEFAULT_BUDGET
        self.held: OrderedDict[Hashable, tuple[Any, dict[int, int]]] = OrderedDict()
        self.owners: dict[int, int] = {}
        self.bytes = 0
        self.spare: np.ndarray | None = None
        self.lock = Lock()
        if hasattr(os, "register_at_fork"):  # Windows has no fork
            os.register_at_fork(after_in_child=self._unlock)

    def _unlock(self) -> None:
        self.lock = Lock()

    def find(self, key: Hashable) -> Any:
        """The tuple of one result, or None."""
        with self.lock:
            entry = self.held.get(key)
            if entry is None:
                return None
            self.held.move_to_end(key)
            return entry[0]

    def keep(self, key: Hashable, value: Any) -> Any:
        """The value, or that which another thread kept in the meantime."""
        sizes = _sizes((key, value))
        with self.lock:
            if key in self.held:
                return self.held[key][0][0]
            if sum(sizes.values()) > self.budget:
                return value
            self.held[key] = ((value,), sizes)
            for owner, size in sizes.items():
                self.bytes += 0 if owner in self.owners else size
                self.owners[owner] = self.owners.get(owner, 0) + 1
            self._shrink(self.budget)
        return value

    def lend(self, size: int) -> np.ndarray:
        """Bytes without values: those that stay, if nobody uses them and they are enough, but not far too many."""
        if size == 0:
            return np.empty(0, np.uint8)
        with self.lock:
            spare, self.spare = self.spare, None
            # All views of an array refer to it: here are one reference of ours and one of the count's.
            if spare is None or sys.getrefcount(spare) > 2 or not size <= spare.nbytes <= 4 * size:
                spare = np.empty(size, np.uint8)
            if spare.nbytes <= self.budget:
                self.spare = spare
            return spare[:size]

    def shrink(self, most: int) -> None:
        with self.lock:
            self._shrink(most)
            if self.spare is not None and self.spare.nbytes > most:
                self.spare = None

    def _shrink(self, most: int) -> None:
        while self.held and (self.bytes > most or most == 0):
            _, (_, sizes) = self.held.popitem(last=False)
            for owner, size in sizes.items():
                self.owners[owner] -= 1
                if not self.owners[owner]:
                    del self.owners[owner]
                    self.bytes -= size


_store = _Store()
_small: list[Callable[[], None]] = []


def within_budget(f: F) -> F:
    """Keep the results of a function, by arguments that can be hashed, as long as there is room for them.

    Results are shared between callers and threads, so nobody may write to them.
    """

    @wraps(f)
    def call(*args: Any) -> Any:
        key = (call, args)
        found = _store.find(key)
        return found[0] if found is not None else _store.keep(key, f(*args))

    return call  # pyright: ignore[reportReturnType]


def by_count(f: F, most: int) -> F:
    """Keep the last results of a function that are small, whatever they hold."""
    cached = lru_cache(maxsize=most)(f)
    _small.append(cached.cache_clear)
    return cached  # pyright: ignore[reportReturnType]


def lent(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array without values in memory that the next caller gets when the array and all its views are gone."""
    return _store.lend(math.prod(shape) * dtype.itemsize).view(dtype).reshape(shape)


def room() -> int:
    """Bytes of memory that `lent` keeps, at most."""
    return _store.budget


def clear_caches() -> None:
    """Give back the memory of all tables that are kept between calls.

    Filters for each length and size of signal are made when it first comes, and kept for the next one. Programs
    that PyTorch or JAX compiled keep those that they use.
    """
    _store.shrink(0)
    for clear in _small:
        clear()


def cache_info() -> CacheInfo:
    """How much memory the tables take that are kept between calls, and how much they may."""
    with _store.lock:
        spare = 0 if _store.spare is None else _store.spare.nbytes
        return CacheInfo(_store.bytes + spare, len(_store.held), _store.budget)


def set_cache_budget(size: int) -> None:
    """Keep tables of up to so many bytes between calls, 256 MiB by default.

    The tables of one transform that exceed this are made anew at each call; a larger budget spares that.

    Raises:
        InvalidInput: a negative number.
    """
    if size < 0:
        raise InvalidInput(f"can't keep tables of {size} bytes: give 0 or more, e.g. 1 << 30 for 1 GiB")
    _store.budget = int(size)
    _store.shrink(_store.budget)


def _sizes(value: Any) -> dict[int, int]:
    """Identity → bytes of each array and long tuple of numbers within a value."""
    sizes, left = {}, [value]
    while left:
        value = left.pop()
        if type(value) in PLAIN:
            continue
        if isinstance(value, np.ndarray):
            while isinstance(value.base, np.ndarray):
                value = value.base
            sizes[id(value)] = value.nbytes
        elif isinstance(value, tuple | list) and value and isinstance(value[0], int | float):
            if len(value) > FEW:
                sizes[id(value)] = BOXED * len(value)
        elif isinstance(value, tuple | list):
            left.extend(value)
        elif isinstance(value, dict):
            left.extend(value.values())
        else:
            left.extend(
                getattr(value, name, None) for name in getattr(type(value), "__dataclass_fields__", ())
            )
    return sizes
