"""`subband reproduce`: repeat the experiment behind a published claim."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from subband.cli.parse import duration
from subband.runs.files import write_bytes
from subband.runs.names import printable


def reproduce(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of the claim; see --list.", show_default=False)
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Print the table of claims and exit.")] = False,
    every: Annotated[
        bool,
        typer.Option(
            "--all", help="Run all claims that are stale; with --budget what fits, stale ones first."
        ),
    ] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.md",
            help="Write the page of evidence from the records and exit.",
            show_default=False,
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Nominal time of a shorter or longer run, e.g. 5m; with --all, of all runs together. "
            "(default: the full run)",
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

    --all makes full runs of what was never run, what other code or another
    version computed, and, if the budget allows, the oldest of the others.
    """
    from subband.experiments import (
        EXPERIMENTS,
        evidence_page,
        reproduce_all,
        reproduce_claim,
        table,
    )

    if list_all:
        typer.echo(table(EXPERIMENTS, results))
        return
    if page is not None:
        if every or name is not None:
            raise typer.BadParameter("--page runs nothing: leave out NAME and --all", param_hint="--page")
        write_bytes(page, evidence_page(EXPERIMENTS, results).encode())
        typer.echo(f"written  {printable(page)}")
        return
    if every:
        if name is not None:
            raise typer.BadParameter(
                f"--all is every claim: leave out {name!r}, or --all", param_hint="--all"
            )
        _all(reproduce_all, EXPERIMENTS, budget, results)
        return
    if name is None:
        raise typer.BadParameter(
            f"name a claim: {', '.join(EXPERIMENTS)} (or --list, --all)", param_hint="NAME"
        )
    from subband.runs.progress import watcher

    seconds = None if budget is None else duration(budget)
    written = reproduce_claim(EXPERIMENTS, name, budget=seconds, results=results, watcher=watcher(sys.stderr))
    for line in written.lines:
        typer.echo(line)
    typer.echo(f"\nwritten  {printable(written.path)}")


def _all(reproduce_all: Any, claims: Any, budget: str | None, results: Path) -> None:
    from subband.runs.progress import watcher

    limit = None if budget is None else duration(budget)
    found = reproduce_all(claims, budget=limit, results=results, watcher=watcher(sys.stderr))
    for name, written in found.written.items():
        typer.echo(f"run     {name}: {printable(written.path)}")
    for name, error in found.failed.items():
        typer.echo(f"failed  {name}: {error}")
    for name, why in found.left.items():
        typer.echo(f"left    {name}: {why}")
    if not found.done:
        raise typer.Exit(1)
