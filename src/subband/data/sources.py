"""Where pictures come from: two libraries that ship photographs, folders, tar files, Hugging Face data sets.

Every reader is lazy: one picture is in memory at a time. What can't be read is handed on as `Skipped`, never
raised.
"""

import importlib.util
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from subband.data.decode import Picture, Skipped, decode
from subband.data.hub import read_hub
from subband.errors import DataError, InvalidInput, UnreadableImage

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
    ),  # can't be read, but a telephone's folder must not look empty: named and skipped
}
SUFFIXES = frozenset(suffix for suffixes in SUFFIXES_OF.values() for suffix in suffixes)

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


def read(spec: str | Path, rng: np.random.Generator | None = None) -> Iterator[Picture | Skipped]:
    """Pictures of a source, one at a time.

    Args:
        spec: "packaged" for the photographs inside the scikit-image and scikit-learn wheels; "hf:NAME" or
            "hf:NAME:SPLIT" for a Hugging Face data set (a hub name or a local folder); a tar file; anything
            else is a folder, read with all its sub-folders (a folder that is called "packaged" is
            "./packaged"). The sub-folder that a picture lies in, in a tar file too, is its label.
        rng: give one to get the pictures in random order instead of sorted by name. Whoever takes only the
            first few wants this: the first few of a sorted tree are all of its first sub-folder.

    Returns:
        an iterator. Files that can't be decoded come as `Skipped`; files without an image suffix, hidden
        files and hidden folders are passed over in silence.

    Raises:
        DataError: at once, for a missing or empty folder or a data set that can't be opened.
        MissingDependency: at once, for "hf:" without the `datasets` package.
    """
    if not isinstance(spec, str | Path) or not str(spec):
        raise InvalidInput(f'a source is "packaged", a folder or "hf:NAME", not {spec!r}')
    if spec == "packaged":
        return _read_packaged(rng)
    if isinstance(spec, str) and spec.startswith("hf:"):
        return read_hub(spec.removeprefix("hf:"), rng)
    if Path(spec).is_file() and tarfile.is_tarfile(spec):
        return _read_tar(Path(spec), rng)
    return _read_folder(Path(spec), rng)


def _read_packaged(rng: np.random.Generator | None) -> Iterator[Picture | Skipped]:
    entries = [("skimage", "data", *entry) for entry in SKIMAGE.items()]
    entries += [("sklearn", "datasets/images", *entry) for entry in SKLEARN.items()]
    return (_packaged(*entries[i]) for i in _order(len(entries), rng))


def _packaged(package: str, folder: str, file: str, scene: str) -> Picture | Skipped:
    name = f"{package}/{file}"
    found = importlib.util.find_spec(package)  # finds the folder without the second that the import takes
    if found is None or not found.submodule_search_locations:
        return Skipped(name, f"{package} is not installed")
    path = Path(found.submodule_search_locations[0], folder, file)
    if not path.exists():
        return Skipped(name, f"this version of {package} does not ship it")
    return _decode_or_skip(path, name, scene)


def _read_folder(root: Path, rng: np.random.Generator | None) -> Iterator[Picture | Skipped]:
    if not root.exists():
        raise DataError(
            f'no folder {root}; a source is a folder, "packaged" or "hf:NAME" (now in {Path.cwd()})'
        )
    if not root.is_dir():
        raise DataError(f"{root} is a file; give the folder that holds the images (unpack an archive first)")
    files, closed, others = _image_files(root)
    if not files and not closed:
        raise DataError(
            f"no images in {root}: {others} other files, none ending in {', '.join(sorted(SUFFIXES))}"
        )

    def pictures() -> Iterator[Picture | Skipped]:
        yield from closed
        for i in _order(len(files), rng):
            yield _decode_or_skip(root / files[i], files[i], files[i], _label(files[i]))

    return pictures()


def _read_tar(path: Path, rng: np.random.Generator | None) -> Iterator[Picture | Skipped]:
    """Images of a tar file, in memory one at a time; nothing is unpacked to the disk."""
    try:
        with tarfile.open(path) as archive:
            members = sorted((m for m in archive if m.isfile() and _is_image(m.name)), key=lambda m: m.name)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataError(f"{path} is a damaged tar file: {error}") from error
    if not members:
        raise DataError(f"no images in {path}: no file in it ends in {', '.join(sorted(SUFFIXES))}")

    def pictures() -> Iterator[Picture | Skipped]:
        with tarfile.open(path) as archive:
            for i in _order(len(members), rng):
                file, name = archive.extractfile(members[i]), members[i].name
                yield _decode_or_skip(file.read() if file else b"", name, name, _label(name))

    return pictures()


def _is_image(name: str) -> bool:
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") and part != "." for part in parts)
    return not hidden and os.path.splitext(name)[1].lower() in SUFFIXES


def _label(name: str) -> str:
    """The sub-folder of a file, as a class: "real/cat" of "real/cat/1.png", "" at the top."""
    parent = PurePosixPath(name).parent.as_posix()
    return "" if parent == "." else parent


def _image_files(root: Path) -> tuple[list[str], list[Skipped], int]:
    """Relative paths below root with an image suffix, sorted; folders that can't be listed; number of other
    files.

    Links to folders are followed, each folder being visited once however many links lead to it.
    """
    files: list[str] = []
    closed: list[Skipped] = []
    others = 0
    seen: set[tuple[int, int]] = set()

    def cannot_list(error: OSError) -> None:
        folder = Path(error.filename or root).relative_to(root).as_posix()
        closed.append(Skipped(folder, f"the folder can't be listed: {error.strerror or error}"))

    for parent, folders, names in os.walk(root, followlinks=True, onerror=cannot_list):
        status = os.stat(parent)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES:
                files.append(Path(parent, name).relative_to(root).as_posix())
            else:
                others += 1
    return sorted(files), closed, others


def _decode_or_skip(file: Path | bytes, name: str, scene: str, label: str = "") -> Picture | Skipped:
    try:
        return decode(file, name, scene=scene, label=label)
    except UnreadableImage as error:
        return Skipped(name, str(error).removeprefix(f"{name}: "))


def _order(n: int, rng: np.random.Generator | None) -> list[int]:
    return list(range(n)) if rng is None else rng.permutation(n).tolist()
