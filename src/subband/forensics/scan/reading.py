"""A unit → the files of its images, one after another, each with its number.

Nothing that concerns one image stops the others: what can't be read becomes its error. What concerns the whole unit
(no connection, no permission) is raised, and the unit is not finished; a damaged archive is an image more, whose
error says so.
"""

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from subband.data.archives import DAMAGED
from subband.data.entry import is_picture
from subband.forensics.scan.hub import content, rows_of
from subband.forensics.scan.listing import is_packed
from subband.forensics.scan.stores import is_url, open_place
from subband.forensics.scan.units import Unit
from subband.runs.in_order import in_order

AHEAD = 8
"""Files that are read at the same time, since a store far away answers late."""

NESTED = "an archive inside an archive is not opened: unpack the outer one, or scan the inner one by itself"


@dataclass(frozen=True)
class File:
    """An image file, or why it could not be read.

    Attributes:
        number: in the unit, from 0.
        uri: what opens it: a path, a URL, `tar://MEMBER::ARCHIVE` or `zip://MEMBER::ARCHIVE`, as fsspec has them.
        content: its bytes; None if there is an error.
        error: why there are none.
    """

    number: int
    uri: str
    content: bytes | None = None
    error: str | None = None


def files_of(unit: Unit, wanted: Callable[[int], bool], most: int) -> Iterator[File | int]:
    """Read a unit.

    Args:
        unit: see `Unit`.
        wanted: whether image number k is to be read; others give their number only.
        most: bytes of the largest file that is read.

    Raises:
        OSError: the unit as a whole can't be read.
    """
    if unit.kind == "files":
        return _loose(unit, wanted, most)
    if unit.kind == "tar":
        return _tarred(unit, wanted, most)
    if unit.kind == "zip":
        return _zipped(unit, wanted, most)
    return _from_hub(unit, wanted, most)


def attempt(number: int, uri: str, read: Callable[[], bytes], most: int) -> File:
    """Read a file; any failure becomes its error."""
    try:
        found = read()
        return File(number, uri, error=too_large(most)) if len(found) > most else File(number, uri, found)
    except MemoryError:
        return File(number, uri, error="not enough memory to read it")
    except Exception as error:  # noqa: BLE001 - clients of stores and codecs raise what they like
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return File(number, uri, error=" ".join(str(reason).split()))


def too_large(most: int) -> str:
    """Reason for which a file is not read."""
    return f"the file has more than {most >> 20} MiB: raise --largest if it is to be read"


def _loose(unit: Unit, wanted: Callable[[int], bool], most: int) -> Iterator[File | int]:
    def read(name: str) -> bytes:
        with open_place(f"{unit.place}/{name}") as file:
            return file.read(most + 1)

    def found(numbered: tuple[int, str]) -> File | int:
        number, name = numbered
        if not wanted(number):
            return number
        if not is_url(unit.place):
            return attempt(number, beginning + name, partial(read, name), most)
        try:
            return attempt(number, beginning + name, partial(bytes, read(name)), most)
        except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
            return File(number, beginning + name, error=" ".join((error.strerror or str(error)).split()))
        # Others come and go with the connection: the unit is tried again by the next run.

    beginning = f"{unit.shown}/" if unit.shown else ""
    return in_order(found, enumerate(unit.names), AHEAD)


def _tarred(unit: Unit, wanted: Callable[[int], bool], most: int) -> Iterator[File | int]:
    number = 0
    with open_place(unit.place) as file:
        try:
            file.seek(unit.start)
            with tarfile.open(fileobj=file, mode="r|*") as archive:
                for member in archive:
                    if unit.stop is not None and member.offset >= unit.stop - unit.start:
                        break
                    archive.members.clear()  # type: ignore[attr-defined]  # or all headers would be kept
                    found = _member(archive, member, number, unit, wanted, most)
                    if found is not None:
                        yield found
                        number += 1
        except DAMAGED as error:
            yield File(number, unit.shown, error=_damaged("tar", number, error))


def _member(
    archive: tarfile.TarFile,
    member: tarfile.TarInfo,
    number: int,
    unit: Unit,
    wanted: Callable[[int], bool],
    most: int,
) -> File | int | None:
    """One member of a tar file; None if it is no image."""
    if not (is_picture(member.name) or is_packed(member.name)) or not (
        member.isreg() or member.issym() or member.islnk()
    ):
        return None
    uri = f"tar://{member.name}::{unit.shown}"
    if not wanted(number):
        return number
    if is_packed(member.name):
        return File(number, uri, error=NESTED)
    if not member.isreg():
        return File(
            number, uri, error=f"a link to {member.linkname!a} in a streamed tar file: unpack it first"
        )
    if member.size > most:
        return File(number, uri, error=too_large(most))
    content = archive.extractfile(member)
    found = b"" if content is None else content.read()
    if len(found) < member.size:
        raise tarfile.ReadError("unexpected end of data")
    return File(number, uri, found)


def _zipped(unit: Unit, wanted: Callable[[int], bool], most: int) -> Iterator[File | int]:
    number = 0
    with open_place(unit.place) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                for member in archive.infolist()[unit.start : unit.stop]:
                    name = (
                        member.filename.replace("\\", "/") if member.create_system == 0 else member.filename
                    )
                    if member.is_dir() or not (is_picture(name) or is_packed(name)):
                        continue
                    uri = f"zip://{name}::{unit.shown}"
                    if not wanted(number):
                        yield number
                    elif is_packed(name):
                        yield File(number, uri, error=NESTED)
                    elif member.flag_bits & 1:
                        yield File(
                            number, uri, error="it is encrypted; unpack the archive with its password first"
                        )
                    elif member.file_size > most:
                        yield File(number, uri, error=too_large(most))
                    else:
                        yield attempt(number, uri, partial(_unzipped, archive, member, most), most)
                    number += 1
        except DAMAGED as error:
            yield File(number, unit.shown, error=_damaged("zip", number, error))


def _unzipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(member) as file:
        return file.read(most + 1)


def _from_hub(unit: Unit, wanted: Callable[[int], bool], most: int) -> Iterator[File | int]:
    for number, uri, cell in rows_of(unit, wanted):
        if wanted(number):
            yield attempt(number, uri, partial(content, cell, most), most)
        else:
            yield number


def _damaged(kind: str, number: int, error: Exception) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    return f"a damaged {kind} file, read as far as its image {number}: {words}"
