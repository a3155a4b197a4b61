"""The detector that a command was given: a folder, a run of the lab, "hf:NAME", or none."""

from pathlib import Path
from typing import TYPE_CHECKING

from subband.errors import CheckpointError, InvalidInput
from subband.runs.names import printable

if TYPE_CHECKING:
    from subband.forensics import Detector
    from subband.forensics.detectors.hub import HubDetector

HUB = "hf:"
HELP = (
    "Folder of a detector, or of a run of the lab; or hf:NAME, an image classifier of transformers (hub name or "
    "folder). (default: the detector in the package, or the newest runs/*/detector)"
)


def load_detector(model: str | None, *, real_label: str | None = None) -> "Detector | HubDetector":
    """Load the detector that was named.

    Args:
        model: see `HELP`.
        real_label: of an "hf:" classifier.

    Raises:
        CheckpointError: there is none, or it is damaged.
        InvalidInput: the labels of an "hf:" classifier don't say which is real.
        MissingDependency: "hf:" without transformers.
    """
    from subband.forensics import Detector

    if model is not None and model.startswith(HUB):
        from subband.forensics.detectors.hub import HubDetector

        return HubDetector.of(model.removeprefix(HUB), real=real_label)
    if real_label is not None:
        raise InvalidInput(
            "--real-label names a label of a classifier of transformers: give it with --model hf:NAME"
        )
    folder = default_detector() if model is None else detector_folder(Path(model))
    if _kind(folder) == "hub detector":
        from subband.forensics.detectors.hub import HubDetector

        return HubDetector.load(folder)
    found = Detector.load(folder)
    found.title = found.config.title or f"{found.config.name} of {printable(folder)}"
    return found


def default_detector() -> Path:
    """Folder of the detector in the package; of the newest one of the lab in a build without it.

    Raises:
        CheckpointError: there is neither.
    """
    from subband.forensics.packaged import FOLDER, has_detector

    return FOLDER if has_detector() else newest_detector(Path("runs"))


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


def detector_folder(model: Path) -> Path:
    """The detector folder of a run; `model` itself if it is no run."""
    return model / "detector" if (model / "detector").is_dir() else model


def _kind(folder: Path) -> str | None:
    """What a folder holds by its config.json, which is for readers; None if that can't be read."""
    import json

    file = folder / "config.json"
    try:
        return json.loads(file.read_text("utf-8")).get("kind") if file.is_file() else None
    except (OSError, ValueError, AttributeError):
        return None
