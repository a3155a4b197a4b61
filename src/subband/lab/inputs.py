"""The images of a run: read or made, cut, taken through one path, divided by photograph."""

from collections.abc import Sized
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from subband.data.chain import Chain
from subband.data.imageset import ImageSet, Split, from_arrays, gather, split
from subband.data.sources import entries, picture
from subband.lab.settings import LabSettings
from subband.runs.progress import Advance

MOST_PER_PICTURE = 96  # crops of one photograph; more say little that is new
DOWNLOADS = 500  # pictures of a data set on the hub that are enough, where they are large


@dataclass(frozen=True, eq=False)
class Source:
    """One source: where its images are from in words, all its crops, and their division."""

    name: str
    origin: str
    images: ImageSet
    split: Split


def chain(settings: LabSettings) -> Chain:
    """Return the path that every image takes."""
    return Chain(settings.size, settings.resize, settings.encode)


def stream(settings: LabSettings, *words: str) -> np.random.Generator:
    """Return a random stream of its own for each purpose, so that one source never disturbs another."""
    return np.random.default_rng([settings.seed, *(crc32(word.encode()) for word in words)])


def delivered(settings: LabSettings, name: str, spec: str, limit: int, advance: Advance) -> Source:
    """Read a source of files in random order, at most `limit` crops of it, and divide it by photograph.

    The crops are spread over all pictures of the source: few of many pictures, many of few.

    Raises:
        DataError: the source is missing, empty, unusable, or has fewer than three photographs.
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
    """Take images that a generator made through the same path, divided in the proportions of `real`."""
    images = from_arrays(name, pixels, chain(settings))
    counts = np.array([len(part) for part in (real.train, real.val, real.test)])
    fractions = tuple(float(share) for share in counts / counts.sum())
    return Source(name, origin, images, split(images, fractions, rng=stream(settings, "split", name)))
