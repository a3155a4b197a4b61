"""Entries and listings of a source: picture files, class tables and other files, classified by name."""

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
    "HEIC": (".heic", ".heif", ".hif"),  # without pillow-heif too, to report them as skipped
}
SUFFIXES = frozenset(suffix for suffixes in SUFFIXES_OF.values() for suffix in suffixes)
CLASS_TABLES = ("labels.csv", "dataset.json")
SYSTEM_FOLDERS = ("__MACOSX", "@eaDir", "$RECYCLE.BIN")  # created by operating systems


@dataclass(frozen=True, eq=False)
class Entry:
    """A file of a source.

    Attributes:
        name: path relative to the source, with "/"; or the source and a number.
        size: length in bytes; None if unknown before opening.
        open: opens the file, readable and seekable; raises the errors of the source.
        label: class name; empty if the source gives none.
        scene: see `Picture`; the name if empty.

    Example:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from subband.data import entries
        >>> Path("photos/cats").mkdir(parents=True)
        >>> Image.new("L", (4, 4)).save("photos/cats/1.png")
        >>> [entry] = entries("photos")
        >>> entry.name, entry.label
        ('cats/1.png', 'cats')
        >>> with entry.open() as file:
        ...     len(file.read()) == entry.size
        True
    """

    name: str
    size: int | None
    open: Callable[[], IO[bytes]]
    label: str = ""
    scene: str = ""


@dataclass
class Listing:
    """Files of a folder or an archive.

    Attributes:
        pictures: files with an image suffix.
        tables: class tables, see `CLASS_TABLES`.
        closed: unreadable folders; opening one raises the reason.
        others: number of other files.
    """

    pictures: list[Entry] = field(default_factory=list)
    tables: list[Entry] = field(default_factory=list)
    closed: list[Entry] = field(default_factory=list)
    others: int = 0


def listed(entries: Iterable[Entry]) -> Listing:
    """Classify entries by file name, pictures sorted; of duplicate names the last one is kept."""
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
    """Whether a relative path has an image suffix and is not hidden."""
    return os.path.splitext(name)[1].lower() in SUFFIXES and not is_hidden(name)


def is_table(name: str) -> bool:
    """Whether a relative path is a class table and not hidden."""
    return PurePosixPath(name).name in CLASS_TABLES and not is_hidden(name)


def is_hidden(name: str) -> bool:
    """Whether any part of a path is hidden or a system folder, such as `._x.jpg` or `__MACOSX`."""
    return any(part.startswith(".") or part in SYSTEM_FOLDERS for part in PurePosixPath(name).parts)
