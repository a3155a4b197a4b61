"""`subband detect`: real, generated or can't tell, with the evidence for it."""

from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from subband.cli import say
from subband.cli.detectors import HELP, load_detector
from subband.cli.evidence import csv_line, entry_of, lines_of, row_of
from subband.cli.status_line import StatusLine
from subband.errors import InvalidInput, OutputError, SubbandError
from subband.runs.files import check_folder, write_bytes
from subband.runs.json_text import json_text, named
from subband.runs.lines import one_line
from subband.runs.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from subband.data.named import Named
    from subband.forensics import Detector
    from subband.forensics.detectors.hub import HubDetector
    from subband.forensics.judgement import Judgement

Format = Literal["text", "csv", "jsonl", "json"]


class FailOn(StrEnum):
    """Verdicts as words of a shell."""

    real = "real"
    generated = "generated"
    cant_tell = "cant-tell"


_INPUT, _DETECTOR, _OUTPUT = "Images", "Detector", "Output"


def detect(
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE...",
            help="Image files, folders (with all below), patterns, http(s) addresses, @LIST for a file with one "
            "name a line, or - for an image on standard input.",
            show_default=False,
        ),
    ] = None,
    from_file: Annotated[
        list[str],
        typer.Option(
            metavar="LIST",
            help="File with one image name or address a line; - for standard input. May be repeated.",
            rich_help_panel=_INPUT,
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer copies it
    allow_large: Annotated[
        bool,
        typer.Option(
            "--allow-large",
            help="Read pictures of up to 600 million pixels. JPEG and JPEG 2000 are reduced by their decoder; "
            "others are read whole, which takes 7 bytes a pixel.",
            rich_help_panel=_INPUT,
        ),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help=HELP, rich_help_panel=_DETECTOR, show_default=False),
    ] = None,
    real_label: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL",
            help="Which label of an hf: classifier means real, where its name does not say so.",
            rich_help_panel=_DETECTOR,
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            metavar="P",
            help="Least probability of a firm answer, 0.5 to 1, in place of the detector's frozen thresholds; its "
            "error is unknown then.",
            rich_help_panel=_DETECTOR,
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format", help="Output; all but json are written as they come.", rich_help_panel=_OUTPUT
        ),
    ] = "text",
    as_json: Annotated[
        bool, typer.Option("--json", help="Same as --format json: one list.", rich_help_panel=_OUTPUT)
    ] = False,
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw what each answer rests on, .png or .svg; several images make FILE-1.png, FILE-2.png, …",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[
        list[FailOn],
        typer.Option(
            help="Exit with status 3 if an image gets this verdict. May be repeated.",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = [],  # noqa: B006
) -> None:
    """Tell for each image whether it is real or generated, or that it can't be told.

    Three kinds of evidence are shown: what the file says of its origin (signed or
    claimed), traces of its history, and the opinion of a detector. A line gives
    path, verdict, probability, most likely source and the reason; the lines below
    it the detector with what it knows and how often it errs, and the evidence.

    Exit status: 0 every image was answered ("can't tell" is an answer), 1 some
    could not be read, 2 wrong usage or an explanation that could not be written,
    3 a verdict of --fail-on. A file that can't be read costs a line on stderr.

    Control characters in names are escaped. In JSON a name that is not UTF-8 also
    has its exact bytes, as path_base64. Addresses are fetched from public hosts
    only, up to 64 MB and 30 seconds each.
    """
    from subband.data.named import counted_images, named_images
    from subband.forensics.detectors.ruling import check_threshold
    from subband.runs.in_order import in_order

    if not images and not from_file:
        raise InvalidInput("no images: give IMAGE... (files, folders, addresses or -), or --from-file LIST")
    if explain is not None:
        _check_drawing(explain)
    check_threshold(threshold)
    words = images or []
    total = counted_images(words, from_file)
    if total == 0:
        raise InvalidInput("no images: the lists are empty")
    run = _Run(
        load_detector(model, real_label=real_label),
        threshold,
        allow_large,
        "json" if as_json else form,
        explain,
        total,
    )
    numbered = enumerate(named_images(words, from_file), 1)
    try:
        with run.workers() as count:
            for name, entry in in_order(run.attempt, numbered, count):
                run.show(name, entry)
    except KeyboardInterrupt as stop:
        of = "" if total is None else f" of {total}"
        say.note(f"subband: stopped after {run.done}{of} images")
        raise typer.Exit(say.status(stop)) from None
    finally:
        run.finish()
    if status := run.status(
        {"can't tell" if verdict is FailOn.cant_tell else verdict.value for verdict in fail_on}
    ):
        raise typer.Exit(status)


