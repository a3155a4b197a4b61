"""`subband scan`: judge any number of images, on one machine or a cluster, into a table in Parquet."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from subband.cli import say
from subband.cli.detectors import HELP, HUB, default_detector, detector_folder
from subband.runs.json_text import json_text
from subband.runs.names import printable
from subband.runs.progress import Advance, clock, watcher

if TYPE_CHECKING:
    from subband.forensics.scan import Summary

_PAUSE = 15.0  # seconds between two lines in a log
_SHOWN = 5  # failures that are printed


def scan(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Folders with images or archives, images, tar or zip files, URLs such as s3://bucket/prefix, or "
            "hf:NAME[:SPLIT].",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Folder of the table; it may hold an unfinished scan.", show_default=False
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help=HELP,
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Workers on Ray, one a processor; 0 scans without Ray. (default: all processors)",
            show_default=False,
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            help="Of a Ray cluster, e.g. auto or HOST:6379. (default: this machine)",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=1.0,
            help="Least probability of a firm verdict. (default: the detector's thresholds)",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Most time for one step on one image.")] = 10.0,
    memory: Annotated[float, typer.Option(min=0.1, help="GiB that a worker may take for its images.")] = 4.0,
    largest: Annotated[int, typer.Option(min=1, help="MiB of the largest file that is read.")] = 256,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Begin anew in the folder of another scan.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Judge every image of folders, archives, object stores and data sets; write a table in Parquet.

    The same command goes on where a stopped or killed one was; each image is in
    the table exactly once. An image that can't be judged costs a row with an error.

    The exit status is 1 if an image has an error or a source could not be read,
    and 2 if the scan could not be done.
    """
    from subband.forensics.scan import ScanSettings
    from subband.forensics.scan import scan as scanned

    settings = ScanSettings(workers, address, threshold, seconds, round(memory * 2**30), largest << 20)
    watch = watcher(sys.stderr)
    try:
        with watch.stage("scan") as advance:
            found = scanned(
                sources, out, _detector(model), settings, overwrite=overwrite, progress=_told(advance)
            )
    except KeyboardInterrupt as stop:
        stop.add_note("type the same command to go on")
        raise
    if as_json:
        typer.echo(json_text(found.as_json()))
    else:
        _print(found)
    if found.errors or found.failures or found.unlisted:
        raise typer.Exit(1)


def _detector(model: str | None) -> str | Path:
    if model is None:
        return default_detector()
    return model if model.startswith(HUB) else detector_folder(Path(model))


def _told(advance: Advance) -> Callable[[float, float, int], None]:
    """Progress in images and time left; on a terminal always, in a log every 15 seconds."""
    start = last = time.monotonic()
    first: float | None = None

    def progress(done: float, total: float, images: int) -> None:
        nonlocal last, first
        now = time.monotonic()
        first = done if first is None else first  # finished by earlier runs
        terminal = sys.stderr.isatty()
        if not terminal and now - last < _PAUSE:
            return
        last = now
        rate = images / max(now - start, 1e-9)
        left = f", {clock((now - start) / (done - first) * (total - done))} left" if done > first else ""
        words = f"{images} images, {rate:.3g} a second"
        advance(done, total, words if terminal else words + left)

    return progress


def _print(found: "Summary") -> None:
    verdicts = ", ".join(f"{found.verdicts[name]} {name}" for name in sorted(found.verdicts, reverse=True))
    errors = f"{found.errors} with an error" if found.errors else ""
    counts = "; ".join(filter(None, (verdicts, errors))) or "none"
    typer.echo(f"{found.images} images: {counts}")
    earlier = f", {found.images - found.new} before" if found.images > found.new else ""
    typer.echo(
        f"{found.new} in this run, {found.rate:.3g} a second{earlier}; the table is {printable(found.out)}"
    )
    if found.others:
        say.note(f"subband: {found.others} other files were passed over: no images by their suffix")
    for kind, lines in (("can't be read", found.failures), ("can't be listed", found.unlisted)):
        for line in lines[:_SHOWN]:
            say.error(f"{line} ({kind}; the same command tries again)")
        if len(lines) > _SHOWN:
            say.error(f"{len(lines) - _SHOWN} more {kind}")
