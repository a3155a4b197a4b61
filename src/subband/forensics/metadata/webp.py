"""WebP: EXIF and XMP chunks. Source: WebP Container Specification (Google), "Metadata"."""

from subband.forensics.metadata.bounds import BLOCK_BYTES, BLOCKS
from subband.forensics.metadata.container import Blocks, Budget


def is_webp(data: bytes) -> bool:
    """Whether a file begins like a WebP file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def blocks_of(data: bytes) -> Blocks:
    """Metadata of a WebP file."""
    exif, xmp = [], []
    budget = Budget()
    start = 12
    for _ in range(BLOCKS):
        if start + 8 > len(data):
            break
        kind, length = data[start : start + 4], int.from_bytes(data[start + 4 : start + 8], "little")
        if kind in (b"EXIF", b"XMP ") and length <= BLOCK_BYTES:
            block = budget.take(data[start + 8 : start + 8 + length])
            if kind == b"XMP ":
                xmp.append(block)
            else:
                exif.append(block[6:] if block.startswith(b"Exif\0") else block)
        start += 8 + length + length % 2
    return Blocks((), tuple(exif), tuple(xmp))
