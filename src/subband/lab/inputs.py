"""Images of a run: read or generated, cropped, encoded alike, and split by photograph."""

from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from subband.data.chain import Chain
from subband.data.decode import FileFacts, Picture, Skipped
from subband.data.history import CommonHistory, common_history
from subband.data.imageset import ImageSet, Split, concatenate, from_arrays, gather, split
from subband.data.sources import entries, picture
from subband.lab.settings import LabSettings
from subband.runs.progress import Advance

MOST_PER_PICTURE = 96  # crops per photograph; more add little information
DOWNLOADS = 500  # pictures to read from a data set on the Hub, if they are large


@dataclass(frozen=True, eq=False)
class Source:
    """One source of images: name, origin (text for the report), all crops, and their train/val/test split."""

    name: str
    origin: str
    images: ImageSet
    split: Split


def chain(settings: LabSettings) -> Chain:
    """Preprocessing of every image: crop, resize, encode and decode."""
    return Chain(settings.size, settings.resize, settings.encode)


def stream(settings: LabSettings, *words: str) -> np.random.Generator:
    """Random generator for one purpose, independent of the others: adding a source does not change the rest."""
    return np.random.default_rng([settings.seed, *(crc32(word.encode()) for word in words)])


def delivered(
    settings: LabSettings,
    name: str,
    spec: str,
    limit: int,
    advance: Advance,
    history: CommonHistory | None = None,
) -> Source:
    """Read a source of files in random order, and split it by photograph.

    The crops, at most `limit`, are spread over all pictures of the source. With a `history`, each picture takes it
    before it is cropped.

    Raises:
        DataError: a missing, empty or unreadable source, or fewer than three photographs.
    """
    random = stream(settings, "read", name)
    found = entries(spec, random, labels=False)
    total = min(len(found), limit) if isinstance(found, Sized) else DOWNLOADS
    images = gather(
        name,
        (_after(history, picture(entry)) for entry in found),
        chain(settings),
        per_picture=MOST_PER_PICTURE,
        limit=limit,
        enough=None if isinstance(found, Sized) else DOWNLOADS,
        rng=random,
        progress=lambda seen, kept: advance(min(seen, total), total),
    )
    origin = "photographs packaged with scikit-image and scikit-learn" if spec == "packaged" else spec
    return Source(name, origin, images, split(images, rng=stream(settings, "split", name)))


def levelling(settings: LabSettings, sources: Iterable[Source]) -> CommonHistory:
    """The common history of all delivered files; without scaling where it would make pictures too small."""
    by_class: dict[bool, list[FileFacts]] = {True: [], False: []}
    for source in sources:
        by_class[source.name == "real"] += dict.fromkeys(source.images.delivered)  # once per file
    history, facts = common_history(by_class[True], by_class[False]), by_class[True] + by_class[False]
    side = np.quantile([min(found.width, found.height) for found in facts], 0.1)
    too_small = history.scale * side < chain(settings).cut
    return replace(history, scale=1.0) if too_small else history


def _after(history: CommonHistory | None, found: Picture | Skipped) -> Picture | Skipped:
    if history is None or isinstance(found, Skipped):
        return found
    return replace(found, pixels=history(found.pixels, found.facts))


def translations(
    settings: LabSettings,
    name: str,
    origin: str,
    translate: Callable[[np.ndarray], np.ndarray],
    real: Split,
) -> Source:
    """Source of images that were made of the real ones, each in the part of the split that its original is in."""
    parts = [
        from_arrays(name, translate(part.pixels), chain(settings))
        for part in (real.train, real.val, real.test)
    ]
    images = concatenate(parts)
    ends = np.cumsum([len(part) for part in parts])
    places = np.split(np.arange(len(images)), ends[:-1])
    return Source(name, origin, images, Split(*(images.subset(at) for at in places)))


def made(settings: LabSettings, name: str, origin: str, pixels: np.ndarray, real: Split) -> Source:
    """Source of generated images: the same preprocessing, split in the proportions of `real`."""
    images = from_arrays(name, pixels, chain(settings))
    counts = np.array([len(part) for part in (real.train, real.val, real.test)])
    fractions = tuple(float(share) for share in counts / counts.sum())
    return Source(name, origin, images, split(images, fractions, rng=stream(settings, "split", name)))
