"""Progress of long work: bars with time left on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from subband.runs.lines import one_line

_PAUSE = 15.0  # seconds between two lines in a file


class Advance(Protocol):
    """Called while a stage works."""

    def __call__(self, done: float, total: float, now: str = "") -> None:
        """Say that `done` of `total` is done, and what is being done now."""
        ...


class Watcher(Protocol):
    """Somebody who is told how far the stages are."""

    def stage(self, title: str) -> AbstractContextManager[Advance]:
        """Open a stage; tell what it yields how far it is."""
        ...

    def say(self, line: str) -> None:
        """Write one line."""
        ...


class Silent:
    """Tells nobody: for Python callers and tests."""

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Open a stage that nobody sees."""

        def advance(done: float, total: float, now: str = "") -> None:
            pass

        yield advance

    def say(self, line: str) -> None:
        """Say nothing."""


class Lines:
    """Plain lines, one per stage and one per part of a stage: for log files and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Write what begins, part by part, and how long the stage took."""
        start, last = time.perf_counter(), ""

        def advance(done: float, total: float, now: str = "") -> None:
            nonlocal last
            if now and now != last:
                self.say(f"{title}: {now}")
            last = now

        yield advance
        self.say(f"{title}: done in {time.perf_counter() - start:.1f} s")

    def say(self, line: str) -> None:
        """Write one line at once."""
        print(one_line(line), file=self.stream, flush=True)


class Bars:
    """A bar per stage with share done, time spent and time left: for terminals."""

    def __init__(self, stream: TextIO) -> None:
        self.console = Console(file=stream)

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Show a bar that stays when the stage ends."""
        columns = (
            TextColumn("{task.description:<38}", markup=False),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task(title, total=None)

            def advance(done: float, total: float, now: str = "") -> None:
                named = one_line(f"{title}: {now}" if now else title)
                progress.update(task, completed=done, total=total, description=named)

            yield advance
            progress.update(task, description=title)

    def say(self, line: str) -> None:
        """Write one line above the bars."""
        self.console.print(one_line(line), highlight=False, markup=False, emoji=False)


def watcher(stream: TextIO) -> Watcher:
    """Return bars if `stream` is a terminal, else plain lines."""
    return Bars(stream) if stream.isatty() else Lines(stream)


def counted(advance: Advance, what: str) -> Callable[[int, int], None]:
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
