"""Sources of pictures: packaged photographs, folders, archives, Hugging Face data sets.

`entries` lists a source; `read` decodes the list lazily. Unreadable pictures are returned as `Skipped`, not
raised.
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

# Photographs in the wheels (file → scene); checked by eye to exclude drawings, charts and synthetic targets.
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
    """List the picture files of a source.

    Hidden files, system files (`._x.jpg`, `__MACOSX`) and files without an image suffix are ignored.

    Args:
        spec: "packaged" for the photographs in the scikit-image and scikit-learn wheels; "hf:NAME" or
            "hf:NAME:SPLIT" for a Hugging Face data set (hub name or local folder); a tar file (optionally
            compressed) or a zip file; or a folder, listed recursively ("./packaged" for one of that name).
        rng: generator of a random order; sorted by name by default. Use it when reading only the first
            few entries, which in sorted order are all of one sub-folder.
        labels: whether to read classes from sub-folders, `labels.csv` or `dataset.json`; see
            `subband.data.classes.with_classes`.

    Returns:
        A sequence; an iterator over streamed rows for "hf:". Unreadable folders come first, as entries whose
        `open` raises.

    Raises:
        DataError: the path is missing, empty, unreadable, or neither a folder nor an archive; or the data set
            can't be opened.
        InvalidInput: the source has both a labels.csv and a dataset.json.
        MissingDependency: "hf:" without the `datasets` package.
    """
    if not isinstance(spec, str | Path) or not str(spec):
        raise InvalidInput(f'a source is "packaged", a folder, an archive or "hf:NAME", not {spec!r}')
    if spec == "packaged":
        found, closed = _packaged(), []
    elif isinstance(spec, str) and spec.startswith("hf:"):
        return hub_entries(spec.removeprefix("hf:"), rng)
    else:
        path, name = Path(spec), printable(spec)
        listing = list_folder(path) if _is_folder(path) else list_archive(path)
        if not listing.pictures and not listing.closed:
            ends = ", ".join(sorted(SUFFIXES))
            raise DataError(
                f"no images in {name}: {listing.others} other files, none with a suffix in {ends}"
            )
        found, closed = listing.pictures, listing.closed
        if labels:
            found = with_classes(listing, name)
    order = range(len(found)) if rng is None else rng.permutation(len(found)).tolist()
    return [*closed, *(found[i] for i in order)]


def read(
    spec: str | Path, rng: np.random.Generator | None = None, *, labels: bool = True
) -> Iterator[Picture | Skipped]:
    """Decode the pictures of a source, one at a time.

    Args:
        spec: see `entries`.
        rng: see `entries`.
        labels: see `entries`.

    Returns:
        An iterator; undecodable files are `Skipped`.

    Raises:
        DataError: see `entries`.
        InvalidInput: see `entries`.
        MissingDependency: see `entries`.

    Example:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from subband.data import read
        >>> Path("photos").mkdir()
        >>> Image.new("RGB", (30, 20)).save("photos/1.png")
        >>> for picture in read("photos"):
        ...     print(picture.name, picture.pixels.shape, picture.facts.container)
        1.png (20, 30, 3) PNG
    """
    return map(picture, entries(spec, rng, labels=labels))


def picture(entry: Entry) -> Picture | Skipped:
    """Decode an entry; `Skipped` with the reason if that fails."""
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
    found = importlib.util.find_spec(package)  # avoids a slow import
    if found is None or not found.submodule_search_locations:
        raise OSError(0, f"{package} is not installed")
    path = Path(found.submodule_search_locations[0], folder, file)
    if not path.exists():
        raise OSError(0, f"this version of {package} does not include it")
    return open_file(path)


def _is_folder(path: Path) -> bool:
    """True for a folder, False for an archive.

    Raises:
        DataError: the path is missing, unreadable, or neither.
    """
    name = printable(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            return True
        if stat.S_ISREG(mode) and is_archive(path):
            return False
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(
            f'no folder {name}; a source is a folder, an archive, "packaged" or "hf:NAME" '
            f"(working directory {printable(Path.cwd())})"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise DataError(f"can't read {name}: {getattr(error, 'strerror', None) or error}") from error
    give = "give the folder of the images, or a tar or zip file of it"
    suffix = path.suffix.lower()
    if not stat.S_ISREG(mode):
        raise DataError(f"{name} is {kind_of(mode)}; {give}")
    if not path.stat().st_size:
        raise DataError(f"{name} is empty (0 bytes); {give}")
    if suffix in SUFFIXES:
        raise DataError(f"{name} is a single picture; {give}")
    if suffix in (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz"):
        raise DataError(f"{name} is a damaged archive, or not an archive; {give}")
    if suffix in (".7z", ".rar", ".zst"):
        raise DataError(f"{name} is an archive of an unsupported format: unpack it, and {give}")
    raise DataError(f"{name} is a file; {give}")
