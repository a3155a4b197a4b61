"""`subband reproduce`: repeat the experiment behind a published claim."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from subband.cli.parse import duration
from subband.runs.names import printable


def reproduce(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of the claim; see --list.", show_default=False)
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Print the table of claims and exit.")] = False,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Nominal time of a shorter or longer run, e.g. 5m. (default: the full run)",
            show_default=False,
        ),
    ] = None,
    results: Annotated[Path, typer.Option(help="Folder of NAME.json and NAME.png.")] = Path("results"),
) -> None:
    """Reproduce a published claim: our value with its uncertainty, and theirs.

    A full run writes results/NAME.json and results/NAME.png. With --budget it
    writes results/NAME.quick.json and results/NAME.quick.png instead, and
    never replaces a full run. An interrupted run goes on when it is started
    again: what it finished is in results/NAME.parts until it ends.
    """
    from subband.experiments import EXPERIMENTS, reproduce_claim, table

    if list_all:
        typer.echo(table(EXPERIMENTS, results))
        return
    if name is None:
        raise typer.BadParameter(f"name a claim: {', '.join(EXPERIMENTS)} (or --list)", param_hint="NAME")
    from subband.runs.progress import watcher

    seconds = None if budget is None else duration(budget)
    written = reproduce_claim(EXPERIMENTS, name, budget=seconds, results=results, watcher=watcher(sys.stderr))
    for line in written.lines:
        typer.echo(line)
    typer.echo(f"\nwritten  {printable(written.path)}")
