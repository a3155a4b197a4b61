"""Where pictures come from: two libraries that ship photographs, folders, archives, Hugging Face data sets.

`entries` lists a source, and is the one place that does; `read` decodes the list, one picture in memory at a
time. What can't be read is handed on as `Skipped`, never raised.
"""

import importlib.util
import os
import stat
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from subband.data.archives import DAMAGED, is_archive, list_archive
from subband.data.classes import with_classes
from subband.data.decode import MOST_BYTES, Picture, Skipped, decode, kind_of, open_file, too_large
from subband.data.entry import SUFFIXES, Entry
from subband.data.folders import list_folder
from subband.data.hub import hub_entries
from subband.errors import DataError, InvalidInput, UnreadableImage
from subband.runs.names import printable

# Photographs inside the wheels themselves, each looked at: no drawings, charts or synthetic targets. A pair
# of one scene has one scene name.
SKIMAGE = {
    "astronaut.png": "astronaut",
    "brick.png": "brick",
    "camera.png": "camera",
    "cell.png": "cell",
    "chelsea.png": "chelsea",
    "clock_motion.png": "clock",
    "coffee.png": "coffee",
    "coins.png": "coins",
    "grass.png": "grass",
    "gravel.png": "gravel",
    "hubble_deep_field.jpg": "hubble_deep_field",
    "ihc.png": "ihc",
    "microaneurysms.png": "microaneurysms",
    "moon.png": "moon",
    "motorcycle_left.png": "motorcycle",
    "motorcycle_right.png": "motorcycle",
    "page.png": "page",
    "retina.jpg": "retina",
    "rocket.jpg": "rocket",
}
SKLEARN = {"china.jpg": "china", "flower.jpg": "flower"}


def entries(
    spec: str | Path, rng: np.random.Generator | None = None, *, labels: bool = True
) -> Sequence[Entry] | Iterator[Entry]:
    """List the files of a source that may be pictures.

    Hidden files, what systems leave behind (`._x.jpg`, `__MACOSX`), and files without an image suffix are
    passed over in silence.

    Args:
        spec: "packaged" for the photographs inside the scikit-image and scikit-learn wheels; "hf:NAME" or
            "hf:NAME:SPLIT" for a Hugging Face data set (a hub name or a local folder); a tar file, compressed
            or not, or a zip file; anything else is a folder, listed with all its sub-folders (a folder that
            is called "packaged" is "./packaged").
        rng: give one to get the list in random order instead of sorted by name. Whoever takes only the first
            few wants this: the first few of a sorted tree are all of its first sub-folder.
        labels: whether to look for classes: the sub-folder of a file, or what a `labels.csv` or a
            `dataset.json` in the source says; see `subband.data.classes.with_classes`.

    Returns:
        a sequence, but an iterator for "hf:", where rows come as they are downloaded. Folders that can't be
        listed come first, as entries that can't be opened.

    Raises:
        DataError: at once, for a path that is missing, empty, unreadable or neither folder nor archive, or a
            data set that can't be opened.
        InvalidInput: it holds both a labels.csv and a dataset.json.
        MissingDependency: at once, for "hf:" without the `datasets` package.
    """
    if not isinstance(spec, str | Path) or not str(spec):
        raise InvalidInput(f'a source is "packaged", a folder, an archive or "hf:NAME", not {spec!r}')
    if spec == "packaged":
        found, closed = _packaged(), []
    elif isinstance(spec, str) and spec.startswith("hf:"):
        return hub_entries(spec.removeprefix("hf:"), rng)
    else:
        path, shown = Path(spec), printable(spec)
        listing = list_folder(path) if _is_folder(path) else list_archive(path)
        if not listing.pictures and not listing.closed:
            ends = ", ".join(sorted(SUFFIXES))
            raise DataError(f"no images in {shown}: {listing.others} other files, none ending in {ends}")
        found, closed = listing.pictures, listing.closed
        if labels:
            found = with_classes(listing, shown)
    order = range(len(found)) if rng is None else rng.permutation(len(found)).tolist()
    return [*closed, *(found[i] for i in order)]


def read(
    spec: str | Path, rng: np.random.Generator | None = None, *, labels: bool = True
) -> Iterator[Picture | Skipped]:
    """Pictures of a source, one at a time.

    Args:
        spec: see `entries`, as are the rest.
        rng: for a random order.
        labels: whether pictures get the names of their classes.

    Returns:
        an iterator. Files that can't be decoded come as `Skipped`.

    Raises:
        DataError: see `entries`, as are the rest.
        InvalidInput: tables of classes contradict each other.
        MissingDependency: a package is not installed.
    """
    return map(picture, entries(spec, rng, labels=labels))


def picture(entry: Entry) -> Picture | Skipped:
    """Decode an entry, or say why it can't be."""
    if entry.size is not None and entry.size > MOST_BYTES:
        return Skipped(entry.name, too_large(entry.size))
    try:
        with entry.open() as file:
            content = file.read()
        return decode(content, entry.name, scene=entry.scene or None, label=entry.label)
    except UnreadableImage as error:
        return Skipped(entry.name, error.reason)
    except (OSError, MemoryError, *DAMAGED) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return Skipped(entry.name, " ".join(reason.split()))


def _packaged() -> list[Entry]:
    files = [("skimage", "data", *entry) for entry in SKIMAGE.items()]
    files += [("sklearn", "datasets/images", *entry) for entry in SKLEARN.items()]
    return [
        Entry(f"{package}/{file}", None, partial(_open_packaged, package, folder, file), scene=scene)
        for package, folder, file, scene in files
    ]


def _open_packaged(package: str, folder: str, file: str) -> IO[bytes]:
    found = importlib.util.find_spec(package)  # finds the folder without the second that the import takes
    if found is None or not found.submodule_search_locations:
        raise OSError(0, f"{package} is not installed")
    path = Path(found.submodule_search_locations[0], folder, file)
    if not path.exists():
        raise OSError(0, f"this version of {package} does not ship it")
    return open_file(path)


def _is_folder(path: Path) -> bool:
    """Whether a path is a folder; if it is an archive, it is not.

    Raises:
        DataError: it is missing, unreadable, or neither.
    """
    shown = printable(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            return True
        if stat.S_ISREG(mode) and is_archive(path):
            return False
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(
            f'no folder {shown}; a source is a folder, an archive, "packaged" or "hf:NAME" '
            f"(now in {printable(Path.cwd())})"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise DataError(f"can't read {shown}: {getattr(error, 'strerror', None) or error}") from error
    give = "give the folder that holds the images, or a tar or zip file of it"
    suffix = path.suffix.lower()
    if not stat.S_ISREG(mode):
        raise DataError(f"{shown} is {kind_of(mode)}; {give}")
    if not path.stat().st_size:
        raise DataError(f"{shown} is empty (0 bytes); {give}")
    if suffix in SUFFIXES:
        raise DataError(f"{shown} is one picture; {give}")
    if suffix in (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz"):
        raise DataError(f"{shown} is a damaged archive, or none at all; {give}")
    if suffix in (".7z", ".rar", ".zst"):
        raise DataError(f"{shown} is an archive of a kind that is not read: unpack it, and {give}")
    raise DataError(f"{shown} is a file; {give}")
