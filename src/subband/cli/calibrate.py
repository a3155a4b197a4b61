"""`subband calibrate` and `subband teach`: a kept detector meets new pictures, without training its net again."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from subband.cli import say
from subband.cli.detectors import HELP, HUB, detector_folder, load_detector
from subband.cli.parse import named_folders
from subband.errors import DataError, InvalidInput
from subband.runs.files import check_folder
from subband.runs.names import printable

if TYPE_CHECKING:
    import numpy as np

    from subband.forensics import Abstention, Detector
    from subband.forensics.detectors.hub import HubDetector

Model = Annotated[
    str, typer.Argument(metavar="MODEL", help=HELP.partition(" (default")[0], show_default=False)
]
Images = Annotated[int, typer.Option(help="Most pictures read of each folder.", min=1)]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder to write the changed detector to. (default: where it was read)",
        show_default=False,
    ),
]


def calibrate(
    model: Model,
    real: Annotated[
        str,
        typer.Option(
            metavar="DIR", help="Photographs of the new domain: a folder or an archive.", show_default=False
        ),
    ],
    generated: Annotated[
        str,
        typer.Option(
            metavar="DIR", help="Generated pictures of the new domain, likewise.", show_default=False
        ),
    ],
    freeze: Annotated[
        bool,
        typer.Option(
            "--freeze",
            help="Freeze the thresholds anew on these pictures, too; it takes some hundred of each.",
        ),
    ] = False,
    false_alarms: Annotated[
        float,
        typer.Option(metavar="RATE", help="With --freeze: stated rate of photographs called generated."),
    ] = 0.02,
    misses: Annotated[
        float,
        typer.Option(metavar="RATE", help="With --freeze: stated rate of generated pictures called real."),
    ] = 0.05,
    images: Images = 1000,
    out: Out = None,
    real_label: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL", help="Which label of an hf: classifier means real.", show_default=False
        ),
    ] = None,
) -> None:
    """Suit a detector to a new domain by a few labelled pictures.

    Fits one number, a shift of the log-odds, with its 95 % interval. The frozen
    thresholds and the net stay as they are. The shift, where it came from and the
    value of before are written into the checkpoint.

    With --freeze, and always for an hf: classifier, the thresholds of firm answers
    are frozen on these pictures: half of them fit, the other half are held out.
    """
    target = _target(model, out)
    detector = load_detector(model, real_label=real_label)
    from subband.forensics import Detector, recalibrated

    if not isinstance(detector, Detector) or freeze:
        found = _frozen(detector, real, generated, images, false_alarms, misses)
        assert found.config.abstention is not None
        _tell_thresholds(found.config.abstention)
    else:
        old = detector.config.shift
        found, shift = recalibrated(
            detector, _pictures(real, images), _pictures(generated, images), sources=(real, generated)
        )
        typer.echo(
            f"shift of the log-odds: {shift.value:+.2f}, 95 % interval {shift.low:+.2f} … {shift.high:+.2f} "
            f"({shift.real} photographs, {shift.generated} generated pictures); before: {old:+.2f}"
        )
        typer.echo(
            f"log-loss on these pictures: {shift.before:.3f} nats without it, {shift.after:.3f} with it"
        )
    found.save(target)
    typer.echo(f"written to {printable(target)}")


def teach(
    model: Model,
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=DIR...", help="A generator and its pictures; 300 are good.", show_default=False
        ),
    ],
    images: Images = 1000,
    out: Out = None,
) -> None:
    """Teach a detector further generators, from a few hundred pictures each.

    The net is not trained again: what it says of the generators that it knows stays
    as it is. The thresholds are frozen anew at the same stated rates.
    """
    target = _target(model, out)
    detector = load_detector(model)
    from subband.forensics import Detector, taught

    if not isinstance(detector, Detector):
        raise InvalidInput(
            "a classifier of transformers can't be taught: it has no features that are kept here"
        )
    for name, folder in named_folders(pictures).items():
        detector = taught(detector, name, _pictures(str(folder), images), source=str(folder))
        typer.echo(f"{printable(name)}: taught from {detector.config.history[-1]['pictures']} pictures")
    assert detector.config.abstention is not None
    _tell_thresholds(detector.config.abstention)
    detector.save(target)
    typer.echo(f"written to {printable(target)}")


def _target(model: str, out: Path | None) -> Path:
    """Where the changed detector goes; checked before any work.

    Raises:
        InvalidInput: a detector that has no folder of its own, without --out.
        OutputError: the folder can't be written.
    """
    if out is None and model.startswith(HUB):
        raise InvalidInput(f"{printable(model)} has no folder here: give one with --out DIR")
    target = out or detector_folder(Path(model))
    check_folder(target, "choose another --out")
    return target


def _frozen(
    detector: "Detector | HubDetector",
    real: str,
    generated: str,
    images: int,
    false_alarms: float,
    misses: float,
) -> "Detector | HubDetector":
    from subband.forensics import Detector
    from subband.forensics.calibration.freeze import frozen_anew

    def labelled() -> Iterator[tuple["np.ndarray", int]]:
        for label, folder in enumerate((real, generated)):
            yield from ((pixels, label) for pixels in _pictures(folder, images))

    source = {"real": real, "generated": generated}
    if isinstance(detector, Detector):
        return frozen_anew(detector, labelled(), false_alarms=false_alarms, misses=misses, source=source)
    return detector.calibrated(labelled(), false_alarms=false_alarms, misses=misses, source=source)


def _pictures(folder: str, most: int) -> Iterator["np.ndarray"]:
    """Pixels of up to `most` pictures of a folder or archive, chosen at random; those that can't be read are named.

    Raises:
        DataError: there are none.
    """
    import numpy as np

    from subband.data.decode import Skipped
    from subband.data.skipped import summary
    from subband.data.sources import read

    skipped, count = [], 0
    for picture in read(folder, np.random.default_rng(0), labels=False):
        if isinstance(picture, Skipped):
            skipped.append(picture)
            continue
        count += 1
        yield picture.pixels
        if count >= most:
            break
    if skipped:
        say.warning(f"subband: {printable(folder)}: left out {summary(skipped)}")
    if not count:
        raise DataError(f"no picture of {printable(folder)} can be read")


def _tell_thresholds(rule: "Abstention") -> None:
    """Say what the thresholds promise."""
    from subband.forensics.detectors.ruling import percent

    typer.echo(
        f"thresholds frozen on {rule.photographs} photographs and {rule.generated} generated pictures: at most "
        f"{percent(rule.false_alarms)} of photographs are called generated (with 95 % confidence "
        f"{percent(rule.bounds['false alarms'])}), at most {percent(rule.misses)} of generated pictures real "
        f"({percent(rule.bounds['misses'])})"
    )
    if lacks := rule.too_few():
        typer.echo(f"too few for firm answers: {lacks}")
