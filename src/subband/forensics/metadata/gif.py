"""GIF: comments and XMP. Sources: GIF89a specification (1990); XMP Specification part 3, 1.1.2."""

from subband.forensics.metadata.bounds import BLOCKS
from subband.forensics.metadata.container import Blocks, Budget

SIGNATURES = (b"GIF87a", b"GIF89a")


def blocks_of(data: bytes) -> Blocks:
    """Metadata of a GIF file."""
    texts, xmp = [], []
    budget = Budget()
    start = 13 + _table(data, 10)
    for _ in range(BLOCKS):
        kind = data[start : start + 1]
        if kind == b"!":
            label, application = data[start + 1 : start + 2], data[start + 3 : start + 14]
            if label == b"\xff" and application == b"XMP DataXMP":
                end = data.find(b"\0\0", start + 14)  # the trailer ends with two zero bytes
                end = len(data) if end < 0 else end
                packet = data[start + 14 : end]
                xmp.append(budget.take(packet[: packet.rfind(b">") + 1]))
                start = end + 2
                continue
            contents, start = _sub_blocks(data, start + 2)
            if label == b"\xfe":
                texts.append(("comment", budget.take(contents).decode("utf-8", "replace")))
        elif kind == b",":
            _, start = _sub_blocks(data, start + 11 + _table(data, start + 9))  # after the LZW code size
        else:
            break
    return Blocks(tuple(texts), (), tuple(xmp))


def _table(data: bytes, place: int) -> int:
    """Bytes of the colour table that the flags at `place` announce."""
    flags = data[place] if place < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _sub_blocks(data: bytes, start: int) -> tuple[bytes, int]:
    """Contents of a chain of sub-blocks, and where it ends."""
    parts = []
    while start < len(data) and data[start]:
        parts.append(data[start + 1 : start + 1 + data[start]])
        start += 1 + data[start]
    return b"".join(parts), start + 1
