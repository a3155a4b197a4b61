"""`subband detect`: classify images with a detector of the lab."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli import say
from subband.errors import CheckpointError, InvalidInput, OutputError, SubbandError
from subband.runs.files import check_folder, write_bytes
from subband.runs.json_text import json_text, named
from subband.runs.lines import one_line
from subband.runs.names import printable

if TYPE_CHECKING:
    import numpy as np

    from subband.forensics import Detector, Verdict

_TAB = "\t"


def detect(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Image files.", show_default=False)
    ],
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of a detector, or of a run of the lab. (default: the newest runs/*/detector)",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON list instead of one line per image.")
    ] = False,
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Write a figure of image, packets and saliency, .png or .svg; several images make FILE-1.png, "
            "FILE-2.png, …",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Classify each image as real or generated, with probability and source.

    Prints one line per image: path, verdict, probability of the verdict, most
    likely source. A file that can't be classified gets a line on stderr, the other
    files are still classified, and the exit status is 1 (2 if an explanation
    could not be written).

    Control characters in names are escaped. In --json a name that is not UTF-8
    also has its exact bytes, as path_base64.
    """
    if explain is not None:
        _check_drawing(explain)
    detector = load_detector(model)
    entries: list[dict[str, Any]] = []
    try:
        for k, path in enumerate(images, start=1):
            drawing = None if explain is None else _numbered(explain, k, len(images))
            entry = _attempt(detector, path, drawing)
            entries.append(entry)
            _print_entry(path, entry, as_json)
    except KeyboardInterrupt as stop:
        say.note(f"subband: stopped after {len(entries)} of {len(images)} images")
        raise typer.Exit(say.status(stop)) from None
    finally:
        if as_json:
            typer.echo(json_text(entries))
    if any("explanation_error" in entry for entry in entries):
        raise typer.Exit(2)
    if any("error" in entry for entry in entries):
        raise typer.Exit(1)


def load_detector(model: str | Path | None) -> "Detector":
    """The detector that was named: its folder, or that of its run; the newest in runs/ by default.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    from subband.forensics import Detector

    return Detector.load(newest_detector(Path("runs")) if model is None else _detector_folder(Path(model)))


def newest_detector(runs: Path) -> Path:
    """Most recently written detector folder below `runs`.

    Raises:
        CheckpointError: no run has a detector.
    """
    found = sorted(
        runs.glob("[!.]*/detector/config.json"), key=lambda file: (file.stat().st_mtime_ns, str(file))
    )
    if not found:
        raise CheckpointError(
            f"no detector in {runs}/*/detector: train one with `subband lab`, or give one with --model DIR"
        )
    return found[-1].parent


def _detector_folder(model: Path) -> Path:
    """The detector folder of a run; `model` itself if it is no run."""
    return model / "detector" if (model / "detector").is_dir() else model


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


def _numbered(file: Path, k: int, count: int) -> Path:
    """Name of explanation k, from 1: why.png for one image, why-1.png, why-2.png, … for several."""
    return file if count == 1 else file.with_name(f"{file.stem}-{k}{file.suffix}")


def _attempt(detector: "Detector", path: Path, drawing: Path | None) -> dict[str, Any]:
    """Classify one file and draw its explanation; a failure becomes an entry "error" or "explanation_error"."""
    from subband.data.decode import decode

    name: dict[str, Any] = dict(named("path", path))
    try:
        pixels = decode(path).pixels
        verdict = detector.judge(pixels)
    except Exception as error:  # noqa: BLE001 - a failure must not stop the batch
        reason = _reason(error).removeprefix(f"{path}: ").removeprefix(f"{printable(path)}: ")
        return name | {"error": one_line(reason)}
    entry = name | _entry(verdict)
    if drawing is None:
        return entry
    try:
        _draw(detector, pixels, printable(path.name), drawing)
    except Exception as error:  # noqa: BLE001 - as above
        return entry | {"explanation_error": _reason(error)}
    return entry | named("explanation", drawing)


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


def _entry(verdict: "Verdict") -> dict[str, Any]:
    generated = verdict.probability_generated
    return {
        "verdict": "real" if verdict.real else "generated",
        "probability": 1.0 - generated if verdict.real else generated,
        "source": verdict.source,
        "sources": verdict.source_probabilities,
        "crops": verdict.crops,
    }


def _print_entry(path: Path, entry: dict[str, Any], as_json: bool) -> None:
    """Print the result of one image: its line on stdout, its errors on stderr."""
    if "error" in entry:
        say.error(f"{printable(path)}: {entry['error']}")
    elif not as_json:
        typer.echo(f"{printable(path)}\t{_words(entry, _TAB)}")
    if "explanation_error" in entry:
        say.error(f"{printable(path)}: no explanation: {entry['explanation_error']}")


def _words(entry: dict[str, Any], between: str) -> str:
    """Verdict, probability and source; never 100 %, which no finite training set can justify."""
    percent = 100 * entry["probability"]
    probability = ">99.9 %" if percent > 99.9 else f"{percent:.1f} %"
    generated = entry["verdict"] == "generated"
    source = f"most likely {printable(entry['source'])}" if generated else "no generator"
    return between.join((entry["verdict"], probability, source))


def _draw(detector: "Detector", pixels: "np.ndarray", name: str, drawing: Path) -> None:
    """Draw the explanation of one image and write it atomically.

    Raises:
        OutputError: the file can't be written.
    """
    from subband import plots
    from subband.forensics import explain_picture, judged_by_detector, subject_of

    judgement = judged_by_detector(detector, pixels)
    figure = plots.explanation(
        pixels, explain_picture(subject_of(detector), pixels, judgement.verdict), judgement, name=name
    )
    write_bytes(drawing, plots.svg(figure) if drawing.suffix.lower() == ".svg" else plots.png(figure))
