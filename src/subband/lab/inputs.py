"""Images of a run: read or generated, cropped, encoded alike, and split by photograph."""

from collections.abc import Sized
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from subband.data.chain import Chain
from subband.data.imageset import ImageSet, Split, from_arrays, gather, split
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


def delivered(settings: LabSettings, name: str, spec: str, limit: int, advance: Advance) -> Source:
    """Read a source of files in random order, and split it by photograph.

    The crops, at most `limit`, are spread over all pictures of the source.

    Raises:
        DataError: a missing, empty or unreadable source, or fewer than three photographs.
    """
    random = stream(settings, "read", name)
    found = entries(spec, random, labels=False)
    total = min(len(found), limit) if isinstance(found, Sized) else DOWNLOADS
    images = gather(
        name,
        map(picture, found),
        chain(settings),
        per_picture=MOST_PER_PICTURE,
        limit=limit,
        enough=None if isinstance(found, Sized) else DOWNLOADS,
        rng=random,
        progress=lambda seen, kept: advance(min(seen, total), total),
    )
    origin = "photographs packaged with scikit-image and scikit-learn" if spec == "packaged" else spec
    return Source(name, origin, images, split(images, rng=stream(settings, "split", name)))


def made(settings: LabSettings, name: str, origin: str, pixels: np.ndarray, real: Split) -> Source:
    """Source of generated images: the same preprocessing, split in the proportions of `real`."""
    images = from_arrays(name, pixels, chain(settings))
    counts = np.array([len(part) for part in (real.train, real.val, real.test)])
    fractions = tuple(float(share) for share in counts / counts.sum())
    return Source(name, origin, images, split(images, fractions, rng=stream(settings, "split", name)))
