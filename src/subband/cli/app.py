"""The `subband` program: its commands, and how errors reach a person.

Commands import what they need when they run, so that `subband --help` answers at once.
"""

import errno
import io
import os
import sys
import warnings
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from subband._version import __version__
from subband.cli import say
from subband.cli.detect import detect
from subband.cli.evaluate import evaluate, evaluate_for
from subband.cli.flags import with_flags
from subband.cli.lab import lab
from subband.cli.reproduce import reproduce
from subband.cli.sample import sample, sample_for
from subband.cli.train import train, train_for
from subband.errors import SubbandError, SubbandWarning
from subband.runs.interrupt import terminable

_CONTEXT = {"help_option_names": ["-h", "--help"]}
_LATE = {
    "train": train_for,
    "sample": sample_for,
    "evaluate": evaluate_for,
}  # commands whose flags depend on their first word
_FULL = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EIO,
}  # a disk's troubles, no faults of ours


class _Commands(TyperGroup):
    """Turns what Subband raises on purpose into one line on stderr; an error ends in status 2."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; one whose flags depend on its words is made when these are known."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in _LATE:
            single = typer.Typer(add_completion=False, context_settings=_CONTEXT)
            single.command(name)(_LATE[name](rest))
            command = typer.main.get_command(single)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        try:
            with terminable(), warnings.catch_warnings():
                warnings.showwarning = _shown(warnings.showwarning)
                return super().invoke(ctx)
        except SubbandError as error:
            say.error(say.with_notes(f"subband: {error}", error))
            raise typer.Exit(2) from error
        except KeyboardInterrupt as stop:
            told = "subband: stopped; what was finished is kept, and nothing is half written"
            say.note(say.with_notes(told, stop))
            raise typer.Exit(say.status(stop)) from None

    def main(self, *words: Any, **options: Any) -> Any:
        """Run the program; what the operating system refuses ends it with one line, whoever asked."""
        try:
            return super().main(*words, **options)
        except OSError as error:
            if error.errno is None:  # not of the operating system
                raise
            if error.errno in _FULL:
                where = error.filename or "the output"
                told = f"subband: can't write {where}: {error.strerror}; make room, or write elsewhere"
            else:
                told = f"subband: {error.filename or 'input or output'}: {error.strerror}"
            say.error(say.with_notes(told, error))
            sys.exit(2)


def _shown(otherwise: Callable[..., None]) -> Callable[..., None]:
    """How to show a warning: one line if Subband gives it on purpose."""

    def show(message: Any, category: type[Warning], *place: Any) -> None:
        if issubclass(category, SubbandWarning):
            say.warning(f"subband: {message}")
        else:
            otherwise(message, category, *place)

    return show


app = typer.Typer(
    cls=_Commands,
    name="subband",
    help="Tell photographs from generated images, by their wavelet packets, and show why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
)
app.command()(lab)
app.command()(detect)
app.command()(reproduce)
app.command()(with_flags(train, []))
app.command()(with_flags(sample, []))
app.command()(with_flags(evaluate, []))


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"subband {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Hold the options of the program itself; typer reads them from this signature."""


def main() -> None:
    """Run the program on the words of the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a character that a terminal can't show is no reason to end
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    finally:
        _let_go_of_output()


def _let_go_of_output() -> None:
    """Drop what can't be written: Python would try once more at the end, and replace the exit status."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
