"""Progress of long work, with the time that is left."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subband.lab.progress import Advance

_PAUSE = 15.0  # seconds between two lines in a file


def counted(advance: "Advance", what: str) -> Callable[[int, int], None]:
    """A listener for (done, in all): a bar where stderr is a terminal, else a line now and then.

    Args:
        advance: of a stage of a watcher.
        what: is counted, e.g. "step".
    """
    start = last = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if sys.stderr.isatty():
            advance(done, total)
        elif now - last >= _PAUSE or done == total:
            last = now
            left = clock((now - start) / done * (total - done))
            advance(done, total, f"{what} {done} of {total}, {left} left")

    return progress


def clock(seconds: float) -> str:
    """1:02:03 or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
