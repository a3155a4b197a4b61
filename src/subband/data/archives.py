"""The files of a tar file, compressed or not, and of a zip file; nothing is unpacked into folders."""

import errno
import gzip
import io
import lzma
import posixpath
import stat
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from subband.data.decode import MOST_BYTES
from subband.data.entry import Entry, Listing, is_picture, is_table, listed
from subband.errors import DataError
from subband.runs.names import printable

# What the readers of archives let through when bytes are not what they should be.
DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    RuntimeError,  # an unknown password or method of compression
)
_CHUNK = 1 << 20


def is_archive(path: Path) -> bool:
    """Whether a file is a tar file, compressed or not, or a zip file."""
    return _is_tar(path) or zipfile.is_zipfile(path)


def list_archive(path: Path) -> Listing:
    """List a tar or zip file.

    A compressed tar file has no index and can't be read from its middle: it is read once, in order, and its
    pictures are kept in an unnamed temporary file until they are no longer needed.

    Raises:
        DataError: it is damaged, or there is no room for the temporary file.
    """
    try:
        if not _is_tar(path):
            return listed(_zipped(path))
        try:
            archive = tarfile.open(path, "r:")  # noqa: SIM115 - closed when no entry needs it
        except tarfile.ReadError:
            return listed(_compressed(path))
        return listed(_plain(archive))
    except DAMAGED as error:
        kind = "tar" if _is_tar(path) else "zip"
        raise DataError(f"{printable(path)} is a damaged {kind} file: {error}") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DataError(
                f"no room in {tempfile.gettempdir()} to read {printable(path)}; unpack it and give the folder"
            ) from error
        raise DataError(f"can't read {printable(path)}: {error.strerror or error}") from error


def _is_tar(path: Path) -> bool:
    """Whether a file begins as a tar file; the library's test lets damaged gzip heads through as errors."""
    try:
        return tarfile.is_tarfile(path)
    except DAMAGED:
        return False


def _plain(archive: tarfile.TarFile) -> Iterator[Entry]:
    """Members of an uncompressed tar file, read where they lie. Links lead to the file that they name."""
    weakref.finalize(archive, getattr(archive.fileobj, "close"))  # noqa: B009 - its type is not public
    members = {_normal(member.name): member for member in archive}
    for name in members:
        if (target := _target(members, name)) is not None:
            yield Entry(name, target.size, partial(_member, archive, target))


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(member)
    if file is None:
        raise OSError(0, "not a file in the archive")
    return file


def _compressed(path: Path) -> Iterator[Entry]:
    """Members of a compressed tar file, which is read once from end to end."""
    store, kept, members = _Store(), {}, {}
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            name = _normal(member.name)
            members[name] = member
            if member.isreg() and (is_picture(name) or is_table(name)) and member.size <= MOST_BYTES:
                kept[name] = store.keep(archive.extractfile(member))
    for name in members:
        if (target := _target(members, name)) is not None:
            yield Entry(name, target.size, partial(store.open, kept.get(_normal(target.name))))


class _Store:
    """Contents of files, one after the other in a temporary file that has no name and goes with the object."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, self._file.close)

    def keep(self, content: IO[bytes] | None) -> tuple[int, int]:
        """Keep a content; returns its first byte and its length."""
        first = self._file.tell()
        while content is not None and (chunk := content.read(_CHUNK)):
            self._file.write(chunk)
        return first, self._file.tell() - first

    def open(self, span: tuple[int, int] | None) -> IO[bytes]:
        """Give back what was kept."""
        if span is None:
            raise OSError(0, "it links to a file that is no picture by its name; unpack the archive first")
        self._file.seek(span[0])
        return io.BytesIO(self._file.read(span[1]))


def _target(members: dict[str, tarfile.TarInfo], name: str) -> tarfile.TarInfo | None:
    """The regular file that a member is, or leads to as a link; None for folders, devices and dead links."""
    for _ in range(40):  # as many links in a row as Linux follows
        member = members.get(name)
        if member is None or not (member.islnk() or member.issym()):
            return member if member is not None and member.isreg() else None
        beside = posixpath.dirname(name) if member.issym() else ""
        name = _normal(posixpath.normpath(posixpath.join(beside, member.linkname)))
    return None


def _zipped(path: Path) -> Iterator[Entry]:
    archive = zipfile.ZipFile(path)
    for info in archive.infolist():
        mode = info.external_attr >> 16
        if info.is_dir() or (stat.S_IFMT(mode) and not stat.S_ISREG(mode)):
            continue
        name = info.filename.replace("\\", "/") if info.create_system == 0 else info.filename
        yield Entry(_normal(name), info.file_size, partial(_unzipped, archive, info))


def _unzipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    if info.flag_bits & 1:
        raise OSError(0, "it is encrypted; unpack the archive with its password first")
    return archive.open(info)


def _normal(name: str) -> str:
    """`a/b` of `./a//b`."""
    return PurePosixPath(name).as_posix()
