"""JPEG: the segments before the first scan.

Sources: ITU-T T.81, annex B; Exif 2.32, 4.7; XMP Specification part 3, 1.1.3.
"""

from collections.abc import Iterator

from subband.forensics.metadata.bounds import BLOCKS
from subband.forensics.metadata.container import Blocks, Budget
from subband.forensics.metadata.photoshop import iim_of

SIGNATURE = b"\xff\xd8\xff"
SOS, EOI, APP1, APP13, COMMENT = 0xDA, 0xD9, 0xE1, 0xED, 0xFE
ALONE = (0x01, *range(0xD0, 0xD8))  # markers without a length
XMP = b"http://ns.adobe.com/xap/1.0/\0"
XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
EXTENSION_HEADER = len(XMP_EXTENSION) + 32 + 4 + 4  # identity, whole length, offset


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and contents of each segment up to the first scan, or to where the file is damaged."""
    start = 2
    for _ in range(BLOCKS):
        if start + 2 > len(data) or data[start] != 0xFF:
            return
        marker = data[start + 1]
        if marker == 0xFF:  # fill byte
            start += 1
            continue
        if marker in ALONE:
            start += 2
            continue
        if marker in (SOS, EOI):
            return
        length = int.from_bytes(data[start + 2 : start + 4])
        if length < 2:
            return
        yield marker, data[start + 4 : start + 2 + length]
        start += 2 + length


def blocks_of(data: bytes) -> Blocks:
    """Metadata of a JPEG file."""
    texts, exif, xmp, extension, photoshop = [], [], [], [], []
    budget = Budget()
    for marker, block in segments(data):
        if marker not in (APP1, APP13, COMMENT):
            continue
        block = budget.take(block)
        if marker == COMMENT:
            texts.append(("comment", block.decode("utf-8", "replace").rstrip("\0")))
        elif marker == APP13 and block.startswith(b"Photoshop 3.0\0"):
            photoshop.append(block[14:])
        elif block.startswith(b"Exif\0"):
            exif.append(block[6:])
        elif block.startswith(XMP):
            xmp.append(block[len(XMP) :])
        elif block.startswith(XMP_EXTENSION):
            extension.append(block[EXTENSION_HEADER:])
    if extension:
        xmp.append(b"".join(extension))
    return Blocks(tuple(texts), tuple(exif), tuple(xmp), (iim_of(b"".join(photoshop)),) if photoshop else ())