class _Run:
    """One call of the command: prints each answer as it comes and keeps what the exit status needs."""

    def __init__(
        self,
        detector: "Detector | HubDetector",
        threshold: float | None,
        allow_large: bool,
        form: Format,
        explain: Path | None,
        total: int | None,
    ) -> None:
        self.detector, self.threshold, self.allow_large = detector, threshold, allow_large
        self.form, self.explain, self.total = form, explain, total
        self.done = self.failed = self.undrawn = 0
        self.verdicts: set[str] = set()
        self.entries: list[dict[str, Any]] = []
        self.status_line = StatusLine(total)
        if form == "csv":
            typer.echo(csv_line())

    @contextmanager
    def workers(self) -> "Iterator[int]":
        """Images that are judged at the same time: as many as there are threads, each of which computes alone.

        Very large pictures come one by one, for memory; drawings do, since matplotlib is not made for threads.
        A few crops gain little by a second thread of PyTorch's, and may wait long for it.
        """
        import torch

        from subband.kernels.threads import set_threads, threads

        ours, theirs = threads(), torch.get_num_threads()
        count = 1 if self.allow_large or self.explain is not None else min(ours, self.total or ours)
        torch.set_num_threads(1)
        if count > 1:
            set_threads(1)
        try:
            yield count
        finally:
            set_threads(ours)
            torch.set_num_threads(theirs)

    def attempt(self, numbered: "tuple[int, Named]") -> tuple[str, dict[str, Any]]:
        """Name of an image, and the answer."""
        k, item = numbered
        drawing = None if self.explain is None else _numbered(self.explain, k, self.total)
        return item.name, self._attempt(item, drawing)

    def show(self, name: str, entry: dict[str, Any]) -> None:
        """Print an answer."""
        self.status_line.clear()
        self._print(name, entry)
        self.done += 1
        self.failed += "error" in entry
        self.undrawn += "explanation_error" in entry
        self.verdicts.add(entry.get("verdict", ""))
        if self.form == "json":
            self.entries.append(entry)
        self.status_line.step(self.done)

    def finish(self) -> None:
        """Print what waits for the end."""
        self.status_line.clear()
        if self.form == "json":
            typer.echo(json_text(self.entries))

    def status(self, fail_on: set[str]) -> int:
        """Exit status."""
        if self.undrawn:
            return 2
        if self.failed:
            return 1
        return 3 if fail_on & self.verdicts else 0

    def _attempt(self, item: "Named", drawing: Path | None) -> dict[str, Any]:
        """Judge one image and draw its explanation; a failure becomes "error" or "explanation_error"."""
        from subband.data.decode import decode
        from subband.forensics.evidence import judged

        path: dict[str, Any] = dict(named("path", item.name))
        try:
            data = item.read()
            picture = decode(data, item.name, allow_large=self.allow_large)
            judgement = judged(
                data, picture.pixels, self.detector, threshold=self.threshold, reduced=picture.reduced
            )
        except Exception as error:  # noqa: BLE001 - a failure must not stop the batch
            reason = _reason(error).removeprefix(f"{item.name}: ").removeprefix(f"{printable(item.name)}: ")
            return path | {"error": one_line(reason)}
        entry = entry_of(item.name, judgement)
        if drawing is None:
            return entry
        try:
            _draw(self.detector, picture.pixels, judgement, item.name, drawing)
        except Exception as error:  # noqa: BLE001 - as above
            return entry | {"explanation_error": _reason(error)}
        return entry | named("explanation", drawing)

    def _print(self, name: str, entry: dict[str, Any]) -> None:
        if "error" in entry:
            say.error(f"{printable(name)}: {entry['error']}")
        if self.form == "jsonl":
            typer.echo(json_text(entry, indent=None))
        elif self.form == "csv":
            typer.echo(csv_line(row_of(entry)))
        elif self.form == "text" and "error" not in entry:
            typer.echo("\n".join(lines_of(name, entry)))
        if "explanation_error" in entry:
            say.error(f"{printable(name)}: no explanation: {entry['explanation_error']}")


def _check_drawing(explain: Path) -> None:
    """Check, before any image is read, that explanations can be written.

    Raises:
        InvalidInput: a suffix other than .png and .svg.
        OutputError: the path can't be written.
    """
    if explain.suffix.lower() not in (".png", ".svg"):
        raise InvalidInput(
            f"can't write an explanation to {printable(explain)}: use a name that ends in .png or .svg"
        )
    check_folder(explain.parent, "choose another file for --explain")
    if explain.is_dir():
        raise OutputError(
            f"can't write {printable(explain)}: it is a folder; choose another file for --explain"
        )


def _numbered(file: Path, k: int, count: int | None) -> Path:
    """Name of explanation k, from 1: why.png for one image, why-1.png, why-2.png, … for several."""
    return file if count == 1 else file.with_name(f"{file.stem}-{k}{file.suffix}")


def _reason(error: Exception) -> str:
    """Message for an exception; an unexpected one is reported as a bug of Subband."""
    if isinstance(error, SubbandError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, MemoryError):
        return "not enough memory; give a smaller copy of the image"
    found = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{found[:200]} (a bug in Subband: please report it with this file)"


def _draw(
    detector: "Detector | HubDetector", pixels: "np.ndarray", judgement: "Judgement", name: str, drawing: Path
) -> None:
    """Draw the explanation of one image and write it atomically.

    Raises:
        InvalidInput: the detector can't be explained, or not for this image.
        OutputError: the file can't be written.
    """
    from subband import plots
    from subband.forensics import explain_picture, subject_of

    opinion = judgement.opinion
    found = explain_picture(subject_of(detector), pixels, None if opinion is None else opinion.verdict)
    figure = plots.explanation(pixels, found, judgement, name=printable(Path(name).name))
    write_bytes(drawing, plots.svg(figure) if drawing.suffix.lower() == ".svg" else plots.png(figure))
