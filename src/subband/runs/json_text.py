"""JSON that any program can read, also where names of files are no text.

The convention: every string is text. Where a file's name is not UTF-8, "path" has it with the odd bytes escaped,
for people, and "path_base64" beside it has the exact bytes. A name without "path_base64" is exact as it stands.
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
    r"""Return JSON in which characters that a terminal would obey are written as \uXXXX.

    Strings that no Unicode encoder takes are escaped as `printable` does; NaN and infinity, which JSON does not
    know, become null.
    """
    text = json.dumps(_texts(content), indent=indent, ensure_ascii=False, allow_nan=False)
    return _INVISIBLE.sub(lambda found: rf"\u{ord(found[0]):04x}", text)


def named(key: str, name: str | os.PathLike) -> dict[str, str]:
    """Return {key: name}, and where the name is not UTF-8 its exact bytes as {key + "_base64"} too."""
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
