"""Class of each picture, from its sub-folder, a row of labels.csv, or dataset.json."""

import csv
import io
import json
import posixpath
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from unicodedata import normalize

import numpy as np

from subband.data.decode import MALFORMED
from subband.data.entry import Entry, Listing
from subband.errors import DataError, InvalidInput, SubbandWarning
from subband.runs.names import printable

FILE_COLUMNS = ("filename", "file_name", "file", "image", "image_name", "path", "name", "id")
CLASS_COLUMNS = ("label", "class", "class_name", "category", "target")


def with_classes(listing: Listing, source: str) -> list[Entry]:
    """Assign class names to the pictures of a listing.

    Classes come from a table in the source: `labels.csv`, with a header such as "filename,label", or
    `dataset.json`, {"labels": [["00000/img.png", 6], …]} or {"labels": null}. File names are relative to the
    folder of the table; the suffix may be omitted. Without a table the class is the sub-folder. Pictures
    without a class have the class "".

    Raises:
        DataError: a table is damaged, or lists none of the pictures.
        InvalidInput: tables of both kinds.
    """
    kinds = sorted({PurePosixPath(table.name).name for table in listing.tables})
    if len(kinds) > 1:
        raise InvalidInput(f"{source} holds {' and '.join(kinds)}: keep only one")
    tables = {table.name: _rows(table, source) for table in listing.tables}
    if all(rows is None for rows in tables.values()):
        return [replace(entry, label=folder_of(entry.name)) for entry in listing.pictures]
    found: dict[str, str] = {}
    absent: list[str] = []
    by_name = _by_name([entry.name for entry in listing.pictures])
    for table, rows in tables.items():
        for file, label in rows or ():
            spellings = (_path(table, file), _path(table, file.replace("\\", "/")))
            name = next((by_name[spelling] for spelling in spellings if spelling in by_name), None)
            if name is None:
                absent.append(file)
            else:
                found[name] = label
    if absent and not found:
        example = f"a picture is {printable(listing.pictures[0].name)}" if listing.pictures else "it has none"
        raise DataError(
            f"{kinds[0]} of {source} lists none of its pictures: a row lists {printable(absent[0])}, {example}; "
            f"paths are relative to the folder of {kinds[0]}"
        )
    if absent:
        warnings.warn(
            f"{kinds[0]} of {source} lists {len(absent)} missing files: {first_few(absent)}",
            SubbandWarning,
            stacklevel=2,
        )
    return [replace(entry, label=found.get(entry.name, "")) for entry in listing.pictures]


def folder_of(name: str) -> str:
    """Class of a file by its sub-folder: "real/cat/1.png" → "real/cat", "1.png" → ""."""
    parent = PurePosixPath(name).parent.as_posix()
    return "" if parent == "." else parent


def class_names(labels: np.ndarray | Sequence[Any]) -> list[str] | None:
    """Class names of N images, from integers (N,) or (N, 1), one-hot rows (N, K), or strings (N,).

    Returns:
        N names; None for any other array.

    Example:
        >>> class_names([[0, 1, 0], [1, 0, 0]])
        ['1', '0']
    """
    try:
        array = np.asarray(labels)
    except ValueError:  # rows of unequal lengths
        return None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "biuf":
        one_hot = ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all()
        return [str(k) for k in array.argmax(axis=1)] if one_hot and array.shape[1] > 1 else None
    if array.ndim != 1:
        return None
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    if array.dtype.kind == "S":
        return [label.decode(errors="surrogateescape") for label in array.tolist()]
    if array.dtype.kind == "f" and np.isfinite(array).all() and (array == np.rint(array)).all():
        array = array.astype(np.int64)
    return [str(label) for label in array.tolist()] if array.dtype.kind in "biuU" else None


def first_few(names: Sequence[str], most: int = 3) -> str:
    """The first names, comma-separated, and the number of the others."""
    more = f", … {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(printable, names[:most])) + more


def _path(table: str, file: str) -> str:
    """Path of a table's file, relative to the source; NFC-normalised, since macOS decomposes accents."""
    return normalize("NFC", posixpath.normpath(posixpath.join(posixpath.dirname(table), file)))


def _by_name(names: Iterable[str]) -> dict[str, str]:
    """Spelling in a table → picture name: the name itself, or without its suffix if that is unique."""
    exact = {normalize("NFC", name): name for name in names}
    stems: dict[str, list[str]] = {}
    for spelling, name in exact.items():
        stems.setdefault(posixpath.splitext(spelling)[0], []).append(name)
    return {stem: found[0] for stem, found in stems.items() if len(found) == 1} | exact


def _rows(table: Entry, source: str) -> list[tuple[str, str]] | None:
    """(file, class) of each row of a table; None for a table without classes."""
    title = f"{printable(table.name)} of {source}"
    try:
        with table.open() as file:
            text = file.read().decode("utf-8-sig", errors="surrogateescape")
        return _csv_rows(text, title) if table.name.endswith(".csv") else _json_rows(text, title)
    except (*MALFORMED, csv.Error) as error:
        raise DataError(f"can't read {title}: {getattr(error, 'strerror', None) or error}") from error


def _csv_rows(text: str, title: str) -> list[tuple[str, str]]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    header, *rows = list(csv.reader(io.StringIO(text), delimiter=delimiter)) or [[]]
    columns = [cell.strip().lower() for cell in header]
    file, label = _column(columns, FILE_COLUMNS), _column(columns, CLASS_COLUMNS)
    if file is None or label is None:
        raise DataError(
            f"{title} begins with {printable(head.strip())[:60]!r}: "
            'add a header with the columns "filename" and "label", e.g. filename,label'
        )
    for number, row in enumerate(rows, start=2):
        if row and len(row) <= max(file, label):
            raise DataError(f"row {number} of {title} has {len(row)} of {len(columns)} columns")
    return [(row[file].strip(), row[label].strip()) for row in rows if row]


def _column(columns: list[str], known: tuple[str, ...]) -> int | None:
    return next((columns.index(name) for name in known if name in columns), None)


def _json_rows(text: str, title: str) -> list[tuple[str, str]] | None:
    content = json.loads(text)
    if not isinstance(content, dict) or "labels" not in content:
        return None  # unrelated file of the same name
    pairs = content["labels"]
    pairs = list(pairs.items()) if isinstance(pairs, dict) else pairs or []
    labels = None
    if isinstance(pairs, list) and all(
        isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs
    ):
        labels = class_names([pair[1] for pair in pairs]) if pairs else []
    if labels is None:
        raise DataError(
            f'"labels" of {title} is not [["file.png", 6], …]: give a file name and a class '
            "(an integer, a one-hot row or a string) for each picture"
        )
    return [(pair[0], label) for pair, label in zip(pairs, labels, strict=True)]
