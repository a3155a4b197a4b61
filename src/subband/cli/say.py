"""What the program says besides its results: one safe line on stderr for each thing, whatever text is in it."""

import typer

from subband.runs.interrupt import Terminated
from subband.runs.lines import one_line


def error(about: str) -> None:
    """Say in red what went wrong."""
    typer.secho(one_line(about), fg="red", err=True)


def warning(about: str) -> None:
    """Say in yellow what is doubtful."""
    typer.secho(one_line(about), fg="yellow", err=True)


def note(about: str) -> None:
    """Say what happened."""
    typer.secho(one_line(about), err=True)


def with_notes(about: str, raised: BaseException) -> str:
    """Return a message followed by the notes of the exception, such as where finished work was kept."""
    return "; ".join([about, *getattr(raised, "__notes__", ())])


def status(stop: KeyboardInterrupt) -> int:
    """Return the exit status of a program that a signal ended: 128 and its number."""
    return 143 if isinstance(stop, Terminated) else 130
