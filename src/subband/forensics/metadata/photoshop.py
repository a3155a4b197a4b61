"""Photoshop's image resources, which hold IPTC data sets in JPEG, PNG and TIFF files; and the data sets.

Sources: Adobe Photoshop File Formats Specification (image resource blocks); IPTC-NAA Information Interchange Model
4.2, chapter 3.
"""

from collections.abc import Iterator

from subband.forensics.metadata.bounds import BLOCKS

IPTC_RESOURCE = 0x0404
VALUE_BYTES = 4096


def iim_of(data: bytes) -> bytes:
    """The IPTC data sets in a string of image resources, or the string itself if it has none of these."""
    if not data.startswith((b"8BIM", b"Photoshop 3.0\0")):
        return data if data.startswith(b"\x1c") else b""
    start = 14 if data.startswith(b"Photoshop") else 0
    for _ in range(BLOCKS):
        if data[start : start + 4] != b"8BIM":
            return b""
        resource = int.from_bytes(data[start + 4 : start + 6])
        start += 6
        name = data[start] if start < len(data) else 0
        start += (1 + name + 1) // 2 * 2  # a Pascal string, padded to an even length
        length = int.from_bytes(data[start : start + 4])
        start += 4
        if resource == IPTC_RESOURCE:
            return data[start : start + length]
        start += (length + 1) // 2 * 2
    return b""


def data_sets(data: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    """(Record, data set) and value of each IIM data set."""
    start = 0
    for _ in range(BLOCKS):
        if start + 5 > len(data) or data[start] != 0x1C:
            return
        record, number = data[start + 1], data[start + 2]
        length = int.from_bytes(data[start + 3 : start + 5])
        start += 5
        if length & 0x8000:  # extended data set: the lower bits count the bytes of the length
            size = length & 0x7FFF
            length = int.from_bytes(data[start : start + min(size, 4)])
            start += size
        yield (record, number), data[start : start + min(length, VALUE_BYTES)].decode("utf-8", "replace")
        start += length
