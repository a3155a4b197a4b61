"""Handling of SIGINT and SIGTERM between training steps."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from subband.runs.interrupt import interruption


class Stop:
    """Flag that is set by the first SIGINT or SIGTERM.

    Attributes:
        asked: whether a signal has come.
        signal: which one.
    """

    asked = False
    signal: int = signal.SIGINT


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
            raise interruption(number)
        stop.asked, stop.signal = True, number

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
