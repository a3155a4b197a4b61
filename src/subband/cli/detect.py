"""`subband detect`: judge images with a detector that the lab kept."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.errors import CheckpointError, InvalidInput, UnreadableImage
from subband.runs.files import write_bytes

if TYPE_CHECKING:
    import numpy as np

    from subband.forensics import Detector, Verdict


def detect(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Image files.", show_default=False)
    ],
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of a detector, or of a run that has one. (default: the newest runs/*/detector)",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list instead of lines.")] = False,
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw image, packets and saliency; several images make FILE-1.png, FILE-2.png, …",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say of each image whether it is real or generated, how sure, and by whom.

    One line per image: path, verdict, probability of the verdict, most likely
    source. A file that can't be judged gets a line on stderr, the others are
    still judged, and the exit status is 1.
    """
    from subband.forensics import Detector

    if explain is not None and explain.suffix.lower() not in (".png", ".svg"):
        raise InvalidInput(f"can't draw an explanation into {explain}: use a name that ends in .png or .svg")
    detector = Detector.load(newest_detector(Path("runs")) if model is None else _detector_folder(model))
    entries = []
    for k, path in enumerate(images, start=1):
        entry = _judge(detector, path, None if explain is None else _numbered(explain, k, len(images)))
        entries.append(entry)
        if "error" in entry:
            typer.secho(f"{path}: {entry['error']}", fg="red", err=True)
        elif not as_json:
            typer.echo(_line(entry))
    if as_json:
        typer.echo(json.dumps(entries, indent=2, ensure_ascii=False))
    if any("error" in entry for entry in entries):
        raise typer.Exit(1)


def newest_detector(runs: Path) -> Path:
    """Return the detector folder below `runs` that was written last.

    Raises:
        CheckpointError: there is none.
    """
    found = sorted(
        runs.glob("[!.]*/detector/config.json"), key=lambda file: (file.stat().st_mtime_ns, str(file))
    )
    if not found:
        raise CheckpointError(
            f"no detector in {runs}/*/detector: make one with `subband lab`, or name one with --model DIR"
        )
    return found[-1].parent


def _detector_folder(model: Path) -> Path:
    """Take the folder of a detector, or the folder of the run around it."""
    return model / "detector" if (model / "detector").is_dir() else model


def _numbered(file: Path, k: int, count: int) -> Path:
    """Return why.png for one image; why-1.png, why-2.png, … for several, in their order."""
    return file if count == 1 else file.with_name(f"{file.stem}-{k}{file.suffix}")


def _judge(detector: "Detector", path: Path, drawing: Path | None) -> dict[str, Any]:
    """Judge one file; a file that can't be judged gives its reason and stops nobody."""
    from subband.data.decode import decode

    try:
        pixels = decode(path).pixels
        verdict = detector.judge(pixels)
    except (UnreadableImage, InvalidInput) as error:
        return {"path": str(path), "error": str(error).removeprefix(f"{path}: ")}
    entry = _entry(path, verdict)
    if drawing is not None:
        _draw(detector, pixels, entry, drawing)
    return entry


def _entry(path: Path, verdict: "Verdict") -> dict[str, Any]:
    generated = verdict.probability_generated
    return {
        "path": str(path),
        "verdict": "real" if verdict.real else "generated",
        "probability": 1.0 - generated if verdict.real else generated,
        "source": verdict.source,
        "sources": verdict.source_probabilities,
        "crops": verdict.crops,
    }


def _line(entry: dict[str, Any]) -> str:
    return f"{entry['path']}\t{_words(entry)}"


def _words(entry: dict[str, Any]) -> str:
    """Write verdict, probability and source; never 100 %, of which no finite sample can assure anybody."""
    percent = 100 * entry["probability"]
    probability = ">99.9 %" if percent > 99.9 else f"{percent:.1f} %"
    named = f"most likely {entry['source']}" if entry["verdict"] == "generated" else "no generator"
    return f"{entry['verdict']}\t{probability}\t{named}"


def _draw(detector: "Detector", pixels: "np.ndarray", entry: dict[str, Any], drawing: Path) -> None:
    """Draw one image's explanation; written at once or not at all.

    Raises:
        OutputError: the file can't be written.
    """
    from subband import plots
    from subband.forensics import scaled

    found = detector.explain(pixels)
    figure = plots.explanation(
        pixels,
        found.packets,
        scaled(found.packet_saliency),
        entry["sources"],
        verdict=f"{Path(entry['path']).name}: {_words(entry).replace(chr(9), ', ')}",
        crop=(*found.place, detector.chain.cut),
    )
    write_bytes(drawing, plots.svg(figure) if drawing.suffix.lower() == ".svg" else plots.png(figure))
