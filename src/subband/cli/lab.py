"""`subband lab`: real photographs in, an honest report out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from subband.cli.parse import duration, named_folders
from subband.runs.names import printable

_INPUT, _STUDY, _OUTPUT = "Images", "Study", "Output"


def lab(
    real: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help='Real images: "packaged" (photographs inside scikit-image and scikit-learn), a folder, '
            "or hf:NAME[:SPLIT] (a Hugging Face data set).",
            rich_help_panel=_INPUT,
        ),
    ] = "packaged",
    generated: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=DIR",
            help="Images that a generator made; may be repeated. Without it the lab trains its own.",
            rich_help_panel=_INPUT,
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer copies it
    train: Annotated[
        list[str],
        typer.Option(
            metavar="FAMILY",
            help="Train only this generator: diffusion, gan or vae; may be repeated. (default: all three)",
            rich_help_panel=_INPUT,
            show_default=False,
        ),
    ] = [],  # noqa: B006
    size: Annotated[
        int,
        typer.Option(help="Side of the square crops, in pixels; a multiple of 8.", rich_help_panel=_INPUT),
    ] = 64,
    resize: Annotated[
        int | None,
        typer.Option(
            metavar="SIDE",
            help="Cut squares of SIDE pixels and scale them to --size. (default: no scaling)",
            rich_help_panel=_INPUT,
            show_default=False,
        ),
    ] = None,
    encode: Annotated[
        str,
        typer.Option(
            metavar="FORMAT",
            help="Format that every crop passes through: png, jpeg:QUALITY or webp:QUALITY.",
            rich_help_panel=_INPUT,
        ),
    ] = "png",
    images: Annotated[int, typer.Option(help="Most crops per source.", rich_help_panel=_INPUT)] = 2000,
    budget: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="Time for everything on a two-core machine, e.g. 90s, 3m, 1h; it sets the numbers of steps.",
            rich_help_panel=_STUDY,
        ),
    ] = "3m",
    seeds: Annotated[
        int, typer.Option(help="How often each detector is trained.", rich_help_panel=_STUDY)
    ] = (3),
    seed: Annotated[
        int, typer.Option(help="The first seed; equal seeds, equal figures.", rich_help_panel=_STUDY)
    ] = 0,
    threads: Annotated[
        int, typer.Option(help="CPU threads; part of the recipe, sums depend on it.", rich_help_panel=_STUDY)
    ] = 2,
    name: Annotated[
        str | None,
        typer.Option(
            help="Name of the run. (default: the first free of lab-1, lab-2, …)",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of all runs.", rich_help_panel=_OUTPUT)] = Path("runs"),
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace the run of that name once this one succeeded.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
) -> None:
    """Study how well real and generated images can be told apart, and write a report.

    Reads real images, takes (or trains) generators, trains detectors on
    wavelet packets and on pixels, and writes runs/NAME: report.html,
    results.json, figures/ and the detector that `subband detect` uses.

    Ctrl-C stops early and reports what was finished, with exit status 130
    (143 after SIGTERM); a second one quits. Should the report fail, what was
    trained is kept in runs/NAME.unfinished.
    """
    from subband.lab import LabSettings, run_lab
    from subband.lab.settings import lab_families
    from subband.runs.progress import watcher

    settings = LabSettings(
        real=real,
        generated=named_folders(generated),
        families=tuple(train) or lab_families(),
        name=name,
        size=size,
        resize=resize,
        encode=encode,
        budget=duration(budget),
        seeds=seeds,
        seed=seed,
        images=images,
        out=out,
        overwrite=overwrite,
        threads=threads,
    )
    outcome = run_lab(settings, watcher(sys.stderr))
    typer.echo(outcome.table)
    typer.echo(f"\nreport    {printable(outcome.folder / 'report.html')}")
    if (outcome.folder / "detector").is_dir():
        typer.echo(f"detector  {printable(outcome.folder / 'detector')}")
    if outcome.signal is not None:
        raise typer.Exit(128 + outcome.signal)
