"""Run folders: written beside their place, moved there when complete, never lost.

A run that fails late has trained for hours. What it finished until then moves to `NAME.unfinished`, where
`subband detect` and `subband sample` use it like that of any run.
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

MARK = "results.json"  # every finished run has it; only a folder that has it is ever replaced
ROOM = 16 * 2**20  # bytes that must be free when a run begins: more than the reports and models of most


@dataclass
class RunFolder:
    """A run that is being written: files go to `partial`; `final` is where they end up, once it is known.

    `finished` names what is in `partial` and of use also if the run fails later: files and folders of it.
    """

    name: str
    partial: Path
    final: Path = field(default=Path())
    finished: list[str] = field(default_factory=list)


@contextmanager
def run_folder(out: Path, name: str | None, *, overwrite: bool = False) -> Iterator[RunFolder]:
    """Yield a fresh hidden folder in `out` and rename it to `out/name` when the block ends well.

    When the block raises, everything that was in `out` is as before. What the run had finished moves to
    `out/name.unfinished`, which a note of the exception says; the rest of the hidden folder is deleted. With
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
    """Move what a failed run had finished to a visible folder, delete the rest; return the folder, if any."""
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
    """Delete what is half written; a folder that holds something finished stays with that alone."""
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
    """Say where finished work is and what to type to use it."""
    words = []
    if "detector" in finished:
        words.append(f"subband detect IMAGE --model {typed(kept)}")
    generators = [part for part in finished if part.startswith("generators/")]
    words += [f"subband sample {typed(kept / part)}" for part in generators[:1]]
    use = f"; use it with: {', or '.join(words)}" if words else ""
    return f"what was finished ({', '.join(finished)}) is kept in {printable(kept)}{use}"


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
            f"{printable(target)} exists: use --name with another name, or --overwrite to replace it"
        )
    if not target.is_dir() or (any(target.iterdir()) and not (target / MARK).is_file()):
        raise OutputError(
            f"{printable(target)} is not a run of the lab (it has no {MARK}), so it is kept: use another --name"
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
