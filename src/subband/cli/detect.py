"""`subband detect`: judge images with a detector that the lab kept."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.errors import CheckpointError, InvalidInput, UnreadableImage

if TYPE_CHECKING:
    from subband.forensics import Detector


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

    One line per image: path, verdict, probability of that verdict, most
    likely source. A file that can't be read gets a line on stderr, the
    others are still judged, and the exit status is 1.
    """
    from subband.forensics import Detector

    if explain is not None and explain.suffix.lower() not in (".png", ".svg"):
        raise InvalidInput(f"can't draw an explanation into {explain}: use a name that ends in .png or .svg")
    folder = newest_detector(Path("runs")) if model is None else _detector_folder(model)
    detector = Detector.load(folder)
    entries = [
        _judge(detector, path, _numbered(explain, k, len(images)), quiet=as_json)
        for k, path in enumerate(images, 1)
    ]
    if as_json:
        typer.echo(json.dumps(entries, indent=2))
    if any("error" in entry for entry in entries):
        raise typer.Exit(1)


def newest_detector(runs: Path) -> Path:
    """Return the detector folder below `runs` that was written last.

    Raises:
        CheckpointError: there is none.
    """
    found = sorted(runs.glob("*/detector/config.json"), key=lambda file: (file.stat().st_mtime_ns, file))
    if not found:
        raise CheckpointError(
            f"no detector in {runs}/*/detector: make one with `subband lab`, or name one with --model DIR"
        )
    return found[-1].parent


def _detector_folder(model: Path) -> Path:
    """Take the folder of a detector, or the folder of the run around it."""
    return model / "detector" if (model / "detector" / "config.json").is_file() else model


def _judge(detector: "Detector", path: Path, drawing: Path | None, *, quiet: bool) -> dict[str, Any]:
    from subband.data.images import decode

    try:
        picture = decode(path)
        verdict = detector.judge(picture.pixels)
    except (UnreadableImage, InvalidInput) as error:
        typer.secho(str(error) if str(path) in str(error) else f"{path}: {error}", fg="red", err=True)
        return {"path": str(path), "error": str(error)}
    entry = _entry(path, verdict)
    if not quiet:
        typer.echo(_line(entry))
    if drawing is not None:
        _draw(detector, picture.pixels, entry, drawing)
    return entry
