"""Words of the command line that are more than a number or a path, and times as a person reads them."""

import re

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
