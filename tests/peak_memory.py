"""Largest resident size of this process since a moment.

Not `ru_maxrss`: Linux hands that down to what a process starts, so that a child of a large one seems large, and
it never falls, so that nothing that is smaller than what came before can be seen.
"""

from collections.abc import Callable
from pathlib import Path


def restart() -> Callable[[], float]:
    """Forget the peak so far; returns a function of the megabytes that the peak has since risen by."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _megabytes("VmRSS")
    return lambda: _megabytes("VmHWM") - before


def _megabytes(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(field + ":"))
    return int(line.split()[1]) / 1024
