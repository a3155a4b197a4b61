"""Text that leaves the program, as one safe line: of a message, and of a shell."""

import os
import shlex

from subband.runs.names import printable


def one_line(message: str) -> str:
    """Return a message as one line that is safe to print: for where text leaves the program.

    As `printable`, but a backslash stays as it is, since a message may hold names that are escaped already.
    """
    return message if message.isprintable() else "\\".join(map(printable, message.split("\\")))


def typed(word: str | os.PathLike) -> str:
    r"""Return a word as one types it in a shell, whatever bytes it has.

    An ordinary word stays or gets quotes; one with bytes that are no text is written as `$'caf\xe9'`, which
    bash, zsh, ksh and POSIX 2024 read.
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
