"""Share a batch among threads, for compiled kernels that release the interpreter's lock.

A pool of plain threads, unlike the runtimes of parallel compilers, survives a fork, can be entered from many
threads at once, and adds nothing to a kernel's compile time.
"""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from numbers import Integral
from threading import Lock, get_ident
from typing import TypeVar

from subband.errors import InvalidInput
from subband.runs.environment import cores, whole_number

T = TypeVar("T")
Kernel = Callable[[int, int], None]

WORTH_SHARING = 1 << 16
"""Samples below which handing out work costs more than it saves (some 20 µs)."""

VARIABLE = "SUBBAND_THREADS"
"""The environment variable that says how many threads there are, unless `set_threads` does."""

CHUNKS = 4
"""Ranges that each thread is meant to take: few enough to cost nothing, enough to even out unequal cores."""


class _Pool:
    """The threads, made when first needed and made again after a fork."""

    def __init__(self) -> None:
        self._count: int | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._lock = Lock()
        if hasattr(os, "register_at_fork"):  # Windows has no fork
            os.register_at_fork(after_in_child=self.forget)

    @property
    def count(self) -> int:
        """Threads, read from the environment when first asked for, so that importing never fails."""
        if self._count is None:
            self._count = whole_number(VARIABLE) or cores()
        return self._count

    def forget(self) -> None:
        self._executor, self._lock = None, Lock()

    def resize(self, count: int) -> None:
        with self._lock:
            self._count, self._executor = count, None

    def executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(max(1, self.count - 1), thread_name_prefix="subband")
            return self._executor


_pool = _Pool()


def threads() -> int:
    """How many threads the compiled kernels use.

    Raises:
        InvalidInput: if $SUBBAND_THREADS is no whole number of 1 or more. It is read once, at the first use.
    """
    return _pool.count


def set_threads(count: int) -> None:
    """Use `count` threads in the compiled kernels; by default one for each processor, or $SUBBAND_THREADS.

    Raises:
        InvalidInput: for anything but a whole number of 1 or more.
    """
    if isinstance(count, bool) or not isinstance(count, Integral) or count < 1:
        raise InvalidInput(f"can't compute on {count!r} threads: give a whole number of 1 or more")
    _pool.resize(int(count))


def each(make: Callable[[], T]) -> Callable[[], T]:
    """A function that gives every thread an object of its own, made when the thread first asks."""
    held: dict[int, T] = {}

    def own() -> T:
        me = get_ident()
        if me not in held:
            held[me] = make()
        return held[me]

    return own


def share(kernel: Kernel, items: int, samples: int) -> None:
    """Call kernel(start, stop) on ranges that together cover 0 … items, in parallel where it pays.

    Args:
        kernel: Works on items start … stop − 1, without the interpreter's lock.
        items: Independent signals of a batch.
        samples: Samples of all of them together.
    """
    workers = min(_pool.count, items)
    if workers < 2 or samples < WORTH_SHARING:
        kernel(0, items)
        return
    chunks = min(items, CHUNKS * workers)
    edges = [items * chunk // chunks for chunk in range(chunks + 1)]
    # Whoever is free takes the next, so that a core that something else keeps busy holds up one chunk and no more.
    todo = deque(pairwise(edges))

    def work() -> None:
        while todo:
            try:
                start, stop = todo.popleft()
            except IndexError:
                return
            kernel(start, stop)

    executor = _pool.executor()
    helpers = [executor.submit(work) for _ in range(workers - 1)]
    work()
    for helper in helpers:
        # One that has not begun has nothing left to do.
        if not helper.cancel():
            helper.result()
