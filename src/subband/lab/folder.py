"""Run folders: written as a hidden folder, renamed when complete.

Finished models of a run that fails move to `NAME.unfinished`, where `subband detect` and `subband sample` can use
them: a run that fails late has trained for hours.
"""

import itertools
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from subband.errors import OutputError
from subband.runs.files import check_room, reason, settle
from subband.runs.lines import typed
from subband.runs.names import printable

MARK = "results.json"  # marks a finished run; only a folder with it, or an empty one, is replaced
ROOM = 16 * 2**20  # bytes of free space required at the start, enough for the report and models of most runs


@dataclass
class RunFolder:
    """A run in progress.

    Attributes:
        name: Name of the run.
        partial: Folder to write to.
        final: Folder of the complete run; set after the rename.
        finished: Files and folders in `partial`, relative paths, to keep if the run fails.
    """

    name: str
    partial: Path
    final: Path = field(default=Path())
    finished: list[str] = field(default_factory=list)


@contextmanager
def run_folder(out: Path, name: str | None, *, overwrite: bool = False) -> Iterator[RunFolder]:
    """Context manager: a new hidden folder in `out`, renamed to `out/name` if the block succeeds.

    If the block raises, existing runs stay unchanged, finished parts move to `out/name.unfinished` (named in a note
    of the exception), and the rest of the hidden folder is deleted. With `overwrite` an existing run is replaced
    only when the new one is complete.

    Args:
        out: Folder of the runs; created if missing.
        name: Name of the run; None takes the first free of lab-1, lab-2, …
        overwrite: Whether an existing run called `name` may be replaced.

    Raises:
        OutputError: the run exists, the folder is not a run, or `out` can't be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        name = name or _free_name(out)
        _check_target(out / name, overwrite)
        partial = _claim(out, name)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        why = "it is a file" if isinstance(error, FileExistsError | NotADirectoryError) else reason(error)
        raise OutputError(f"can't write runs into {printable(out)}: {why}; choose another --out") from error
    run = RunFolder(name, partial)
    try:
        check_room(partial, ROOM, "choose another --out")
        yield run
    except BaseException as error:
        kept = _keep(run, out)
        if kept is not None:
            error.add_note(_how_to_use(kept, run.finished))
        raise
    settle(partial, out / name, overwrite=overwrite)
    run.final = out / name


def _keep(run: RunFolder, out: Path) -> Path | None:
    """Move the finished parts of a failed run to a visible folder and delete the rest; None if there are none."""
    run.finished[:] = [part for part in run.finished if (run.partial / part).exists()]
    if not run.finished:
        shutil.rmtree(run.partial, ignore_errors=True)
        return None
    _remove_all_but(run.partial, run.finished)
    for k in itertools.count(1):
        kept = out / (f"{run.name}.unfinished" if k == 1 else f"{run.name}.unfinished-{k}")
        if not kept.exists():
            break
    try:
        return run.partial.rename(kept)
    except OSError:
        return run.partial


def _remove_all_but(folder: Path, finished: Iterable[str]) -> None:
    """Delete all unfinished files and folders below `folder`."""
    for path in folder.iterdir():
        if path.name in finished:
            continue
        below = [part.removeprefix(f"{path.name}/") for part in finished if part.startswith(f"{path.name}/")]
        if below:
            _remove_all_but(path, below)
        elif path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _how_to_use(kept: Path, finished: Sequence[str]) -> str:
    """Note for the exception: folder of the finished parts, and the commands that use them."""
    commands = []
    if "detector" in finished:
        commands.append(f"subband detect IMAGE --model {typed(kept)}")
    generators = [part for part in finished if part.startswith("generators/")]
    commands += [f"subband sample {typed(kept / part)}" for part in generators[:1]]
    use = f"; use with: {', or '.join(commands)}" if commands else ""
    return f"finished parts ({', '.join(finished)}) are kept in {printable(kept)}{use}"


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
        raise OutputError(
            f"{printable(target)} exists: choose another --name, or replace it with --overwrite"
        )
    if not target.is_dir() or (any(target.iterdir()) and not (target / MARK).is_file()):
        raise OutputError(
            f"{printable(target)} is not a run of the lab (it has no {MARK}): choose another --name"
        )


def _claim(out: Path, name: str) -> Path:
    """Create a hidden folder of a new name, so that concurrent runs of one name stay separate."""
    for k in itertools.count(1):
        partial = out / (f".{name}.partial" if k == 1 else f".{name}.partial-{k}")
        try:
            partial.mkdir()
        except FileExistsError:
            continue
        return partial
    raise AssertionError("unreachable")
