"""Sources → the units that they are made of. Nothing is read here but names, sizes and directories of zip files."""

import fnmatch
import os
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from subband.data.archives import DAMAGED, is_archive
from subband.data.entry import SUFFIXES, SYSTEM_FOLDERS, is_hidden, is_picture
from subband.errors import DataError
from subband.forensics.scan.stores import is_url, open_place, stamp, store_of
from subband.forensics.scan.units import Kind, Unit
from subband.runs.names import printable

TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ARCHIVES = (*TARS, ".zip")


@dataclass
class Found:
    """What was met while listing that is no image.

    Attributes:
        others: number of files without the suffix of an image or archive.
        unlisted: folders that can't be listed, with the reason.
    """

    others: int = 0
    unlisted: list[str] = field(default_factory=list)


def is_packed(name: str) -> bool:
    """Whether a name is that of an archive, and not hidden."""
    return name.lower().endswith(ARCHIVES) and not is_hidden(name)


def units_of(source: str, found: Found, per_unit: int) -> Iterator[Unit]:
    """The units of one source, in an order that depends on its names only.

    Args:
        source: a folder, an image, a tar or zip file, a URL of these, perhaps with "*", or "hf:NAME[:SPLIT]".
        found: counts what is passed over.
        per_unit: most files, members of a zip file, or rows in a unit.

    Raises:
        DataError: there is no such source, or it can't be listed.
        MissingDependency: a package for such sources is not installed.
    """
    if source.startswith("hf:"):
        from subband.forensics.scan.hub import hub_units

        return hub_units(source, per_unit)
    return _remote(source, found, per_unit) if is_url(source) else _local(source, found, per_unit)


def _local(source: str, found: Found, per_unit: int) -> Iterator[Unit]:
    place, name = os.path.abspath(source), printable(source)
    if os.path.isdir(place):
        return _grouped(_walk(place, found), place, source.rstrip(os.sep) or source, found, per_unit)
    if not os.path.exists(place):
        raise DataError(
            f"no folder or file {name}; a source is a folder, an image, a tar or zip file, a URL such as "
            's3://bucket/prefix, or "hf:NAME"'
        )
    try:
        packed = is_packed(os.path.basename(place)) or is_archive(Path(place))
        info = _status(place)
    except OSError as error:
        raise DataError(f"can't read {name}: {error.strerror or error}") from error
    if packed:
        return _pieces(_packed(place, source, info, per_unit), per_unit)
    if PurePosixPath(place).suffix.lower() not in SUFFIXES:
        raise DataError(f"{name} is neither an image nor a tar or zip file, by its suffix")
    folder, shown = os.path.dirname(place), os.path.dirname(source)
    return iter([Unit("files", folder, shown, (os.path.basename(place),), bytes=info["size"])])


