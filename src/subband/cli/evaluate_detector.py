"""`subband evaluate-detector`: how often detectors are right, where, and under which conditions."""

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli.detectors import default_detector
from subband.runs.json_text import json_text
from subband.runs.lines import typed
from subband.runs.names import printable

if TYPE_CHECKING:
    from subband.forensics.evaluation import Judge

_PICTURES, _MEASURES, _CROSS, _OUTPUT = "Pictures", "What is measured", "Across generators", "Output"


def evaluate_detector(
    model: Annotated[
        list[str],
        typer.Option(
            metavar="[NAME=]DIR",
            help="Folder of a detector, or of a run of the lab; may be repeated. (default: the "
            "detector in the package)",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer copies it
    real: Annotated[
        list[str],
        typer.Option(
            metavar="[NAME=]SPEC",
            help='Photographs: a folder, an archive, "packaged" or hf:NAME; may be repeated. Without a NAME each '
            "sub-folder is a source of its own.",
            rich_help_panel=_PICTURES,
            show_default=False,
        ),
    ] = [],  # noqa: B006
    generated: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=DIR",
            help="Generated pictures, one folder or archive per generator; may be repeated.",
            rich_help_panel=_PICTURES,
            show_default=False,
        ),
    ] = [],  # noqa: B006
    data: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="Both in one folder or archive: real/SOURCE/… and generated/NAME/….",
            rich_help_panel=_PICTURES,
            show_default=False,
        ),
    ] = "",
    images: Annotated[
        int, typer.Option(help="Most pictures of each source.", rich_help_panel=_PICTURES)
    ] = 500,
    side: Annotated[
        int,
        typer.Option(help="Larger pictures are cut to the middle, pixels a side.", rich_help_panel=_PICTURES),
    ] = 512,
    conditions: Annotated[
        str,
        typer.Option(
            metavar="LIST",
            help='Changes to measure under: "all", "none", or some of JPEG, WebP, resize, crop, blur, noise, '
            "screenshot, web copy, separated by commas.",
            rich_help_panel=_MEASURES,
        ),
    ] = "all",
    bands: Annotated[
        bool,
        typer.Option(
            "--bands",
            help="Also remove each frequency band of the pictures in turn, and measure which accuracy is left.",
            rich_help_panel=_MEASURES,
        ),
    ] = False,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap resamples of each interval.", rich_help_panel=_MEASURES)
    ] = 1000,
    seed: Annotated[
        int, typer.Option(help="Of the choice of pictures and the bootstrap.", rich_help_panel=_MEASURES)
    ] = 0,
    train: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help='Train this kind of detector, e.g. "CNN on packets", on one generator, on all, and on all but '
            "one, and test each on every generator.",
            rich_help_panel=_CROSS,
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        int, typer.Option(help="Side of the crops of these trainings, pixels.", rich_help_panel=_CROSS)
    ] = 64,
    steps: Annotated[int, typer.Option(help="Their training steps.", rich_help_panel=_CROSS)] = 300,
    crops: Annotated[int, typer.Option(help="Most crops of each source.", rich_help_panel=_CROSS)] = 1500,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the report.", rich_help_panel=_OUTPUT)
    ] = Path("evaluation"),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an older report in DIR.", rich_help_panel=_OUTPUT)
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print the content of results.json instead of a table.", rich_help_panel=_OUTPUT
        ),
    ] = False,
) -> None:
    """Measure how often detectors are right, where, and under which conditions.

    Shows photographs and generated pictures to each detector, as they are and
    after JPEG, WebP, scaling, cropping, blur, noise, a screenshot and a copy on
    the web, and writes a report: false alarms by source of photographs, scores
    by generator, calibration, errors among the answers.

    DIR has report.html, results.json, answers.csv and figures/. Ctrl-C reports
    on the pictures seen so far, with exit status 130.
    """
    given = dict(locals())
    from subband.forensics.evaluation import FAMILIES, EvaluationSettings, Specs
    from subband.lab.evaluation import EvaluationJob, evaluate
    from subband.runs.progress import watcher

    chosen = {"all": tuple(FAMILIES), "none": ()}.get(
        conditions.strip().lower(), tuple(word.strip() for word in conditions.split(",") if word.strip())
    )
    specs = Specs(_named(real, "real"), _named(generated, "generated", needed=True), data)
    job = EvaluationJob(
        detectors=_detectors(model, train),
        specs=specs,
        settings=EvaluationSettings(chosen, images, side, seed, resamples),
        out=out,
        train=train,
        size=size,
        steps=steps,
        crops=crops,
        bands=bands,
        overwrite=overwrite,
        command=command_of(given),
    )
    outcome = evaluate(job, watcher(sys.stderr))
    if as_json:
        typer.echo(json_text(dict(outcome.results)))
    else:
        typer.echo(outcome.table)
        typer.echo(f"\nreport  {printable(outcome.folder / 'report.html')}")
    if outcome.interrupted:
        raise typer.Exit(130)


def _detectors(model: list[str], train: str | None) -> dict[str, "Judge"]:
    """Detectors by name: as given, else the folder's; the default one if none is given or trained."""
    from subband.forensics import Detector

    if not model and train is not None:
        return {}
    found: dict[str, Any] = {}
    for text in model or [str(default_detector())]:
        name, folder = _pair(text)
        path = Path(folder)
        path = path / "detector" if (path / "detector").is_dir() else path
        run = path.parent.name if path.name == "detector" and path.parent.name else path.name
        detector = Detector.load(path)
        name = name or run or folder
        if name in found:
            raise typer.BadParameter(f"detector {name!r} is given twice: type e.g. --model second={folder}")
        found[name] = detector
    return found


def _named(words: list[str], option: str, *, needed: bool = False) -> dict[str, str]:
    """Parse a list of "NAME=SPEC" or "SPEC".

    Raises:
        typer.BadParameter: a name that is missing though needed, or repeated.
    """
    found: dict[str, str] = {}
    for word in words:
        name, spec = _pair(word)
        if not spec or (needed and not name):
            raise typer.BadParameter(f"{word!r} is not NAME=DIR: type e.g. --{option} sd14=images/sd14")
        if name in found or (needed and name == "real"):
            raise typer.BadParameter(
                f"--{option} {word}: give each source another name" + (', and not "real"' if needed else "")
            )
        found[name] = spec
    return found


def _pair(word: str) -> tuple[str, str]:
    """ "NAME=SPEC" or "SPEC"; a path that exists is never taken apart."""
    name, equals, rest = word.partition("=")
    if not equals or Path(word).exists():
        return "", word
    return name.strip(), rest.strip()


def command_of(given: Mapping[str, Any]) -> str:
    """Command line with the values that differ from the defaults; overwriting and --json are left out."""
    words = ["subband", "evaluate-detector"]
    for name, parameter in inspect.signature(evaluate_detector).parameters.items():
        value = given.get(name, parameter.default)
        if value == parameter.default or name in ("overwrite", "as_json"):
            continue
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(flag)
            continue
        for item in value if isinstance(value, list) else [value]:
            words += [flag, typed(str(item))]
    return " ".join(words)
