"""Recursive listing of a folder."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

from subband.data.decode import open_file
from subband.data.entry import SYSTEM_FOLDERS, Entry, Listing, listed


def list_folder(root: Path) -> Listing:
    """List a folder recursively.

    Links to files and folders are followed; each folder is visited once. FIFOs, sockets, devices and broken
    links with an image suffix are listed; opening one raises an error without blocking.
    """
    closed: list[Entry] = []

    def cannot_list(error: OSError) -> None:
        folder = Path(error.filename or root).relative_to(root).as_posix()
        reason = f"the folder can't be listed: {error.strerror or error}"
        closed.append(Entry(folder, None, partial(_refuse, reason)))

    found = listed(_files(root, cannot_list))
    found.closed = closed
    return found


def _files(root: Path, cannot_list: Callable[[OSError], None]) -> Iterator[Entry]:
    seen: set[tuple[int, int]] = set()
    for parent, folders, names in os.walk(root, followlinks=True, onerror=cannot_list):
        status = os.stat(parent)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in SYSTEM_FOLDERS)
        for name in names:
            path = Path(parent, name)
            yield Entry(path.relative_to(root).as_posix(), _size(path), partial(open_file, path))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _refuse(reason: str) -> NoReturn:
    raise OSError(0, reason)
