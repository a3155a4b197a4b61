"""The detector that comes with the package. Its card, card.md beside the weights, says what it was made of
and errs in.

It is made by `make detector`, i.e. `python -m subband.experiments.packaged_detector`.
"""

from functools import cache
from pathlib import Path

from subband.forensics.detectors.detector import Detector

NAME = "details-1"
FOLDER = Path(__file__).parent / "details_1"


def has_detector() -> bool:
    """Whether this build has the detector's files."""
    return (FOLDER / "model.safetensors").is_file()


@cache
def packaged_detector() -> Detector | None:
    """The detector in the package; None in a build without it.

    Raises:
        CheckpointError: its files are damaged.

    Example:
        >>> from subband.forensics import packaged_detector
        >>> detector = packaged_detector()
        >>> detector.config.classes[:2], detector.chain.size
        (('real', 'sd-1.4'), 128)
    """
    return Detector.load(FOLDER) if has_detector() else None


def card() -> str:
    """The card of the packaged detector: data, scope, measured errors, what it is not good for."""
    return (FOLDER / "card.md").read_text("utf-8")
