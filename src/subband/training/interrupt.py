"""Handling of SIGINT and SIGTERM between training steps."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Flag that is set by the first SIGINT or SIGTERM.

    Attributes:
        asked: whether a signal has come.
    """

    asked = False


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Context manager: the first SIGINT or SIGTERM sets `Stop.asked`, the next raises KeyboardInterrupt.

    An exception during an update would leave weights partially updated, and such a state must never be saved.
    Outside the main thread, where Python can't handle signals, it does nothing.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            signal.default_int_handler(number, frame)
        stop.asked = True

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
