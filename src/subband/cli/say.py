"""Messages on stderr, each as one line with control characters escaped."""

import typer

from subband.runs.interrupt import Terminated
from subband.runs.lines import one_line


def error(text: str) -> None:
    """Print an error, in red."""
    typer.secho(one_line(text), fg="red", err=True)


def warning(text: str) -> None:
    """Print a warning, in yellow."""
    typer.secho(one_line(text), fg="yellow", err=True)


def note(text: str) -> None:
    """Print a note, without colour."""
    typer.secho(one_line(text), err=True)


def with_notes(text: str, raised: BaseException) -> str:
    """Append the notes of an exception to a message, e.g. the folder of finished work."""
    return "; ".join([text, *getattr(raised, "__notes__", ())])


def status(stop: KeyboardInterrupt) -> int:
    """Exit status after a signal: 128 + its number."""
    return 143 if isinstance(stop, Terminated) else 130
