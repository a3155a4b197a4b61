"""Text fields of EXIF that are not plain ASCII: UserComment and the XP tags of Windows.

Source: Exif 2.32, 4.6.5 (UserComment: eight bytes name the character code); Microsoft's XPComment … are UTF-16LE.
"""

from typing import Any

CODES = {b"ASCII\0\0\0": "ascii", b"JIS\0\0\0\0\0": "iso2022_jp", b"UNICODE\0": "utf-16", bytes(8): "utf-8"}


def user_comment(value: Any) -> str:
    """Text of the tag UserComment (0x9286); "" if there is none."""
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        return ""
    code = CODES.get(value[:8])
    text = value[8:] if code else value
    if code != "utf-16":
        return text.decode("utf-8", "replace").strip("\0 ")
    return text.decode(_byte_order(text), "replace").strip("\0 \ufeff")


def windows_text(value: Any) -> str:
    """Text of an XP tag (0x9C9B to 0x9C9F)."""
    return value.decode("utf-16-le", "replace").rstrip("\0") if isinstance(value, bytes) else ""


def _byte_order(text: bytes) -> str:
    """UTF-16 of either order: writers follow their own machine or the TIFF header. Latin text decides."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return "utf-16-be" if text[0::2].count(0) >= text[1::2].count(0) else "utf-16-le"
