"""PNG: text chunks, eXIf, and the profiles that ImageMagick writes as hexadecimal text.

Source: Portable Network Graphics (Third Edition), W3C 2023, section 11.3.
"""

from collections.abc import Iterator

from subband.forensics.metadata.bounds import BLOCK_BYTES, BLOCKS, inflated
from subband.forensics.metadata.container import Blocks, Budget
from subband.forensics.metadata.photoshop import iim_of

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORDS = ("XML:com.adobe.xmp", "Raw profile type xmp")
KEYWORD_BYTES = 79


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, first byte and end of each chunk's data, up to IEND or to where the file is cut off."""
    start = len(SIGNATURE)
    for _ in range(BLOCKS):
        if start + 8 > len(data):
            return
        length, kind = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8]
        yield kind, start + 8, min(start + 8 + length, len(data))
        if kind == b"IEND":
            return
        start += 12 + length


def blocks_of(data: bytes) -> Blocks:
    """Metadata of a PNG file."""
    texts: list[tuple[str, str]] = []
    exif, xmp, iim = [], [], []
    budget = Budget()
    for kind, start, end in chunks(data):
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"eXIf") or end - start > BLOCK_BYTES:
            continue
        block = data[start:end]
        if kind == b"eXIf":
            exif.append(budget.take(block))
            continue
        keyword, value = _text(kind, block)
        value = budget.take(value)
        if keyword in XMP_KEYWORDS:
            xmp.append(_profile(value) if keyword != XMP_KEYWORDS[0] else value)
        elif keyword in ("Raw profile type exif", "Raw profile type APP1"):
            profile = _profile(value)
            (xmp if b"<x:xmpmeta" in profile[:200] else exif).append(profile)
        elif keyword in ("Raw profile type iptc", "Raw profile type 8bim"):
            iim.append(iim_of(_profile(value)))
        elif value:
            texts.append((keyword, _decoded(kind, value)))
    return Blocks(tuple(texts), tuple(exif), tuple(xmp), tuple(iim))


def _text(kind: bytes, block: bytes) -> tuple[str, bytes]:
    """Keyword and uncompressed text of a text chunk."""
    keyword, _, rest = block.partition(b"\0")
    if kind == b"zTXt":
        rest = inflated(rest[1:])  # after the compression method
    elif kind == b"iTXt":
        compressed, rest = rest[:1] == b"\1", rest[2:]
        _language, _, rest = rest.partition(b"\0")
        _translated, _, rest = rest.partition(b"\0")
        rest = inflated(rest) if compressed else rest
    return keyword[:KEYWORD_BYTES].decode("latin-1"), rest


def _decoded(kind: bytes, value: bytes) -> str:
    """tEXt and zTXt are Latin-1 by the standard and UTF-8 in practice."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-8", "replace") if kind == b"iTXt" else value.decode("latin-1")


def _profile(value: bytes) -> bytes:
    """Bytes of a profile that is written as its name, its length and hexadecimal digits, each on new lines."""
    words = value.split(None, 2)
    try:
        return bytes.fromhex(words[2].decode("ascii")) if len(words) == 3 else b""
    except ValueError:
        return b""
