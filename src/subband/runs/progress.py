"""Progress reports: bars with the remaining time on a terminal, plain lines elsewhere."""

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

_PAUSE = 15.0  # seconds between two lines


class Advance(Protocol):
    """Progress callback of a stage."""

    def __call__(self, done: float, total: float, now: str = "") -> None:
        """Report `done` of `total`, and the current step `now`."""
        ...


class Watcher(Protocol):
    """Progress display with stages."""

    def stage(self, title: str) -> AbstractContextManager[Advance]:
        """Context manager of a stage; yields its progress callback."""
        ...

    def say(self, line: str) -> None:
        """Print one line."""
        ...


class Silent:
    """Watcher without output."""

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Stage without output."""

        def advance(done: float, total: float, now: str = "") -> None:
            pass

        yield advance

    def say(self, line: str) -> None:
        """Discard the line."""


class Lines:
    """Watcher for log files and pipes: a line per step, and one per stage."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Print each new step, and at the end the time of the stage."""
        start, last = time.perf_counter(), ""

        def advance(done: float, total: float, now: str = "") -> None:
            nonlocal last
            if now and now != last:
                self.say(f"{title}: {now}")
            last = now

        yield advance
        self.say(f"{title}: done in {time.perf_counter() - start:.1f} s")

    def say(self, line: str) -> None:
        """Print one line, unbuffered."""
        print(one_line(line), file=self.stream, flush=True)


class Bars:
    """Watcher for terminals: a bar per stage with percentage, elapsed and remaining time."""

    def __init__(self, stream: TextIO) -> None:
        self.console = Console(file=stream)

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Show a bar, which remains after the stage."""
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
                description = one_line(f"{title}: {now}" if now else title)
                progress.update(task, completed=done, total=total, description=description)

            yield advance
            progress.update(task, description=title)

    def say(self, line: str) -> None:
        """Print one line above the bars."""
        self.console.print(one_line(line), highlight=False, markup=False, emoji=False)


def watcher(stream: TextIO) -> Watcher:
    """`Bars` if `stream` is a terminal, else `Lines`."""
    return Bars(stream) if stream.isatty() else Lines(stream)


def counted(advance: Advance, what: str) -> Callable[[int, int], None]:
    """Callback (done, total) that updates a stage: always on a terminal, else every 15 seconds.

    Args:
        advance: progress callback of a stage.
        what: the counted unit, e.g. "step".
    """
    start = last = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if sys.stderr.isatty():
            advance(done, total)
        elif done and (now - last >= _PAUSE or done == total):
            last = now
            left = clock((now - start) / done * (total - done))
            advance(done, total, f"{what} {done} of {total}, {left} left")

    return progress


def clock(seconds: float) -> str:
    """Seconds as h:mm:ss or m:ss.

    Example:
        >>> clock(123.4), clock(3723)
        ('2:03', '1:02:03')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
