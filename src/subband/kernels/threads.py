"""Thread pool for compiled kernels that release the GIL: parallel loops over a batch.

Unlike the runtimes of parallelising compilers, a pool of Python threads survives a fork, is reentrant from
several threads, and adds no compile time to the kernels.
"""

import os
from collections import deque
from collections.abc import Callable
from itertools import pairwise
from numbers import Integral
from threading import Lock, Thread, get_ident
from typing import TYPE_CHECKING, TypeVar

from subband.errors import InvalidInput
from subband.runs.environment import cores, whole_number

if TYPE_CHECKING:
    from queue import SimpleQueue

T = TypeVar("T")
Kernel = Callable[[int, int], None]
Work = Callable[[], None]

WORTH_SHARING = 1 << 16
"""Minimal number of samples for parallel execution, whose overhead is about 20 µs."""

VARIABLE = "SUBBAND_THREADS"
"""The environment variable that says how many threads there are, unless `set_threads` does."""

CHUNKS = 4
"""Chunks per thread: few enough for negligible overhead, enough to balance the load of unequal cores."""


class _Pool:
    """Threads that wait for work, started when there is some, and anew after a fork.

    `concurrent.futures` does the same, but takes some 6 ms to import.
    """

    def __init__(self) -> None:
        self._count: int | None = None
        self._waiting: SimpleQueue[Work | None] | None = None
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
        self._waiting, self._lock = None, Lock()

    def resize(self, count: int) -> None:
        with self._lock:
            if self._waiting is not None:
                for _ in range(self.count - 1):
                    self._waiting.put(None)
            self._count, self._waiting = count, None

    def ask(self, work: Work, helpers: int) -> None:
        """Have `work` called by other threads; one that is busy calls it later."""
        with self._lock:
            if self._waiting is None:
                self._waiting = _queue()
                for k in range(self.count - 1):
                    Thread(target=_serve, args=(self._waiting,), name=f"subband-{k}", daemon=True).start()
            for _ in range(helpers):
                self._waiting.put(work)


def _queue() -> "SimpleQueue":
    from queue import SimpleQueue  # late: for large batches only

    return SimpleQueue()


def _serve(waiting: "SimpleQueue[Work | None]") -> None:
    while work := waiting.get():
        work()
        del work  # the arrays that it holds


_pool = _Pool()


def threads() -> int:
    """Number of threads of the compiled kernels.

    Raises:
        InvalidInput: $SUBBAND_THREADS, read once, at the first use, is not a whole number of 1 or more.
    """
    return _pool.count


def set_threads(count: int) -> None:
    """Set the number of threads of the compiled kernels; by default one per processor, or $SUBBAND_THREADS.

    Raises:
        InvalidInput: a count that is not a whole number of 1 or more.
    """
    if isinstance(count, bool) or not isinstance(count, Integral) or count < 1:
        raise InvalidInput(f"can't compute on {count!r} threads: give a whole number of 1 or more")
    _pool.resize(int(count))


def each(make: Callable[[], T]) -> Callable[[], T]:
    """Function that returns a per-thread object, created by `make` on the first call in each thread."""
    held: dict[int, T] = {}

    def own() -> T:
        me = get_ident()
        if me not in held:
            held[me] = make()
        return held[me]

    return own


def share(kernel: Kernel, items: int, samples: int) -> None:
    """Call kernel(start, stop) on a partition of 0 … items, in parallel for large batches.

    Args:
        kernel: Processes items start … stop − 1, without the GIL.
        items: Number of independent signals in the batch.
        samples: Total number of samples of the batch.
    """
    workers = min(_pool.count, items)
    if workers < 2 or samples < WORTH_SHARING:
        kernel(0, items)
        return
    chunks = min(items, CHUNKS * workers)
    edges = [items * chunk // chunks for chunk in range(chunks + 1)]
    # Dynamic scheduling: a core that is busy with other work delays one chunk at most.
    todo, done = deque(pairwise(edges)), _queue()
    errors: list[BaseException] = []

    def work() -> None:
        while todo:
            try:
                start, stop = todo.popleft()
            except IndexError:
                return
            try:
                if not errors:
                    kernel(start, stop)
            except BaseException as error:  # noqa: BLE001 - raised below, once no thread is at work any more
                errors.append(error)
            done.put(None)

    _pool.ask(work, workers - 1)
    work()
    for _ in range(chunks):
        done.get()
    if errors:
        raise errors[0]
