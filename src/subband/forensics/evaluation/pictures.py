"""Pictures of an evaluation: photographs by their source, generated pictures by their generator."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from zlib import crc32

import numpy as np

from subband.data.decode import FileFacts, Skipped
from subband.data.entry import Entry
from subband.data.sources import entries, picture
from subband.errors import DataError, InvalidInput

GRID = 16
"""Pictures are cut on a grid of 16 pixels: the blocks of a 4:2:0 JPEG keep their phase."""

STREAMED = 2000
"""Most pictures that are read of a source without a length."""


@dataclass(frozen=True)
class Specs:
    """Where the pictures are.

    Attributes:
        real: Name → folder, archive, "packaged" or "hf:NAME" of photographs. The name "" takes its sources from the
            sub-folders.
        generated: Name of a generator → the same of its pictures.
        both: A folder or archive with `real/SOURCE/…` and `generated/NAME/…`; empty for none.
    """

    real: Mapping[str, str] = field(default_factory=dict)
    generated: Mapping[str, str] = field(default_factory=dict)
    both: str = ""


@dataclass(frozen=True)
class Place:
    """A picture to read.

    Attributes:
        entry: Its file.
        kind: "real", or the name of the generator.
        origin: Source of a photograph, e.g. its sub-folder; the generator of a generated picture.
    """

    entry: Entry
    kind: str
    origin: str


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture that was read.

    Attributes:
        pixels: (H, W, 3) uint8, at most `side` pixels a side.
        kind: "real", or the name of the generator.
        origin: see `Place`.
        scene: Equal for pictures that are resampled together.
        name: For messages.
        facts: Of the file.

    Example:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from subband.forensics.evaluation import Specs, places, samples
        >>> for name in ("photos", "gan"):
        ...     Path(name).mkdir()
        ...     Image.new("RGB", (48, 32)).save(f"{name}/1.png")
        >>> sample = next(samples(places(Specs({"": "photos"}, {"GAN": "gan"}), most=10, seed=0), side=32))
        >>> sample.kind, sample.pixels.shape, sample.facts.container
        ('real', (32, 32, 3), 'PNG')
    """

    pixels: np.ndarray
    kind: str
    origin: str
    scene: str
    name: str
    facts: FileFacts


def places(specs: Specs, *, most: int, seed: int) -> list[Place]:
    """List the pictures of an evaluation: at most `most` of each source, drawn at random.

    Raises:
        DataError: a source is missing or empty; no photographs or no generated pictures.
        InvalidInput: no source of photographs, or of generated pictures.

    Example:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from subband.forensics.evaluation import Specs, places
        >>> for name in ("real/camera", "generated/GAN"):
        ...     Path("pictures", name).mkdir(parents=True)
        ...     Image.new("RGB", (32, 32)).save(f"pictures/{name}/1.png")
        >>> [(place.kind, place.origin) for place in places(Specs(both="pictures"), most=10, seed=0)]
        [('GAN', 'GAN'), ('real', 'camera')]
    """
    if not specs.both and not (specs.real and specs.generated):
        raise InvalidInput(
            "an evaluation needs photographs and generated pictures: give --real DIR and --generated NAME=DIR, or "
            "--data with one folder or archive of real/… and generated/NAME/…"
        )
    found = []
    for name, spec in specs.real.items():
        listed = _listed(spec, _stream(seed, "real", name))
        found += [Place(entry, "real", name or _sub_folder(entry.label) or spec) for entry in listed]
    for name, spec in specs.generated.items():
        found += [Place(entry, name, name) for entry in _listed(spec, _stream(seed, "generated", name))]
    if specs.both:
        found += _of_both(specs.both, _stream(seed, "both"))
    kinds = {place.kind for place in found}
    if "real" not in kinds or len(kinds) < 2:
        raise DataError(
            f"found {'photographs only' if 'real' in kinds else 'no photographs'}: an evaluation needs both kinds"
        )
    counts: Counter[tuple[str, str]] = Counter()
    kept = []
    for place in found:
        counts[place.kind, place.origin] += 1
        if counts[place.kind, place.origin] <= most:
            kept.append(place)
    return kept


def samples(places: list[Place], *, side: int) -> Iterator[Sample | Skipped]:
    """Decode pictures, one at a time; larger ones are cut to the middle `side` pixels, never scaled.

    Raises:
        InvalidInput: a side below 16.
    """
    if side < GRID:
        raise InvalidInput(f"can't cut pictures to {side} pixels: give at least {GRID}, e.g. 512")
    for place in places:
        found = picture(place.entry)
        if isinstance(found, Skipped):
            yield found
            continue
        pixels = middle(found.pixels, side)
        scene = f"{place.kind}\0{place.origin}\0{found.scene}"
        yield Sample(pixels, place.kind, place.origin, scene, found.name, found.facts)


def middle(pixels: np.ndarray, side: int) -> np.ndarray:
    """The middle of a picture, at most `side` pixels a side, cut on the grid of 16 pixels."""
    starts = [max(n - side, 0) // 2 // GRID * GRID for n in pixels.shape[:2]]
    return np.ascontiguousarray(pixels[starts[0] : starts[0] + side, starts[1] : starts[1] + side])


def _listed(spec: str, rng: np.random.Generator) -> list[Entry]:
    found = entries(spec, rng, labels=not spec.startswith("hf:"))
    return list(islice(found, STREAMED)) if isinstance(found, Iterator) else list(found)


def _of_both(spec: str, rng: np.random.Generator) -> list[Place]:
    """Places of a folder with real/… and generated/NAME/…, at any depth."""
    found = []
    for entry in _listed(spec, rng):
        parts = PurePosixPath(entry.label).parts
        if "generated" in parts and len(rest := parts[parts.index("generated") + 1 :]):
            found.append(Place(entry, rest[0], rest[0]))
        elif "real" in parts:
            rest = parts[parts.index("real") + 1 :]
            found.append(Place(entry, "real", rest[0] if rest else "real"))
    if not found:
        raise DataError(f"{spec} has no pictures below real/ or generated/NAME/")
    return found


def _sub_folder(label: str) -> str:
    parts = PurePosixPath(label).parts
    return parts[0] if parts else ""


def _stream(seed: int, *words: str) -> np.random.Generator:
    return np.random.default_rng([seed, *(crc32(word.encode()) for word in words)])
