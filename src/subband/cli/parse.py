"""Words of the command line that are more than a number or a path, and times as a person reads them."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable

import typer

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smh])+")


def duration(text: str) -> float:
    """Return the seconds meant by "90s", "3m", "1.5h" or "1h30m".

    Raises:
        typer.BadParameter: anything else, or nothing at all.
    """
    words = text.strip().lower()
    if not _DURATION.fullmatch(words):
        raise typer.BadParameter(f"{text!r} is not a time: write a number and a unit, e.g. 90s, 3m or 1h30m")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([smh])", words))
    if seconds <= 0:
        raise typer.BadParameter(f"{text!r} is no time at all: use at least 1s")
    return seconds


def first_argument(
    words: Iterable[str], valued: Collection[str], known: Callable[[str], bool] = lambda word: False
) -> str | None:
    """Return the first word that is neither an option nor the value of one; None if there is none.

    Args:
        words: after the name of the command.
        valued: the options that take a value, as "--data".
        known: whether a word is what is looked for. Such a word goes before others: after an option that nobody
            knows, the next word may be its value.
    """
    found, rest = [], iter(words)
    for word in rest:
        if word == "--":
            found += rest
        elif word in valued:
            next(rest, None)
        elif not word.startswith("-"):
            found.append(word)
    return next(filter(known, found), found[0] if found else None)


def asks_for_help(words: Collection[str]) -> bool:
    """Whether a command is asked for its help."""
    return "--help" in words or "-h" in words


def suggestion(word: str, names: Iterable[str]) -> str:
    """Return `; did you mean "name"? Else` for the nearest of the names, or ":" where none is near."""
    near = difflib.get_close_matches(word.lower(), list(names), n=1)
    return f'; did you mean "{near[0]}"? Else' if near else ":"


def named_folders(pairs: list[str]) -> dict[str, str]:
    """Return {NAME: DIR} for a list of "NAME=DIR".

    Raises:
        typer.BadParameter: a pair has no name, no folder or no "=", or a name comes twice.
    """
    folders: dict[str, str] = {}
    for pair in pairs:
        name, equals, folder = pair.partition("=")
        if not equals or not name.strip() or not folder.strip():
            raise typer.BadParameter(f"{pair!r} is not NAME=DIR: write e.g. --generated sd14=images/sd14")
        if name in folders:
            raise typer.BadParameter(f"source {name!r} is given twice: each --generated needs its own name")
        folders[name] = folder
    return folders
