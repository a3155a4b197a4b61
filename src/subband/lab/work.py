"""What a run has finished so far."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from signal import SIGINT

from subband.forensics import Study
from subband.lab.inputs import Source
from subband.lab.settings import LabSettings
from subband.runs.progress import Advance, Watcher


@dataclass(eq=False)
class Work:
    """The state of a run; when Ctrl-C comes, the report is made of this.

    Attributes:
        settings: what to do.
        watcher: told of stages.
        started: seconds since the epoch.
        sources: finished sources by name.
        study: finished detectors.
        seconds: wall-clock seconds of finished stages.
        now: the present stage.
        expected: seconds that the run would take on this machine, as the watcher was told before it trained.
        interrupted: the stage that Ctrl-C ended.
        signal: SIGINT, or SIGTERM if that ended it.
    """

    settings: LabSettings
    watcher: Watcher
    started: float
    sources: dict[str, Source] = field(default_factory=dict)
    study: Study | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    now: str = "the beginning"
    expected: float | None = None
    interrupted: str | None = None
    signal: int = SIGINT

    @property
    def real(self) -> Source:
        """The photographs."""
        return self.sources["real"]

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Show a stage to the watcher and keep its wall-clock seconds, also if it ends early."""
        self.now, start = title, time.perf_counter()
        try:
            with self.watcher.stage(title) as advance:
                yield advance
        finally:
            self.seconds[title] = round(time.perf_counter() - start, 2)
