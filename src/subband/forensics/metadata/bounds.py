"""Bounds on what is read from an untrusted file: sizes, counts, depths. What exceeds them is left out."""

import json
import zlib
from typing import Any

BLOCKS = 20_000
"""Chunks, segments or boxes looked at in one file. A 100-megapixel PNG in 8 KiB chunks has fewer."""

BLOCK_BYTES = 4 << 20
"""One block of metadata, compressed or not. A large ComfyUI workflow has 1 MiB; Photoshop's XMP may have 2."""

FILE_BYTES = 16 << 20
"""All metadata of one file, after decompression."""

SHOWN = 2000
"""Characters of a field that a finding keeps."""


def inflated(data: bytes, *, gzip: bool = False) -> bytes:
    """The first `BLOCK_BYTES` of a zlib or gzip stream; what could be decompressed of a damaged one."""
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS)
    try:
        return stream.decompress(data, BLOCK_BYTES)
    except zlib.error:
        return b""


def json_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is; None for anything else, too long, or nested too deeply to be read."""
    text = text.strip().strip("\0")
    if not text.startswith("{") or len(text) > BLOCK_BYTES:
        return None
    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def shown(value: Any) -> Any:
    """A JSON value for a finding's details: strings cut at `SHOWN` characters, lists and objects written as such.

    Numbers stay numbers; an integer beyond 64 bits becomes a string.
    """
    if value is None or isinstance(value, bool | float):
        return value if value == value and value not in (float("inf"), float("-inf")) else str(value)
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)[:SHOWN]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text.encode("utf-8", "replace").decode()  # lone surrogates of JSON escapes can't be printed
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
