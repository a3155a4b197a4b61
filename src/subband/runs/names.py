"""Names of files as one line of text, whatever bytes a file system or an archive holds."""

import os
import unicodedata

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
# Other, without the private and the unassigned (new emoji): control, format, surrogate; and line separators.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # format characters too, but ordinary spelling in Persian, Hindi and emoji


def printable(name: str | os.PathLike) -> str:
    r"""Return a name as one line that is safe to print, and that any strict encoder of Unicode takes.

    Escaped with a backslash are control characters (so new lines, tabs and terminal sequences), line and
    paragraph separators, invisible format characters (so bidirectional overrides), and surrogates: Python
    has the bytes of a name that is not UTF-8 so (PEP 383), and they are shown as bytes. All other characters
    stay. Where a backslash is no path separator it is doubled, so that different names stay different.

    >>> print(printable("caf\udce9\n.jpg"), printable("日本語 é.png"))
    caf\xe9\n.jpg 日本語 é.png

    Args:
        name: a path or a name; of bytes too, as `os.fsdecode` reads them.
    """
    return "".join(map(_escaped, os.fsdecode(name)))


def _escaped(character: str) -> str:
    if character == "\\":
        return character if os.sep == "\\" else r"\\"
    if unicodedata.category(character) not in _UNSAFE or character in _JOINERS:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return rf"\x{code - 0xDC00:02x}"  # the byte that was no UTF-8
    if code < 0x80:
        return _SHORT.get(character, rf"\x{code:02x}")
    return rf"\u{code:04x}" if code <= 0xFFFF else rf"\U{code:08x}"
