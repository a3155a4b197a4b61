"""Hugging Face data sets, from the hub or a local folder, through the package `datasets`."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np

from subband.data.decode import open_file
from subband.data.entry import Entry
from subband.errors import DataError, MissingDependency

SHUFFLE_BUFFER = 1000  # rows
USUAL_COLUMNS = ("image", "img")
USUAL_LABELS = ("label", "fine_label", "class", "category")


@dataclass(frozen=True, eq=False)
class HubSplit:
    """A split of a data set.

    Attributes:
        path: name on the hub, or local folder.
        split: its name.
        rows: of `datasets`, a table or a stream, with undecoded images; only the columns named here.
        image: the column of images.
        label: the column of classes; None if there is none.
        streamed: whether the rows can be read in their order only.
    """

    path: str
    split: str
    rows: Any
    image: str
    label: str | None
    streamed: bool


def hub_entries(name: str, rng: np.random.Generator | None = None) -> Iterator[Entry]:
    """Images of the data set `NAME[:SPLIT]`, one at a time; see `open_split`.

    Raises:
        MissingDependency, DataError: see `open_split`.
    """
    found = open_split(name)
    classes = getattr(found.rows.features[found.label], "names", None) if found.label else None
    numbered = _stream(found.rows, rng) if found.streamed else _table(found.rows, rng)

    def label(row: dict[str, Any]) -> str:
        value = None if found.label is None else row[found.label]
        if classes is None:
            return "" if value is None else str(value)
        return "" if value is None or value < 0 else classes[value]

    return (_entry(row[found.image], f"{found.path}:{found.split}[{i}]", label(row)) for i, row in numbered)


def open_split(name: str) -> HubSplit:
    """Open the data set `NAME[:SPLIT]`.

    NAME is a hub name ("user/photos"), a folder written by `save_to_disk`, or a folder in any layout of
    `datasets.load_dataset`. Hub data are streamed. SPLIT defaults to "train", or to the only split. Images
    are the column of type Image; of several, "image", "img" or the first. Classes are the column "label",
    "fine_label", "class" or "category" (class labels, strings or integers), else the first column of type
    ClassLabel. Files are decoded by Subband, to preserve EXIF orientation and file metadata.

    Raises:
        MissingDependency: `datasets` is not installed.
        DataError: the data set can't be opened, or lacks the split or an image column.
    """
    try:
        import datasets
        from datasets.exceptions import DatasetsError
    except ImportError as error:
        raise MissingDependency('"hf:" sources need datasets: pip install "subband[hub]"') from error

    path, wanted = _parse(name)
    try:
        loaded = _open(datasets, path)
    except (OSError, ValueError, DatasetsError) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"can't open the data set {path!r}: {reason}; "
            "give a hub name such as user/photos, or a local folder"
        ) from error

    split, rows = _choose_split(loaded, path, wanted)
    column = _image_column(rows.features, datasets.Image, path)
    named = _label_column(rows.features, datasets)
    rows = rows.select_columns([column] if named is None else [column, named])
    rows = rows.cast_column(column, datasets.Image(decode=False))
    return HubSplit(path, split, rows, column, named, isinstance(rows, datasets.IterableDataset))


def _parse(name: str) -> tuple[str, str | None]:
    """Data set and split: "user/photos:test" → ("user/photos", "test"); colons before a slash are kept."""
    head, colon, tail = name.rpartition(":")
    path, split = (head, tail) if colon and "/" not in tail and "\\" not in tail else (name, None)
    if not path or split == "":
        raise DataError(f'"hf:{name}" names no data set: type hf:NAME or hf:NAME:SPLIT')
    return path, split


def _open(datasets: Any, path: str) -> Any:
    saved = ("dataset_info.json", "dataset_dict.json", "state.json")
    if any(Path(path, file).is_file() for file in saved):
        return datasets.load_from_disk(path)
    return datasets.load_dataset(path, streaming=True)


def _choose_split(loaded: Any, path: str, wanted: str | None) -> tuple[str, Any]:
    if not isinstance(loaded, dict):  # a single split
        own = str(loaded.split or "train")
        if wanted not in (None, own):
            raise DataError(f"the data set {path!r} has no split {wanted!r}, only {own!r}; type hf:{path}")
        return own, loaded
    splits = list(loaded)
    if wanted is None and "train" not in splits and len(splits) > 1:
        problem = "has several splits, but none called 'train'"
    else:
        split = wanted or ("train" if "train" in splits else splits[0])
        if split in splits:
            return split, loaded[split]
        problem = f"has no split {split!r}"
    choice = ", ".join(f"hf:{path}:{split}" for split in splits)
    raise DataError(f"the data set {path!r} {problem}; type one of {choice}")


def _image_column(features: Any, image_type: type, path: str) -> str:
    columns = [column for column, feature in (features or {}).items() if isinstance(feature, image_type)]
    if not columns:
        raise DataError(f"the data set {path!r} has no column of type Image, only {dict(features or {})}")
    return next((column for column in USUAL_COLUMNS if column in columns), columns[0])


def _label_column(features: Any, datasets: Any) -> str | None:
    """Column of classes: of type ClassLabel, or of strings or integers with a name in USUAL_LABELS."""
    labels = [name for name, feature in features.items() if isinstance(feature, datasets.ClassLabel)]
    plain = [
        name
        for name, feature in features.items()
        if isinstance(feature, datasets.Value) and feature.dtype.startswith(("string", "int", "uint"))
    ]
    named = [name for name in USUAL_LABELS if name in labels] or labels
    return next(iter([*named, *(name for name in USUAL_LABELS if name in plain)]), None)


def _table(rows: Any, rng: np.random.Generator | None) -> Iterator[tuple[int, dict[str, Any]]]:
    order = range(len(rows)) if rng is None else rng.permutation(len(rows)).tolist()
    return ((i, rows[i]) for i in order)


def _stream(rows: Any, rng: np.random.Generator | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with their arrival numbers; shuffled streams do not keep the original index."""
    if rng is not None:
        rows = rows.shuffle(seed=int(rng.integers(2**31)), buffer_size=SHUFFLE_BUFFER)
    return enumerate(rows)


def _entry(cell: dict[str, Any] | None, name: str, label: str) -> Entry:
    content = None if cell is None else cell["bytes"] or cell["path"]
    size = len(content) if isinstance(content, bytes) else None
    return Entry(name, size, partial(open_cell, content), label)


def open_cell(content: bytes | str | None) -> IO[bytes]:
    """Open an image of a row, given as its bytes or its path.

    Raises:
        OSError: the row has none, or it can't be opened.
    """
    if content is None:
        raise OSError(0, "the row has no image")
    return io.BytesIO(content) if isinstance(content, bytes) else open_file(content)
