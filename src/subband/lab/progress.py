"""What a person sees while the lab works: bars with time left on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Advance = Callable[[int, int], None]
"""Called with (done, total) while a stage works; the total may change."""


class Watcher(Protocol):
    """Somebody who is told how far the stages are."""

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Open a stage; call what it yields with (done, total)."""
        ...

    def say(self, line: str) -> None:
        """Write one line."""
        ...


class Silent:
    """Tells nobody: for Python callers and tests."""

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        yield lambda done, total: None

    def say(self, line: str) -> None:
        pass


class Lines:
    """One plain line when a stage ends: for log files and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        start = time.perf_counter()
        yield lambda done, total: None
        self.say(f"{title}: {time.perf_counter() - start:.1f} s")

    def say(self, line: str) -> None:
        print(line, file=self.stream, flush=True)


class Bars:
    """A bar per stage with count, time spent and time left: for terminals."""

    def __init__(self, stream: TextIO) -> None:
        self.console = Console(file=stream)

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        columns = (
            TextColumn("{task.description:<26}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task(title, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)

    def say(self, line: str) -> None:
        self.console.print(line, highlight=False, markup=False)


def watcher(stream: TextIO) -> Watcher:
    """Return bars if `stream` is a terminal, else plain lines."""
    return Bars(stream) if stream.isatty() else Lines(stream)
