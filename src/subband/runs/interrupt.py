"""SIGTERM outside of the training loop: an exception, so that whatever is half written is cleaned up."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM: it ends what Ctrl-C ends, with another exit status."""


def interruption(number: int) -> KeyboardInterrupt:
    """The exception of a signal that ended some work early."""
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM raise `Terminated` in this block.

    Outside the main thread, where Python knows no signals, and where somebody else handles SIGTERM already, nothing
    changes.
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
