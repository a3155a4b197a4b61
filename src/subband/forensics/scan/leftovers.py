"""Temporary folders that are named after their process, so that those of killed processes can be removed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from subband.runs.files import is_running

PREFIX = "sb-scan-"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Context manager: a temporary folder with a short path; those of killed scans are removed first."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        process = folder.name.removeprefix(PREFIX).partition("-")[0]
        if process.isdecimal() and not is_running(int(process)):
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
