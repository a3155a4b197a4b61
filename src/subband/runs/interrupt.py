"""SIGTERM as an exception, so that partial files are removed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM: handled like Ctrl-C, with another exit status."""


def interruption(number: int) -> KeyboardInterrupt:
    """The exception for a signal number: `Terminated` for SIGTERM, else KeyboardInterrupt."""
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()


@contextmanager
def terminable() -> Iterator[None]:
    """Context manager: SIGTERM raises `Terminated` in the block.

    It has no effect outside the main thread (Python delivers signals there only), or if SIGTERM has a handler
    already.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
