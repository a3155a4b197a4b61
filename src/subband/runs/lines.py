"""Messages and shell words as one printable line."""

import os
import shlex

from subband.runs.names import printable


def one_line(message: str) -> str:
    """Escape a message to one printable line.

    As `printable`, but backslashes are kept, since names in the message may already be escaped.
    """
    return message if message.isprintable() else "\\".join(map(printable, message.split("\\")))


def typed(word: str | os.PathLike) -> str:
    r"""Quote a word for a shell.

    Words with bytes that are not UTF-8 are written as `$'caf\xe9'` (bash, zsh, ksh, POSIX 2024).

    Example:
        >>> print(typed("a b"), typed("plain"))
        'a b' plain
    """
    text = os.fsdecode(word)
    if one_line(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(map(_in_ansi_quotes, text)) + "'"


def _in_ansi_quotes(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if printable(character) == character:
        return character
    return "".join(rf"\x{byte:02x}" for byte in os.fsencode(character))
