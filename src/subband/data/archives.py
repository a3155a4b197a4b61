"""Members of tar files (optionally compressed) and zip files, read without unpacking into folders."""

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

# Exceptions that tarfile and zipfile raise for damaged archives.
DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    RuntimeError,  # missing password, unsupported compression
)
_CHUNK = 1 << 20


def is_archive(path: Path) -> bool:
    """Whether a file is a tar file (optionally compressed) or a zip file."""
    return _is_tar(path) or zipfile.is_zipfile(path)


def list_archive(path: Path) -> Listing:
    """List a tar or zip file.

    A compressed tar file allows no random access: it is decompressed once, and its pictures are kept in an
    anonymous temporary file for as long as an entry refers to it.

    Raises:
        DataError: damaged or unreadable archive, or a full disk for the temporary file.
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
                f"no space in {tempfile.gettempdir()} to decompress {printable(path)}; "
                "unpack it and give the folder"
            ) from error
        raise DataError(f"can't read {printable(path)}: {error.strerror or error}") from error


def _is_tar(path: Path) -> bool:
    """`tarfile.is_tarfile`, False where it raises (damaged gzip headers)."""
    try:
        return tarfile.is_tarfile(path)
    except DAMAGED:
        return False


def _plain(archive: tarfile.TarFile) -> Iterator[Entry]:
    """Members of an uncompressed tar file, read in place; links are resolved to their targets."""
    weakref.finalize(archive, getattr(archive.fileobj, "close"))  # noqa: B009 - fileobj is untyped
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
    """Members of a compressed tar file, read sequentially into a temporary file."""
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
    """File contents, concatenated in an anonymous temporary file that is closed with the object."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, self._file.close)

    def keep(self, content: IO[bytes] | None) -> tuple[int, int]:
        """Append a file; returns its (offset, length)."""
        offset = self._file.tell()
        while content is not None and (chunk := content.read(_CHUNK)):
            self._file.write(chunk)
        return offset, self._file.tell() - offset

    def open(self, span: tuple[int, int] | None) -> IO[bytes]:
        """The file at (offset, length)."""
        if span is None:
            raise OSError(0, "it is a link to a file without an image suffix; unpack the archive first")
        self._file.seek(span[0])
        return io.BytesIO(self._file.read(span[1]))


def _target(members: dict[str, tarfile.TarInfo], name: str) -> tarfile.TarInfo | None:
    """The regular file a member resolves to; None for folders, devices and broken links."""
    for _ in range(40):  # Linux's limit on chained symbolic links
        member = members.get(name)
        if member is None or not (member.islnk() or member.issym()):
            return member if member is not None and member.isreg() else None
        folder = posixpath.dirname(name) if member.issym() else ""
        name = _normal(posixpath.normpath(posixpath.join(folder, member.linkname)))
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
    """Normalised path: `./a//b` → `a/b`."""
    return PurePosixPath(name).as_posix()
