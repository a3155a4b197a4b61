"""`subband lab`: train detectors of generated images and write a report."""

import sys
import time
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
            help="Generated images, one folder per generator; may be repeated. (default: trained by the lab)",
            rich_help_panel=_INPUT,
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer copies it
    train: Annotated[
        list[str],
        typer.Option(
            metavar="FAMILY",
            help="Family of generator to train: cgan, cyclegan, dcgan, diffusion, gan, stylegan3, transgan or "
            "vae; may be repeated. (default: diffusion, gan and vae)",
            rich_help_panel=_INPUT,
            show_default=False,
        ),
    ] = [],  # noqa: B006
    size: Annotated[
        int,
        typer.Option(help="Side of the square crops in pixels, a multiple of 8.", rich_help_panel=_INPUT),
    ] = 64,
    resize: Annotated[
        int | None,
        typer.Option(
            metavar="SIDE",
            help="Crop squares of SIDE pixels and scale them to --size. (default: no scaling)",
            rich_help_panel=_INPUT,
            show_default=False,
        ),
    ] = None,
    encode: Annotated[
        str,
        typer.Option(
            metavar="FORMAT",
            help="Format in which every crop is encoded and decoded: png, jpeg:QUALITY or webp:QUALITY.",
            rich_help_panel=_INPUT,
        ),
    ] = "png",
    images: Annotated[
        int, typer.Option(help="Maximum number of crops per source.", rich_help_panel=_INPUT)
    ] = 2000,
    budget: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="Time of the run, e.g. 90s, 3m, 1h; with the pace of this machine it sets the numbers of steps.",
            rich_help_panel=_STUDY,
        ),
    ] = "3m",
    reference: Annotated[
        bool,
        typer.Option(
            "--reference",
            help="Take TIME as that of a two-core reference machine: equal numbers of steps on every machine.",
            rich_help_panel=_STUDY,
        ),
    ] = False,
    steps: Annotated[
        list[str],
        typer.Option(
            metavar="PART=STEPS",
            help="Numbers of steps as an earlier run recorded them, to repeat it exactly; for every part: "
            "FAMILY=N, detectors=STEPSxBATCHxPARAMETERS.",
            rich_help_panel=_STUDY,
            show_default=False,
        ),
    ] = [],  # noqa: B006
    seeds: Annotated[int, typer.Option(help="Number of seeds per detector.", rich_help_panel=_STUDY)] = 3,
    seed: Annotated[
        int, typer.Option(help="First random seed; equal seeds give equal results.", rich_help_panel=_STUDY)
    ] = 0,
    threads: Annotated[
        int, typer.Option(help="CPU threads; rounding, and so results, depend on it.", rich_help_panel=_STUDY)
    ] = 2,
    name: Annotated[
        str | None,
        typer.Option(
            help="Name of the run. (default: the first free of lab-1, lab-2, …)",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the runs.", rich_help_panel=_OUTPUT)] = Path("runs"),
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace an existing run of this name, once this one has succeeded.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
) -> None:
    """Measure how well detectors separate real from generated images.

    Reads real images, reads or trains generators, trains detectors on wavelet
    packets and on pixels, and writes runs/NAME: report.html, results.json,
    figures/ and the detector for `subband detect`.

    Ctrl-C stops the run and reports the finished part, with exit status 130
    (143 after SIGTERM); a second Ctrl-C quits. If the report fails, trained
    models are kept in runs/NAME.unfinished.
    """
    started = time.time()  # before the imports, which take seconds
    from subband.lab import LabSettings, run_lab
    from subband.lab.settings import default_families
    from subband.runs.progress import watcher

    settings = LabSettings(
        real=real,
        generated=named_folders(generated),
        families=tuple(train) or default_families(),
        name=name,
        size=size,
        resize=resize,
        encode=encode,
        budget=duration(budget),
        measured=not reference,
        steps=_steps(steps),
        seeds=seeds,
        seed=seed,
        images=images,
        out=out,
        overwrite=overwrite,
        threads=threads,
    )
    outcome = run_lab(settings, watcher(sys.stderr), started=started)
    typer.echo(outcome.table)
    typer.echo(f"\nreport    {printable(outcome.folder / 'report.html')}")
    if (outcome.folder / "detector").is_dir():
        typer.echo(f"detector  {printable(outcome.folder / 'detector')}")
    if outcome.signal is not None:
        raise typer.Exit(128 + outcome.signal)


def _steps(words: list[str]) -> dict[str, str]:
    """Parse a list of "PART=STEPS".

    Raises:
        typer.BadParameter: a word without a part, or a repeated part.
    """
    found: dict[str, str] = {}
    for word in words:
        part, equals, steps = word.partition("=")
        if not equals or not part.strip() or part.strip() in found:
            raise typer.BadParameter(f"{word!r}: type each part once, e.g. --steps gan=120")
        found[part.strip()] = steps.strip()
    return found
