"""State of a run in progress."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from signal import SIGINT

from subband.data.history import CommonHistory
from subband.forensics import Study
from subband.lab.inputs import Source
from subband.lab.settings import LabSettings
from subband.runs.progress import Advance, Watcher


@dataclass(eq=False)
class Work:
    """State of a run, from which the report is made, also after Ctrl-C.

    Attributes:
        settings: Settings of the run.
        watcher: Receives the progress of stages.
        started: Start, in seconds since the epoch.
        sources: Finished sources by name.
        study: Results of the detectors.
        differs: Whether the classes were delivered in different compressions; None if that was not asked, since the
            images were generated here.
        history: Compression that all pictures took for the check on differently compressed classes; None if the
            classes are compressed alike, or were generated here.
        steps: Numbers of training steps of this run: family → "STEPS", "detectors" → "STEPSxBATCHxPARAMETERS".
        seconds: Wall-clock seconds of finished stages.
        now: Current stage.
        expected: Forecast of the run's seconds on this machine.
        interrupted: Stage that Ctrl-C ended.
        signal: Signal that ended it: SIGINT or SIGTERM.
    """

    settings: LabSettings
    watcher: Watcher
    started: float
    sources: dict[str, Source] = field(default_factory=dict)
    study: Study | None = None
    differs: bool | None = None
    history: CommonHistory | None = None
    steps: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    now: str = "the beginning"
    expected: float | None = None
    interrupted: str | None = None
    signal: int = SIGINT

    @property
    def real(self) -> Source:
        """The real images."""
        return self.sources["real"]

    @contextmanager
    def stage(self, title: str) -> Iterator[Advance]:
        """Context manager: report a stage to the watcher and record its wall-clock seconds, also after an error."""
        self.now, start = title, time.perf_counter()
        try:
            with self.watcher.stage(title) as advance:
                yield advance
        finally:
            self.seconds[title] = round(time.perf_counter() - start, 2)
