"""Folders and files behind a URL, through fsspec: s3://, gs://, memory:// and whatever else it knows."""

import re
from typing import Any

from subband.errors import DataError, MissingDependency
from subband.runs.names import printable

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}
WITH_SCALE = ("s3", "s3a")  # whose packages come with the extra "scale"


def is_url(place: str) -> bool:
    """Whether a source is a URL such as s3://bucket/prefix, no path."""
    return _URL.match(place) is not None


def store_of(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    Raises:
        MissingDependency: fsspec or the package for this kind of store is not installed.
        DataError: fsspec doesn't know the kind.
    """
    protocol = url.partition("://")[0]
    try:
        import fsspec
    except ImportError as error:
        raise MissingDependency(f'{protocol}:// needs fsspec: pip install "subband[scale]"') from error
    try:
        return fsspec.core.url_to_fs(url)
    except ImportError as error:
        package = _PACKAGES.get(protocol)
        install = '"subband[scale]"' if protocol in WITH_SCALE else package or "the package that fsspec names"
        raise MissingDependency(
            f"{protocol}:// needs {package or 'a package'}: pip install {install}"
        ) from error
    except ValueError as error:
        raise DataError(
            f"can't open {printable(url)}: {error}; a source is a folder, an archive, a URL such as "
            's3://bucket/prefix, or "hf:NAME"'
        ) from error


def open_place(place: str) -> Any:
    """Open a path or a URL for reading: a file object of bytes, which can seek.

    Raises:
        OSError: it can't be opened.
    """
    if not is_url(place):
        from subband.data.decode import open_file

        return open_file(place)
    store, path = store_of(place)
    return store.open(path, "rb")


def stamp(info: dict[str, Any]) -> str:
    """What tells a changed object from an unchanged one: its size, and the tag or time that the store gives."""
    tag = next(
        (info[key] for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime") if info.get(key)), ""
    )
    return f"{info.get('size')} {tag}"
