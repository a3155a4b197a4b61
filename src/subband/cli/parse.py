"""Parsing of command-line arguments: durations, NAME=DIR pairs, and the first positional argument."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable

import typer

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smh])+")


def duration(text: str) -> float:
    """Parse a duration in seconds: "90s", "3m", "1.5h" or "1h30m".

    Raises:
        typer.BadParameter: another format, or zero.
    """
    words = text.strip().lower()
    if not _DURATION.fullmatch(words):
        raise typer.BadParameter(
            f"{text!r} is not a duration: type a number and a unit, e.g. 90s, 3m or 1h30m"
        )
    seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([smh])", words))
    if seconds <= 0:
        raise typer.BadParameter(f"{text!r} is zero: use at least 1s")
    return seconds


def first_argument(
    words: Iterable[str], valued: Collection[str], known: Callable[[str], bool] = lambda word: False
) -> str | None:
    """First positional argument, None if there is none.

    Args:
        words: Arguments after the name of the command.
        valued: Options that take a value, as "--data".
        known: Test for the expected argument. A word that passes takes precedence over earlier positional words,
            since the word after an unknown option may be its value.
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
    """Whether the arguments contain --help or -h."""
    return "--help" in words or "-h" in words


def suggestion(word: str, names: Iterable[str]) -> str:
    """`; did you mean "NAME"? Otherwise` for the closest of the names, ":" if none is close."""
    near = difflib.get_close_matches(word.lower(), list(names), n=1)
    return f'; did you mean "{near[0]}"? Otherwise' if near else ":"


def named_folders(pairs: list[str]) -> dict[str, str]:
    """Parse a list of "NAME=DIR" into {NAME: DIR}.

    Raises:
        typer.BadParameter: a pair without name, folder or "=", or a repeated name.
    """
    folders: dict[str, str] = {}
    for pair in pairs:
        name, equals, folder = pair.partition("=")
        if not equals or not name.strip() or not folder.strip():
            raise typer.BadParameter(f"{pair!r} is not NAME=DIR: type e.g. --generated sd14=images/sd14")
        if name in folders:
            raise typer.BadParameter(
                f"source {name!r} is given twice: give each --generated a different name"
            )
        folders[name] = folder
    return folders
