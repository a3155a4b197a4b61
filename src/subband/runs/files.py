"""Files and folders that are written whole or not at all.

Content is written under a hidden name beside its own, `.NAME.PID.partial`, and renamed when it is complete. Where
the writing ends early, by an error, Ctrl-C or SIGTERM, the hidden file is removed; one that a killed process left
is removed by the next writing of the same name.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from subband.errors import OutputError
from subband.runs.json_text import json_text
from subband.runs.names import printable

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your quota of the disk is used up; free some space",
    errno.EFBIG: "the file is larger than is allowed here; choose another place",
    errno.EACCES: "permission denied; choose another place",
    errno.EPERM: "permission denied; choose another place",
    errno.EROFS: "it can only be read; choose another place",
    errno.EISDIR: "it is a folder; choose another name",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file at once or not at all.

    Raises:
        OutputError: it can't be written.
    """
    write_bytes(path, f"{json_text(content)}\n".encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file at once or not at all.

    Raises:
        OutputError: it can't be written.
    """
    with replacing(path) as partial:
        partial.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the name under which to write a file that takes the place of `path` when the block ends well.

    The content is on the disk before it gets its name, so after a power cut there is the old file or the new one.
    When the block raises, `path` is as before.

    Args:
        path: of the file; folders above it are made.

    Raises:
        OutputError: the block or the renaming raised an OSError.
    """
    partial = _partial(path)
    with _told(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _remove_left(path)
            yield partial
            _flush(partial)
            os.replace(partial, path)
            _flush(path.parent)
        except BaseException:
            _remove(partial)
            raise


@contextmanager
def replacing_folder(folder: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a new hidden folder that takes the place of `folder` when the block ends well.

    When the block raises, the hidden folder is removed and `folder` is as before.

    Args:
        folder: absent or empty, unless `overwrite`.
        overwrite: whether a folder that is not empty is removed, once the new one is complete.

    Raises:
        OutputError: the block raised an OSError, or the complete folder can't be moved, and is kept where it is.
    """
    partial = _partial(folder)
    with _told(folder):
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            _remove_left(folder)
            _remove(partial)
            partial.mkdir()
            yield partial
        except BaseException:
            _remove(partial)
            raise
    settle(partial, folder, overwrite=overwrite)


def settle(partial: Path, target: Path, *, overwrite: bool = False) -> None:
    """Rename a complete folder; what was in its place is set aside first and removed last.

    Raises:
        OutputError: the place is taken, or the folder can't be renamed; both folders are kept.
    """
    aside = target.with_name(f".{target.name}.replaced")
    try:
        if overwrite and target.exists():
            _remove(aside)
            target.rename(aside)
        if target.exists() and any(target.iterdir()):
            raise FileExistsError(errno.EEXIST, f"{target} exists")
        partial.rename(target)
    except OSError as error:
        if aside.exists() and not target.exists():
            with suppress(OSError):
                aside.rename(target)
        earlier = f", and what was there before in {aside}" if aside.exists() else ""
        raise OutputError(
            f"could not move what is finished to {target}: {error}; it is complete in {partial}{earlier}"
        ) from error
    _remove(aside)


def check_folder(folder: Path, advice: str = "choose another place") -> None:
    """Raise OutputError, ending in `advice`, if files can't be written into a folder; changes nothing.

    The folder need not exist: then the nearest one above it counts.
    """
    for place in (folder, *folder.absolute().parents):
        if place.is_dir():
            if not os.access(place, os.W_OK | os.X_OK):
                raise OutputError(f"can't write into {folder}: permission denied; {advice}")
            return
        if place.exists() or place.is_symlink():
            raise OutputError(f"can't write into {folder}: {place} is a file, no folder; {advice}")


def check_room(folder: Path, size: int, advice: str = "choose another place") -> None:
    """Raise OutputError, ending in `advice`, if so many bytes can't be written into a folder, made if missing.

    For before long work: quotas and full disks are known only to who writes.
    """
    probe = folder / f".room.{os.getpid()}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with probe.open("wb") as file:
                file.write(bytes(size))
                file.flush()
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"can't write into {printable(folder)}: {reason(error)}, or {advice}") from error


def reason(error: OSError) -> str:
    """Why a file can't be written and what to do about it."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn an OSError into one line that names the file."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        check_folder(path.parent)  # a file above it is named better than by errno
        raise OutputError(f"can't write {path}: {reason(error)}") from error


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


def _remove_left(path: Path) -> None:
    """Remove what processes that are no more left half written under names for `path`."""
    head, tail = f".{path.name}.", ".partial"
    for left in path.parent.iterdir():
        process = left.name.removeprefix(head).removesuffix(tail)
        if left.name == f"{head}{process}{tail}" and process.isdecimal() and not _runs(int(process)):
            _remove(left)


def _runs(process: int) -> bool:
    """Whether there is such a process. Where it can't be asked without harm, it counts as running."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _remove(path: Path) -> None:
    """Remove a file or a folder of our own, if it is there; what can't be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Bring a file or the names in a folder to the disk; a folder can't be opened on every system."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
