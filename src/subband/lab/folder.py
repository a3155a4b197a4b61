"""Run folders: written beside their place, moved there when complete, never lost."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from subband.errors import OutputError
from subband.runs.files import settle

MARK = "results.json"  # every finished run has it; only a folder that has it is ever replaced


@dataclass
class RunFolder:
    """A run that is being written: files go to `partial`; `final` is where they end up, once it is known."""

    name: str
    partial: Path
    final: Path = field(default=Path())


@contextmanager
def run_folder(out: Path, name: str | None, *, overwrite: bool = False) -> Iterator[RunFolder]:
    """Yield a fresh hidden folder in `out` and rename it to `out/name` when the block ends well.

    When the block raises, the hidden folder is deleted and everything that was in `out` is as before. With
    `overwrite` an earlier run is set aside only after the new one is complete, and deleted last.

    Args:
        out: folder of all runs; made if missing.
        name: name of the run; None takes the first free of lab-1, lab-2, …
        overwrite: whether an existing run called `name` may be replaced.

    Raises:
        OutputError: the run exists, the folder is not a run, or `out` cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        name = name or _free_name(out)
        _check_target(out / name, overwrite)
        partial = _claim(out, name)
    except (FileExistsError, NotADirectoryError, PermissionError, FileNotFoundError) as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"can't write runs into {out}: {error.strerror}; choose another --out") from error
    run = RunFolder(name, partial)
    try:
        yield run
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    settle(partial, out / name, overwrite=overwrite)
    run.final = out / name


def _free_name(out: Path) -> str:
    return next(
        name
        for k in itertools.count(1)
        if not (out / (name := f"lab-{k}")).exists() and not any(out.glob(f".{name}.partial*"))
    )


def _check_target(target: Path, overwrite: bool) -> None:
    if not target.exists():
        return
    if not overwrite:
        raise OutputError(f"{target} exists: use --name with another name, or --overwrite to replace it")
    if not target.is_dir() or (any(target.iterdir()) and not (target / MARK).is_file()):
        raise OutputError(
            f"{target} is not a run of the lab (it has no {MARK}), so it is kept: use another --name"
        )


def _claim(out: Path, name: str) -> Path:
    """Make a hidden folder that nobody else has: two runs of one name at a time don't meet."""
    for k in itertools.count(1):
        partial = out / (f".{name}.partial" if k == 1 else f".{name}.partial-{k}")
        try:
            partial.mkdir()
        except FileExistsError:
            continue
        return partial
    raise AssertionError("unreachable")
