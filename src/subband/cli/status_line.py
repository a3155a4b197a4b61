"""Progress of a long list on stderr: one line that is rewritten on a terminal, else a line every 15 seconds."""

import sys
import time

_PAUSE = 15.0
_ERASE = "\r\x1b[K"


class StatusLine:
    """Progress of a list; silent for a single item.

    Args:
        total: number of items; None if unknown.
        what: the unit.
    """

    def __init__(self, total: int | None, what: str = "images") -> None:
        self.total, self.what = total, what
        self.start = self.last = time.monotonic()
        self.drawn = False

    def step(self, done: int) -> None:
        """Say that `done` items are done."""
        if self.total is not None and (self.total < 2 or done >= self.total):
            return
        now = time.monotonic()
        stream = sys.stderr
        if stream is None:  # a program without a console
            return
        terminal = stream.isatty()
        if now - self.last < (0.2 if terminal else _PAUSE):
            return
        self.last = now
        text = self._text(done, now - self.start)
        if terminal:
            stream.write(_ERASE + text)
            stream.flush()
            self.drawn = True
        else:
            print(f"subband: {text}", file=stream, flush=True)

    def clear(self) -> None:
        """Remove the line from a terminal, before something else is printed."""
        if self.drawn:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
            self.drawn = False

    def _text(self, done: int, seconds: float) -> str:
        if self.total is None:
            return f"{done} {self.what}, {done / max(seconds, 1e-9):.1f} a second"
        left = seconds / max(done, 1) * (self.total - done)
        minutes, rest = divmod(round(left), 60)
        return f"{done} of {self.total} {self.what}, {minutes}:{rest:02d} left"
