"""JSON with file names of arbitrary bytes.

Every string is valid Unicode. A file name that is not UTF-8 is stored twice: escaped under "path", and as
exact bytes under "path_base64". Without "path_base64" the name under "path" is exact.
"""

import base64
import json
import math
import os
import re
from typing import Any

from subband.runs.names import printable

_INVISIBLE = re.compile(
    "[\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def json_text(content: Any, *, indent: int | None = 2) -> str:
    r"""Serialise to JSON, with control and invisible characters as \uXXXX.

    Strings with surrogates are escaped by `printable`. NaN and infinity, which JSON lacks, become null.

    Example:
        >>> json_text({"rate": float("nan")}, indent=None)
        '{"rate": null}'
    """
    text = json.dumps(_texts(content), indent=indent, ensure_ascii=False, allow_nan=False)
    return _INVISIBLE.sub(lambda found: rf"\u{ord(found[0]):04x}", text)


def named(key: str, name: str | os.PathLike) -> dict[str, str]:
    """{key: name}; for names that are not UTF-8 also the exact bytes, under key + "_base64"."""
    text = os.fsdecode(name)
    if _is_text(text):
        return {key: text}
    return {key: printable(text), f"{key}_base64": base64.b64encode(os.fsencode(text)).decode("ascii")}


def _texts(content: Any) -> Any:
    if isinstance(content, str):
        return content if _is_text(content) else printable(content)
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, dict):
        return {_texts(key): _texts(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_texts(value) for value in content]
    return content


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
