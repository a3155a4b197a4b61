"""TIFF structures: EXIF, and TIFF files themselves.

Sources: TIFF Revision 6.0 (Adobe 1992), section 2; Exif 2.32 (JEITA CP-3451E), 4.6.
"""

import struct
from collections.abc import Callable
from typing import Any

from subband.forensics.metadata.bounds import BLOCK_BYTES
from subband.forensics.metadata.container import Blocks, Exif
from subband.forensics.metadata.photoshop import iim_of

ORDERS = {b"II": "<", b"MM": ">"}
ENTRIES = 512
NUMBERS = 256  # of one tag; longer arrays (strip offsets) are cut off
TYPES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d"}
ASCII, RATIONAL, UNDEFINED, SIGNED_RATIONAL, UTF8 = 2, 5, 7, 10, 129

PHOTO = 0x8769  # where the Exif directory is
THUMBNAIL, THUMBNAIL_BYTES = 0x0201, 0x0202
XMP, IPTC, PHOTOSHOP = 700, 33723, 34377
MOST_THUMBNAIL = 1 << 20


def is_tiff(data: bytes) -> bool:
    """Whether a file begins like a TIFF structure."""
    return data[:4] in (b"II*\0", b"MM\0*")


def read_exif(data: bytes) -> Exif:
    """Tags of a TIFF structure; what can't be read is left out."""
    if not is_tiff(data):
        return Exif()
    directory = _reader(data)
    picture, following = directory(_number(data, 4))
    photo, _ = directory(picture.get(PHOTO, 0))
    second, _ = directory(following)
    start, length = second.get(THUMBNAIL, 0), second.get(THUMBNAIL_BYTES, 0)
    valid = isinstance(start, int) and isinstance(length, int) and 0 < length <= MOST_THUMBNAIL
    thumbnail = data[start : start + length] if valid else b""
    return Exif(picture, photo, thumbnail if thumbnail.startswith(b"\xff\xd8") else b"")


def blocks_of(data: bytes) -> Blocks:
    """Metadata of a TIFF file: its own directory is the EXIF."""
    picture = read_exif(data).picture
    packet, data_sets, resources = (picture.get(tag) for tag in (XMP, IPTC, PHOTOSHOP))
    packets = (_bytes(packet),) if packet else ()
    iim = _bytes(data_sets) or iim_of(_bytes(resources))
    return Blocks((), (data,), packets, (iim,) if iim else ())


def _number(data: bytes, place: int, size: int = 4) -> int:
    """Unsigned integer in the byte order of the structure; 0 beyond the end."""
    return int.from_bytes(data[place : place + size], "little" if data[:2] == b"II" else "big")


def _reader(data: bytes) -> Callable[[Any], tuple[dict[int, Any], int]]:
    """A function that reads the directory at an offset: its tags and the offset of the next directory.

    All directories share one budget of bytes: entries may point at the same value thousands of times.
    """
    left = 2 * BLOCK_BYTES
    order = ORDERS[data[:2]]

    def directory(start: Any) -> tuple[dict[int, Any], int]:
        nonlocal left
        if not isinstance(start, int) or not 8 <= start < len(data):
            return {}, 0
        count = _number(data, start, 2)
        tags: dict[int, Any] = {}
        for entry in range(start + 2, start + 2 + 12 * min(count, ENTRIES), 12):
            if entry + 12 > len(data):
                break
            tag, kind, values = struct.unpack_from(order + "HHI", data, entry)
            unit = _size(kind)
            place = entry + 8 if unit * values <= 4 else _number(data, entry + 8)
            length = min(
                unit * values, BLOCK_BYTES if kind in (1, ASCII, UNDEFINED, UTF8) else unit * NUMBERS
            )
            if not unit or length > left or place > len(data):
                continue
            left -= length
            tags.setdefault(tag, _value(data[place : place + length], kind, order))
        return tags, _number(data, start + 2 + 12 * count)

    return directory


def _size(kind: int) -> int:
    """Bytes of one value of a type; 0 for an unknown type."""
    if kind in (ASCII, UNDEFINED, UTF8):
        return 1
    if kind in (RATIONAL, SIGNED_RATIONAL):
        return 8
    return struct.calcsize("=" + TYPES[kind]) if kind in TYPES else 0


def _value(data: bytes, kind: int, order: str) -> Any:
    """A string, bytes, a number, or a tuple of numbers."""
    if kind in (ASCII, UTF8):
        return data.rstrip(b"\0 ").decode("utf-8", "replace")
    if kind == UNDEFINED or (kind == 1 and len(data) > 4):
        return data
    if kind in (RATIONAL, SIGNED_RATIONAL):
        code = "I" if kind == RATIONAL else "i"
        pairs = struct.iter_unpack(order + 2 * code, data[: len(data) // 8 * 8])
        values = tuple(a / b if b else 0.0 for a, b in pairs)
    else:
        size = struct.calcsize("=" + TYPES[kind])
        values = struct.unpack(f"{order}{len(data) // size}{TYPES[kind]}", data[: len(data) // size * size])
    return values[0] if len(values) == 1 else values


def _bytes(value: Any) -> bytes:
    """A tag's value as bytes; some writers declare XMP and IPTC as text or as 32-bit numbers."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, tuple) and all(isinstance(v, int) and 0 <= v < 2**32 for v in value):
        return b"".join(v.to_bytes(4, "little") for v in value)
    return b""
