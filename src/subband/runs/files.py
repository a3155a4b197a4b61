"""Atomic writes of files and folders.

Content is written to a hidden temporary name in the same folder, `.NAME.PID.partial`, and renamed when
complete. After an error, Ctrl-C or SIGTERM the temporary file is removed; that of a killed process is removed
by the next write to the same name.
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
    errno.EDQUOT: "the disk quota is exceeded; free some space",
    errno.EFBIG: "the file exceeds the size limit here; choose another path",
    errno.EACCES: "permission denied; choose another path",
    errno.EPERM: "permission denied; choose another path",
    errno.EROFS: "the file system is read-only; choose another path",
    errno.EISDIR: "it is a folder; choose another name",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file atomically.

    Raises:
        OutputError: the file can't be written.
    """
    write_bytes(path, f"{json_text(content)}\n".encode())


def write_bytes(path: Path, content: bytes, *, clean: bool = True) -> None:
    """Write a file atomically.

    Args:
        path: see `replacing`.
        content: of the file.
        clean: see `replacing`.

    Raises:
        OutputError: the file can't be written.
    """
    with replacing(path, clean=clean) as partial:
        partial.write_bytes(content)


@contextmanager
def replacing(path: Path, *, clean: bool = True) -> Iterator[Path]:
    """Context manager: a temporary path to write to, renamed to `path` on success.

    The content is flushed to disk before the rename, so that after a power failure `path` is either the old
    or the new file. If the block raises, `path` is unchanged.

    Args:
        path: the file to replace; missing parent folders are created.
        clean: whether to look in the folder for temporary files of killed processes. That takes time in
            proportion to the files in it; whoever writes thousands calls `remove_partial` once instead.

    Raises:
        OutputError: the block or the rename raised an OSError.
    """
    partial = _partial(path)
    with _as_output_error(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if clean:
                _remove_stale(path)
            yield partial
            _flush(partial)
            os.replace(partial, path)
            _flush(path.parent)
        except BaseException:
            _remove(partial)
            raise


@contextmanager
def replacing_folder(folder: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Context manager: a temporary folder to write to, renamed to `folder` on success.

    If the block raises, the temporary folder is removed and `folder` is unchanged.

    Args:
        folder: the folder to create; missing or empty, unless `overwrite`.
        overwrite: whether to replace a folder that is not empty, once the new one is complete.

    Raises:
        OutputError: the block raised an OSError; or the rename failed, then the temporary folder is kept.
    """
    partial = _partial(folder)
    with _as_output_error(folder):
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            _remove_stale(folder)
            _remove(partial)
            partial.mkdir()
            yield partial
        except BaseException:
            _remove(partial)
            raise
    settle(partial, folder, overwrite=overwrite)


def settle(partial: Path, target: Path, *, overwrite: bool = False) -> None:
    """Rename a complete folder to `target`; an existing one is moved aside first and removed last.

    Raises:
        OutputError: `target` is not empty, or the rename failed; both folders are kept.
    """
    aside = target.with_name(f".{target.name}.replaced")
    try:
        _finish_replacement(aside, target)
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
        earlier = f", and the earlier folder in {aside}" if aside.exists() else ""
        raise OutputError(
            f"can't move the result to {target}: {error}; it is complete in {partial}{earlier}"
        ) from error
    _remove(aside)


def _finish_replacement(aside: Path, target: Path) -> None:
    """Complete what a process left that was killed in `settle`: restore the earlier folder, or remove it."""
    if aside.exists() and not target.exists():
        aside.rename(target)
    elif aside.exists():
        _remove(aside)


def check_folder(folder: Path, advice: str = "choose another path") -> None:
    """Check write permission of a folder, or of its nearest existing parent, without writing.

    Raises:
        OutputError: no permission, or a file in place of a folder; the message ends in `advice`.
    """
    for parent in (folder, *folder.absolute().parents):
        if parent.is_dir():
            if not os.access(parent, os.W_OK | os.X_OK):
                raise OutputError(f"can't write into {folder}: permission denied; {advice}")
            return
        if parent.exists() or parent.is_symlink():
            raise OutputError(f"can't write into {folder}: {parent} is a file, not a folder; {advice}")


def check_room(folder: Path, size: int, advice: str = "choose another path") -> None:
    """Check before a long run that `size` bytes can be written into a folder, created if missing.

    It writes and removes a file: only that detects quotas and full disks.

    Raises:
        OutputError: the write failed; the message ends in `advice`.
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
    """Cause of a failed write, and advice."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def remove_partial(folder: Path) -> None:
    """Remove the temporary files of killed processes from a folder, whatever they were to become."""
    for stale in folder.iterdir():
        name, _, process = stale.name.removesuffix(".partial").rpartition(".")
        ours = stale.name.startswith(".") and stale.name.endswith(".partial") and name and process.isdecimal()
        if ours and not is_running(int(process)):
            _remove(stale)


@contextmanager
def _as_output_error(path: Path) -> Iterator[None]:
    """Convert an OSError to an OutputError with the path."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        check_folder(path.parent)  # names a parent that is a file, unlike errno
        raise OutputError(f"can't write {path}: {reason(error)}") from error


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


def _remove_stale(path: Path) -> None:
    """Remove temporary files for `path` of processes that no longer run."""
    head, tail = f".{path.name}.", ".partial"
    for stale in path.parent.iterdir():
        process = stale.name.removeprefix(head).removesuffix(tail)
        if stale.name == f"{head}{process}{tail}" and process.isdecimal() and not is_running(int(process)):
            _remove(stale)


def is_running(process: int) -> bool:
    """Whether a process exists; True if unknown."""
    if os.name == "nt":  # os.kill would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _remove(path: Path) -> None:
    """Remove a file or folder if it exists; errors are ignored."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Flush a file, or the directory entries of a folder, to disk."""
    if path.is_dir() and os.name == "nt":  # Windows can't open folders
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
