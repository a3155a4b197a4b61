"""Which accuracy of a detector survives without each band of the pictures."""

from collections.abc import Callable, Mapping

import numpy as np

from subband.data.decode import Skipped
from subband.errors import DataError
from subband.forensics.evaluation.pictures import Specs, places, samples
from subband.forensics.explanation.removal import BandAblation, band_ablation
from subband.forensics.explanation.subject import Subject, subject_of

EACH = 200
"""Most pictures of either kind: each is shown some 80 times, once without each band and group."""


def ablate(
    detectors: Mapping[str, object],
    specs: Specs,
    *,
    each: int = EACH,
    side: int = 512,
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, BandAblation]:
    """Remove the bands of one square, the middle one, of each picture.

    Args:
        detectors: Name → `Detector`.
        specs: Where the pictures are.
        each: Most photographs, and most generated pictures.
        side: see `pictures.samples`.
        seed: Of the choice of pictures.
        progress: Called with the share that is done, 0..1.

    Returns:
        Name → what survives.

    Raises:
        DataError: no photograph or no generated picture is large enough for a square.
        InvalidInput: see `pictures.places`; or a detector that can't be explained.

    Example:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from PIL import Image
        >>> from subband.data import Chain
        >>> from subband.forensics import Detector, Shape, build
        >>> from subband.forensics.detectors.detector import config_of
        >>> from subband.forensics.evaluation import Specs, ablate
        >>> for kind, grey in (("photos", 90), ("gan", 160)):
        ...     Path(kind).mkdir()
        ...     Image.new("RGB", (32, 32), (grey, grey, grey)).save(f"{kind}/1.png")
        >>> config = config_of("linear on pixels", ("real", "GAN"), Chain(16), Shape(16, 2, level=1), 1.0, {})
        >>> detector = Detector(build(config.name, config.shape, seed=0), config)
        >>> found = ablate({"mine": detector}, Specs({"photos": "photos"}, {"GAN": "gan"}))
        >>> found["mine"].images, found["mine"].bands.shape
        ((1, 1), (2, 2))
    """
    subjects = {name: subject_of(detector) for name, detector in detectors.items()}
    shown = _shown(specs, each, side, seed)
    found = {}
    for k, (name, subject) in enumerate(subjects.items()):
        squares, generated = _squares(subject, shown, name)

        def report(share: float, k: int = k) -> None:
            progress((k + share) / len(subjects))

        found[name] = band_ablation(subject, squares, generated, progress=report)
    return found


def _shown(specs: Specs, each: int, side: int, seed: int) -> list[tuple[np.ndarray, bool]]:
    """Pictures of either kind, with whether they are generated; all sources in turn."""
    listed = places(specs, most=each, seed=seed)
    order = np.random.default_rng([seed, 4]).permutation(len(listed))
    chosen = []
    for kind in (True, False):
        chosen += [listed[k] for k in order if (listed[k].kind != "real") is kind][:each]
    return [
        (found.pixels, found.kind != "real")
        for found in samples(chosen, side=side)
        if not isinstance(found, Skipped)
    ]


def _squares(
    subject: Subject, shown: list[tuple[np.ndarray, bool]], name: str
) -> tuple[np.ndarray, np.ndarray]:
    """The middle square of each picture that is large enough, and whether it is generated."""
    large = [(pixels, kind) for pixels, kind in shown if min(pixels.shape[:2]) >= subject.cut]
    if len({kind for _, kind in large}) < 2:
        raise DataError(
            f"bands: of either kind at least one picture must have {subject.cut} pixels a side, for {name}"
        )
    squares = [subject.squares(pixels, subject.spread(pixels, 1)) for pixels, _ in large]
    return np.concatenate(squares), np.array([kind for _, kind in large])
