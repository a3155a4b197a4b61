"""The `subband` program: its commands, and how errors reach a person.

Commands import what they need when they run, so that `subband --help` answers at once.
"""

import warnings
from collections.abc import Callable
from signal import SIGINT, SIGTERM
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from subband._version import __version__
from subband.cli.detect import detect
from subband.cli.evaluate import evaluate, evaluate_for
from subband.cli.flags import with_flags
from subband.cli.lab import lab
from subband.cli.reproduce import reproduce
from subband.cli.sample import sample, sample_for
from subband.cli.train import train, train_for
from subband.errors import SubbandError, SubbandWarning
from subband.runs.interrupt import Terminated, terminable

_CONTEXT = {"help_option_names": ["-h", "--help"]}
_LATE = {
    "train": train_for,
    "sample": sample_for,
    "evaluate": evaluate_for,
}  # commands whose flags depend on their first word


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
            with warnings.catch_warnings(), terminable():
                warnings.showwarning = _say(warnings.showwarning)
                return super().invoke(ctx)
        except SubbandError as error:
            typer.secho(f"subband: {error}", fg="red", err=True)
            raise typer.Exit(2) from error
        except KeyboardInterrupt as end:
            typer.secho("subband: stopped; what was finished is kept, and nothing is half written", err=True)
            raise typer.Exit(128 + (SIGTERM if isinstance(end, Terminated) else SIGINT)) from None


def _say(otherwise: Callable[..., None]) -> Callable[..., None]:
    """How to show a warning: one line if Subband gives it on purpose."""

    def show(message: Any, category: type[Warning], *place: Any) -> None:
        if issubclass(category, SubbandWarning):
            typer.secho(f"subband: {message}", fg="yellow", err=True)
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
    app()
