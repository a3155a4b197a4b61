"""What a source is a list of: files that may be pictures, each with its name, its size and its opener."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO

SUFFIXES_OF = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "WebP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "PNM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "JPEG 2000": (".jp2", ".j2k"),
    "AVIF": (".avif",),
    "HEIC": (
        ".heic",
        ".heif",
        ".hif",
    ),  # without its package named and skipped: the folder must not look empty
}
SUFFIXES = frozenset(suffix for suffixes in SUFFIXES_OF.values() for suffix in suffixes)
CLASS_TABLES = ("labels.csv", "dataset.json")
SYSTEM_FOLDERS = ("__MACOSX", "@eaDir", "$RECYCLE.BIN")  # what systems leave beside pictures, unasked


@dataclass(frozen=True, eq=False)
class Entry:
    """A file of a source.

    Attributes:
        name: its path below the source, with "/"; or the source and a number.
        size: its length in bytes; None where that is known only once it is opened.
        open: returns it as a file that can be read and sought; raises what the source raises if it can't.
        label: name of its class; empty where the source names none.
        scene: see `Picture`; the name if empty.
    """

    name: str
    size: int | None
    open: Callable[[], IO[bytes]]
    label: str = ""
    scene: str = ""


@dataclass
class Listing:
    """What a folder or an archive holds.

    Attributes:
        pictures: files with an image suffix.
        tables: files that may name classes; see `CLASS_TABLES`.
        closed: folders that can't be listed; opening one says why.
        others: number of other files.
    """

    pictures: list[Entry] = field(default_factory=list)
    tables: list[Entry] = field(default_factory=list)
    closed: list[Entry] = field(default_factory=list)
    others: int = 0


def listed(entries: Iterable[Entry]) -> Listing:
    """Sort entries by what their names promise, pictures by name; of equal names the last one counts."""
    found = Listing()
    for entry in {entry.name: entry for entry in entries}.values():
        if is_picture(entry.name):
            found.pictures.append(entry)
        elif is_table(entry.name):
            found.tables.append(entry)
        else:
            found.others += 1
    found.pictures.sort(key=lambda entry: entry.name)
    return found


def is_picture(name: str) -> bool:
    """Whether a path below a source has an image suffix, and no part of it is hidden or the system's."""
    return os.path.splitext(name)[1].lower() in SUFFIXES and not is_hidden(name)


def is_table(name: str) -> bool:
    """Whether a path below a source is a file that may name classes."""
    return PurePosixPath(name).name in CLASS_TABLES and not is_hidden(name)


def is_hidden(name: str) -> bool:
    """Whether a part of a path is hidden or the system's own, such as `._x.jpg` and `__MACOSX`."""
    return any(part.startswith(".") or part in SYSTEM_FOLDERS for part in PurePosixPath(name).parts)
