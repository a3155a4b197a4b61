"""Images that a person names: files, folders, patterns, lists of files, standard input, addresses of the web."""

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from subband.data.decode import MOST_BYTES, read_file, too_large
from subband.data.entry import SUFFIXES
from subband.data.folders import list_folder
from subband.data.web import Limits, fetch, is_address
from subband.errors import DataError, InvalidInput, UnreadableImage
from subband.runs.names import printable

STDIN = "-"


@dataclass(frozen=True)
class Named:
    """One image that was named.

    Attributes:
        name: as a person would name it: a path, an address or "standard input".
        read: its contents; raises UnreadableImage.
    """

    name: str
    read: Callable[[], bytes]


def named_images(
    words: Sequence[str], lists: Sequence[str] = (), limits: Limits | None = None
) -> Iterator[Named]:
    """The images that words name, in their order, each as soon as it is known.

    A word is a file; a folder, searched recursively in the order of names; a pattern of `glob` ("**" for
    folders), if no file has that name; "@FILE", a list of words, one a line; an http or https address; or
    "-", an image on standard input. Files beginning with "@" or "-" are named "./@…". What is missing or
    empty is listed, and reading it fails.

    Args:
        words: as typed.
        lists: files with one word a line, "-" for standard input; empty lines are skipped. A line names a
            file or an address, nothing else.
        limits: of downloads.

    Raises:
        DataError: a list can't be read.
        InvalidInput: standard input is named twice.
    """
    if [*words, *lists, *(f"{word[1:]}" for word in words if word.startswith("@"))].count(STDIN) > 1:
        raise InvalidInput("standard input can be read once: give - as an image or as a list, not both")
    for word in words:
        if word.startswith("@"):
            yield from _listed(word[1:], limits)
        else:
            yield from _of_word(word, limits)
    for file in lists:
        yield from _listed(file, limits)


def counted_images(
    words: Sequence[str], lists: Sequence[str] = (), limits: Limits | None = None
) -> int | None:
    """How many images `named_images` gives; None if only standard input knows."""
    if STDIN in lists or "@-" in words:
        return None
    return sum(1 for _ in named_images(words, lists, limits))


def _of_word(word: str, limits: Limits | None) -> Iterator[Named]:
    if word == STDIN:
        yield Named("standard input", partial(_read_stream, None))
    elif is_address(word):
        yield Named(word, partial(fetch, word, limits))
    elif os.path.isdir(word):
        yield from _in_folder(Path(word))
    elif glob.has_magic(word) and not os.path.lexists(word):
        found = sorted(path for path in glob.iglob(word, recursive=True) if not os.path.isdir(path))
        yield from (_file(path) for path in found)
        if not found:
            yield _nothing(word, "no file fits this pattern")
    else:
        yield _file(word)


def _in_folder(folder: Path) -> Iterator[Named]:
    listing = list_folder(folder)
    if not listing.pictures and not listing.closed:
        yield _nothing(
            str(folder),
            f"no images: {listing.others} other files, none with a suffix in {', '.join(sorted(SUFFIXES))}",
        )
    for entry in (*listing.closed, *listing.pictures):
        path = folder / entry.name
        yield Named(str(path), partial(_opened, entry.open, str(path)))


def _listed(file: str, limits: Limits | None) -> Iterator[Named]:
    for line in _lines(file):
        word = line.rstrip("\r\n")
        if word.strip():
            yield Named(word, partial(fetch, word, limits)) if is_address(word) else _file(word)


def _lines(file: str) -> Iterable[str]:
    """Lines of a list; names may have any bytes, as in the file system."""
    if file == STDIN:
        stream = _standard_input()
        yield from (os.fsdecode(line) for line in iter(stream.readline, b""))
        return
    try:
        with open(file, "rb") as stream:
            yield from (os.fsdecode(line) for line in stream)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"can't read the list {printable(file)}: {reason}") from error


def _nothing(word: str, reason: str) -> Named:
    """A word that names no image."""

    def refuse() -> bytes:
        raise UnreadableImage(f"{printable(word)}: {reason}", reason)

    return Named(word, refuse)


def _file(word: str) -> Named:
    return Named(word, partial(read_file, word))


def _opened(open_it: Callable[[], IO[bytes]], name: str) -> bytes:
    try:
        with open_it() as file:
            return file.read(MOST_BYTES)
    except (OSError, ValueError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "out of memory"
        raise UnreadableImage(f"{printable(name)}: {reason}", reason) from error


def _read_stream(stream: BinaryIO | None) -> bytes:
    """An image from standard input, within the limit of files."""
    data = (stream or _standard_input()).read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnreadableImage(f"standard input: {too_large(len(data))}", too_large(len(data)))
    return data


def _standard_input() -> BinaryIO:
    """Standard input in bytes.

    Raises:
        DataError: there is none, as in a program without a console.
    """
    if sys.stdin is None:
        raise DataError("there is no standard input here")
    return sys.stdin.buffer
