"""File names of arbitrary bytes as one printable line."""

import os
import unicodedata

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
# Control, format and surrogate characters, line and paragraph separators. Private and unassigned ones (new
# emoji) are printed.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # format characters too, but ordinary spelling in Persian, Hindi and emoji


def printable(name: str | os.PathLike) -> str:
    r"""Escape a name to one printable line of valid Unicode.

    Control characters (newlines, tabs, terminal sequences), line and paragraph separators, invisible format
    characters (bidirectional overrides) and surrogates are escaped with a backslash. Surrogates stand for
    bytes that are not UTF-8 (PEP 383) and are escaped as bytes. Unless it is the path separator, a backslash
    is doubled, so that distinct names remain distinct.

    Args:
        name: a path or a name, decoded by `os.fsdecode`.

    Example:
        >>> print(printable("caf\udce9\n.jpg"), printable("日本語 é.png"))
        caf\xe9\n.jpg 日本語 é.png
    """
    return "".join(map(_escaped, os.fsdecode(name)))


def _escaped(character: str) -> str:
    if character == "\\":
        return character if os.sep == "\\" else r"\\"
    if unicodedata.category(character) not in _UNSAFE or character in _JOINERS:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return rf"\x{code - 0xDC00:02x}"  # byte that is not UTF-8
    if code < 0x80:
        return _SHORT.get(character, rf"\x{code:02x}")
    return rf"\u{code:04x}" if code <= 0xFFFF else rf"\U{code:08x}"
