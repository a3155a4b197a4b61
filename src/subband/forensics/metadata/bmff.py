"""AVIF and HEIC: items "Exif" and XMP of the meta box.

Sources: ISO/IEC 14496-12, 8.11 (meta, iinf, iloc); ISO/IEC 23008-12, annex A (Exif, XMP items).
"""

from collections.abc import Iterator

from subband.forensics.metadata.bounds import BLOCK_BYTES, BLOCKS
from subband.forensics.metadata.container import Blocks, Budget

ITEMS = 4096


def is_bmff(data: bytes) -> bool:
    """Whether a file begins with a file type box."""
    return data[4:8] == b"ftyp"


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, first byte and end of the contents of each box between `start` and `end`."""
    for _ in range(BLOCKS):
        if start + 8 > end:
            return
        size, kind, header = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[start + 8 : start + 16]), 16
        elif size == 0:
            size = end - start
        if size < header:
            return
        yield kind, start + header, min(start + size, end)
        start += size


def blocks_of(data: bytes) -> Blocks:
    """Metadata of an AVIF or HEIC file."""
    meta = next(((a, b) for kind, a, b in boxes(data, 0, len(data)) if kind == b"meta"), None)
    if meta is None:
        return Blocks()
    parts = {kind: (a, b) for kind, a, b in boxes(data, meta[0] + 4, meta[1])}
    kinds = dict(_item_types(data, *parts.get(b"iinf", (0, 0))))
    exif, xmp = [], []
    budget = Budget()
    for item, contents in _items(data, *parts.get(b"iloc", (0, 0)), wanted=set(kinds)):
        contents = budget.take(contents)
        if kinds[item] == b"Exif":
            exif.append(contents[4 + int.from_bytes(contents[:4]) :])  # an offset precedes the TIFF header
        else:
            xmp.append(contents)
    return Blocks((), tuple(exif), tuple(xmp))


def _item_types(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Number and type of the items of metadata: b"Exif" or b"mime" (of XML)."""
    if end - start < 6:
        return
    start += 6 if data[start] == 0 else 8  # version, flags, count
    for _, (kind, a, b) in zip(range(ITEMS), boxes(data, start, end), strict=False):
        if kind != b"infe" or data[a : a + 1] not in (b"\2", b"\3"):
            continue
        wide = 2 if data[a] == 2 else 4
        number = int.from_bytes(data[a + 4 : a + 4 + wide])
        item = data[a + 6 + wide : a + 10 + wide]
        if item == b"Exif" or (item == b"mime" and b"rdf+xml" in data[a:b][:200]):
            yield number, item


def _items(data: bytes, start: int, end: int, wanted: set[int]) -> Iterator[tuple[int, bytes]]:
    """Number and contents of the wanted items that lie in the file itself (construction method 0)."""
    place = start

    def number(size: int) -> int:
        nonlocal place
        place += size
        return int.from_bytes(data[place - size : min(place, end)])

    if end - start < 8:
        return
    version = number(1)
    number(3)
    sizes = number(2)
    offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    wide = 2 if version < 2 else 4
    for _ in range(min(number(wide), ITEMS)):
        item = number(wide)
        method = number(2) & 15 if version else 0
        number(2)  # data reference
        origin, contents, left = number(base), [], BLOCK_BYTES
        for _ in range(number(2)):
            if place >= end:
                return
            if version:
                number(index)
            first, count = origin + number(offset), number(length)
            if item in wanted and method == 0 and left > 0:
                contents.append(data[first : first + min(count, left)])
                left -= count
        if contents:
            yield item, b"".join(contents)
