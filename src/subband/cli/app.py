"""The `subband` program: its commands and their error messages.

Commands import their dependencies when they run, so that `subband --help` is fast.
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
from subband.cli.calibrate import calibrate, teach
from subband.cli.compress import compress, decompress
from subband.cli.detect import detect
from subband.cli.edit import edit, edit_for
from subband.cli.evaluate import evaluate, evaluate_for
from subband.cli.evaluate_detector import evaluate_detector
from subband.cli.flags import with_flags
from subband.cli.fly import fly
from subband.cli.lab import lab
from subband.cli.predict import predict
from subband.cli.reproduce import reproduce
from subband.cli.restore import restore
from subband.cli.sample import sample, sample_for
from subband.cli.scan import scan
from subband.cli.synthesise import synthesise
from subband.cli.train import train, train_for
from subband.cli.translate import translate
from subband.errors import SubbandError, SubbandWarning
from subband.runs.interrupt import terminable

_CONTEXT = {"help_option_names": ["-h", "--help"]}
# Commands whose flags depend on a family or checkpoint.
_LATE = {"train": train_for, "sample": sample_for, "edit": edit_for, "evaluate": evaluate_for}
# Storage errors, which freeing space or another folder can cure.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


class _Commands(TyperGroup):
    """Prints SubbandError and SubbandWarning as one line on stderr; an error exits with status 2."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; build it first where its flags depend on the arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in _LATE:
            single = typer.Typer(add_completion=False, context_settings=_CONTEXT)
            single.command(name)(_LATE[name](rest))
            command = typer.main.get_command(single)
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        try:
            with terminable(), warnings.catch_warnings():
                warnings.showwarning = _show_warning(warnings.showwarning)
                return super().invoke(ctx)
        except SubbandError as error:
            say.error(say.with_notes(f"subband: {error}", error))
            raise typer.Exit(2) from error
        except KeyboardInterrupt as stop:
            message = "subband: stopped; finished work is kept, and no file is incomplete"
            say.note(say.with_notes(message, stop))
            raise typer.Exit(say.status(stop)) from None

    def main(self, *words: Any, **options: Any) -> Any:
        """Run the program; an error of the operating system is printed as one line and exits with status 2."""
        try:
            return super().main(*words, **options)
        except OSError as error:
            if error.errno is None:  # raised by Python code, not by a system call
                raise
            if error.errno in _FULL:
                where = error.filename or "the output"
                advice = "free some space, or choose another folder"
                message = f"subband: can't write {where}: {error.strerror}; {advice}"
            else:
                message = f"subband: {error.filename or 'input or output'}: {error.strerror}"
            say.error(say.with_notes(message, error))
            sys.exit(2)


def _show_warning(otherwise: Callable[..., None]) -> Callable[..., None]:
    """A `warnings.showwarning` that prints a SubbandWarning as one line and passes others on to `otherwise`."""

    def show(message: Any, category: type[Warning], *location: Any) -> None:
        if issubclass(category, SubbandWarning):
            say.warning(f"subband: {message}")
        else:
            otherwise(message, category, *location)

    return show


app = typer.Typer(
    cls=_Commands,
    name="subband",
    help="Detect generated images by their wavelet packets, explain the verdict, and train generators.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
)
app.command()(lab)
app.command()(detect)
app.command()(calibrate)
app.command()(teach)
app.command("evaluate-detector")(evaluate_detector)
app.command()(scan)
app.command()(compress)
app.command()(decompress)
app.command()(predict)
app.command()(fly)
app.command()(reproduce)
app.command()(with_flags(train, []))
app.command()(with_flags(sample, []))
app.command()(with_flags(edit, []))
app.command()(with_flags(evaluate, []))
app.command()(restore)
app.command()(synthesise)
app.command()(translate)


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
    """Options of the program itself; typer reads this signature."""


def main() -> None:
    """Run the program on sys.argv."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # escape characters that the terminal can't encode
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    finally:
        _discard_unwritable_output()


def _discard_unwritable_output() -> None:
    """Discard buffered output that can't be written: Python would retry at exit and replace the exit status."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
