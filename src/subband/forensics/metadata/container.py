"""What a file says of itself in blocks beside its pixels: the container-independent form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from subband.forensics.metadata.bounds import FILE_BYTES


@dataclass(frozen=True)
class Blocks:
    """Blocks of metadata as they lie in a file, before they are parsed.

    Attributes:
        texts: Keyword and text of PNG's text chunks; comments of JPEG and GIF under the keyword "comment".
        exif: TIFF structures.
        xmp: XML packets.
        iim: IPTC IIM data sets, one string of bytes each.
    """

    texts: tuple[tuple[str, str], ...] = ()
    exif: tuple[bytes, ...] = ()
    xmp: tuple[bytes, ...] = ()
    iim: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Exif:
    """Tags of a TIFF structure; values are str, int, float, bytes, or tuples of numbers.

    Attributes:
        picture: tag → value of the first directory (IFD0).
        photo: tag → value of the Exif directory (0x8769).
        thumbnail: JPEG file of the second directory; empty if none.
    """

    picture: Mapping[int, Any] = field(default_factory=dict)
    photo: Mapping[int, Any] = field(default_factory=dict)
    thumbnail: bytes = b""


@dataclass(frozen=True)
class Metadata:
    """What a file says of itself.

    Attributes:
        container: "png", "jpeg", "webp", "gif", "tiff", "bmff" (AVIF, HEIC), "bmp", or "" if unknown.
        texts: keyword and text, in the file's order.
        exif: see `Exif`; empty if none.
        xmp: "{namespace}name" of a property → its values as strings, attributes and elements alike.
        iim: (record, data set) → value, e.g. (2, 110) for Credit.
        credentials: whether the file seems to carry a C2PA manifest store.
    """

    container: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    exif: Exif = field(default_factory=Exif)
    xmp: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    iim: Mapping[tuple[int, int], str] = field(default_factory=dict)
    credentials: bool = False

    def text(self, keyword: str) -> str | None:
        """First text of this keyword, upper and lower case as written."""
        return next((text for key, text in self.texts if key == keyword), None)

    def property(self, name: str) -> str | None:
        """First value of an XMP property of this local name, in any namespace."""
        found = (values for key, values in self.xmp.items() if key.rpartition("}")[2].lower() == name.lower())
        return next((value for values in found for value in values), None)


class Budget:
    """Counts bytes of metadata; what would exceed `FILE_BYTES` in all is left out."""

    def __init__(self) -> None:
        self.left = FILE_BYTES

    def take(self, data: bytes) -> bytes:
        """`data`, or nothing once the budget is spent."""
        if len(data) > self.left:
            return b""
        self.left -= len(data)
        return data
