"""A function of many items on several threads; results come in the order of the items, each as soon as it can."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Event, Lock, Semaphore, Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE = 1.0
"""Seconds that the end waits for threads; one that waits for an item, e.g. from a terminal, is left alone."""


def in_order(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """The results of `function`, up to `workers` at a time.

    The threads take the items themselves, so a result is given although the next item is still to come. They
    are at most `workers` + 2 items ahead of what was given.

    Args:
        function: of one item.
        items: taken by one thread at a time, as they are needed.
        workers: threads; with one, everything happens in the caller's.

    Raises:
        Exception: what `function` or `items` raise, at its place in the order; nothing comes after it.

    Example:
        >>> list(in_order(abs, [3, -1, -2], workers=2))
        [3, 1, 2]
    """
    if workers == 1:
        yield from map(function, items)
        return
    source, taking, over = iter(items), Lock(), Event()
    room = Semaphore(workers + 2)
    promised: SimpleQueue[Future[Result] | None] = SimpleQueue()

    def take() -> tuple[Item, Future[Result]] | None:
        with taking:
            if over.is_set():
                return None
            promise: Future[Result] = Future()
            try:
                item = next(source)
            except BaseException as error:  # noqa: BLE001 - it is raised where the results are read
                over.set()
                if not isinstance(error, StopIteration):
                    promise.set_exception(error)
                    promised.put(promise)
                promised.put(None)
                return None
            promised.put(promise)
            return item, promise

    def work() -> None:
        while room.acquire() and (taken := take()) is not None:
            item, promise = taken
            try:
                promise.set_result(function(item))
            except BaseException as error:  # noqa: BLE001 - as above
                promise.set_exception(error)

    threads = [Thread(target=work, name=f"subband-{k}", daemon=True) for k in range(workers)]
    for thread in threads:
        thread.start()
    try:
        while (promise := promised.get()) is not None:
            yield promise.result()
            room.release()
    finally:
        over.set()
        room.release(workers)
        for thread in threads:
            thread.join(PATIENCE)