def _walk(root: str, found: Found) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path from the root, size and time) of all files, sorted; links are followed, each folder visited once."""

    def unlisted(error: OSError) -> None:
        found.unlisted.append(f"{printable(error.filename or root)}: {error.strerror or error}")

    seen: set[tuple[int, int]] = set()
    for parent, folders, names in os.walk(root, followlinks=True, onerror=unlisted):
        status = os.stat(parent)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in SYSTEM_FOLDERS)
        for name in sorted(names):
            path = os.path.join(parent, name)
            yield Path(path).relative_to(root).as_posix(), _status(path)


def _status(path: str) -> dict[str, Any]:
    try:
        status = os.stat(path)
    except OSError:  # a broken link; opening it says so
        return {"size": 0}
    return {"size": status.st_size, "mtime": status.st_mtime_ns}


def _remote(source: str, found: Found, per_unit: int) -> Iterator[Unit]:
    store, path = store_of(source)
    protocol = source.partition("://")[0]
    head = _head(path)
    try:
        store.invalidate_cache()
        if head != path:
            listed = {
                name: info
                for name, info in store.find(head, detail=True).items()
                if fnmatch.fnmatch(name, path)
            }
        elif store.isfile(path):
            return _one_remote(source, store.info(path), per_unit)
        else:
            listed = store.find(path, detail=True)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"can't list {printable(source)}: {reason}") from error
    if not listed:
        raise DataError(f"nothing at {printable(source)}: check the name of the bucket and the prefix")
    root = head.rstrip("/")
    files = ((name[len(root) :].lstrip("/"), listed[name]) for name in sorted(listed))
    place = f"{protocol}://{root.lstrip('/') if protocol != 'file' else root}"
    return _grouped(files, place, place, found, per_unit)


def _head(path: str) -> str:
    """The part of a pattern before the folder with its first wildcard; the path itself without any."""
    parts = path.split("/")
    wild = next((i for i, part in enumerate(parts) if "*" in part), len(parts))
    return "/".join(parts[:wild])


def _one_remote(source: str, info: dict[str, Any], per_unit: int) -> Iterator[Unit]:
    if is_packed(source.rpartition("/")[2]):
        return _packed(source, source, info, per_unit)
    head, _, name = source.rpartition("/")
    return iter([Unit("files", head, head, (name,), bytes=int(info.get("size") or 0))])


def _grouped(
    files: Iterable[tuple[str, dict[str, Any]]], place: str, shown: str, found: Found, per_unit: int
) -> Iterator[Unit]:
    """Files of one folder in groups; each archive by itself."""
    names: list[str] = []
    size = 0
    for name, info in files:
        if is_packed(name):
            yield from _packed(f"{place}/{name}", f"{shown}/{name}", info, per_unit)
        elif not is_picture(name):
            found.others += 1
        else:
            names.append(name)
            size += int(info.get("size") or 0)
            if len(names) == per_unit:
                yield Unit("files", place, shown, tuple(names), bytes=size)
                names, size = [], 0
    if names:
        yield Unit("files", place, shown, tuple(names), bytes=size)


def _packed(place: str, shown: str, info: dict[str, Any], per_unit: int) -> Iterator[Unit]:
    size, mark = int(info.get("size") or 0), stamp(info)
    kind: Kind = "zip" if place.lower().endswith(".zip") else "tar"
    if kind == "tar" and not place.lower().endswith(TARS) and not is_url(place) and zipfile.is_zipfile(place):
        kind = "zip"
    count = _members(place) if kind == "zip" else 0
    if count <= per_unit:
        yield Unit(kind, place, shown, bytes=size, stamp=mark)
        return
    for start in range(0, count, per_unit):
        stop = min(start + per_unit, count)
        yield Unit(kind, place, shown, (), start, stop, size * (stop - start) // count, mark)


def _pieces(units: Iterator[Unit], per_unit: int) -> Iterator[Unit]:
    """An uncompressed tar file on a disk in pieces of so many members, so that several workers can read it."""
    for unit in units:
        cuts = _cuts(unit.place, per_unit) if unit.kind == "tar" else []
        if not cuts:
            yield unit
            continue
        for start, stop in zip(cuts, [*cuts[1:], None], strict=True):
            size = (unit.bytes if stop is None else stop) - start
            yield replace(unit, start=start, stop=stop, bytes=size)


def _cuts(place: str, per_unit: int) -> list[int]:
    """Bytes at which every so many members of a tar file begin; none if it can't be read from there."""
    try:
        with open_place(place) as file, tarfile.open(fileobj=file, mode="r:") as archive:
            cuts = [member.offset for k, member in enumerate(archive) if k % per_unit == 0]
            return cuts if len(cuts) > 1 and not archive.pax_headers else []
    except (OSError, *DAMAGED):
        return []


def _members(place: str) -> int:
    """Number of members of a zip file; 0 if it can't be read, which is told when it is scanned."""
    try:
        with open_place(place) as file, zipfile.ZipFile(file) as archive:
            return len(archive.infolist())
    except (OSError, *DAMAGED):
        return 0
