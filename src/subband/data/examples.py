"""Training images: square images of one size in one array, with classes if the source has them."""

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from subband.data.archives import DAMAGED
from subband.data.arrays import read_npz
from subband.data.classes import first_few
from subband.data.decode import MALFORMED, Skipped, shorter_side
from subband.data.entry import Entry
from subband.data.skipped import summary
from subband.data.sources import entries, picture
from subband.data.squares import described, fitting, natural_size, square
from subband.errors import DataError, InvalidInput, SubbandWarning
from subband.runs.names import printable

SAMPLE = 1000  # random pictures whose sizes determine the default size
_NPZ = re.compile(r"(.*\.npz)(?::([^:/\\]*))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, eq=False)
class Examples:
    """Training images.

    Attributes:
        pixels: uint8, shape (N, size, size, C), C = 1 (grey) or 3 (RGB).
        labels: int64, shape (N,), index into `classes`; None without classes.
        classes: class names.

    Raises:
        InvalidInput: wrong dtypes or shapes, or a label out of range.

    Example:
        >>> Examples(np.zeros((2, 8, 8, 1), np.uint8)).with_channels(3).pixels.shape
        (2, 8, 8, 3)
    """

    pixels: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 4 or shape[3] not in (1, 3) or shape[1] != shape[2]:
            raise InvalidInput(
                f"pixels must be uint8 (N, size, size, 1 or 3), not {self.pixels.dtype} {shape}"
            )
        if (self.labels is None) != (not self.classes):
            raise InvalidInput("give both labels and classes, or neither")
        if self.labels is not None and (
            self.labels.shape != shape[:1]
            or self.labels.dtype != np.int64
            or (len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.classes))
        ):
            raise InvalidInput(
                f"labels must be int64 ({shape[0]},) from 0 to {len(self.classes) - 1}, "
                f"not {self.labels.dtype} {self.labels.shape}"
            )

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def size(self) -> int:
        """Height and width in pixels."""
        return self.pixels.shape[1]

    @property
    def channels(self) -> int:
        """1 for grey, 3 for RGB."""
        return self.pixels.shape[3]

    def with_channels(self, channels: int) -> "Examples":
        """The images with 1 or 3 channels; grey is replicated, colour is never reduced to grey.

        Raises:
            InvalidInput: the conversion would lose colour.
        """
        if channels == self.channels:
            return self
        if self.channels != 1:
            raise InvalidInput(
                f"can't convert images of {self.channels} channels to {channels}: colour would be lost"
            )
        return Examples(np.repeat(self.pixels, channels, axis=3), self.labels, self.classes)

    def take(self, index: np.ndarray | slice) -> "Examples":
        """The examples at `index`, in that order."""
        labels = None if self.labels is None else self.labels[index]
        return Examples(self.pixels[index], labels, self.classes)


def read_examples(
    spec: str | Path,
    *,
    size: int | None = None,
    limit: int | None = None,
    labels: bool = True,
    seed: int = 0,
    say: Callable[[str], None] | None = None,
) -> Examples:
    """Read a source into memory as square images of one size.

    Each picture is centre-cropped to a square. Larger squares are resized to `size` (Lanczos, antialiased);
    squares at most 7 pixels smaller are padded by edge replication (28 px digits become 32 px). Smaller
    pictures are skipped, since enlarging adds no detail. The images have one channel if all pictures are
    grey. Unlabelled pictures among labelled ones are skipped too; if they are the majority, the classes are
    dropped instead.

    Args:
        spec: "FILE.npz" or "FILE.npz:SPLIT", see `read_npz`; or any source of `entries`: a folder, a tar or
            zip file, "hf:NAME", "packaged". Classes are those of sub-folders, `labels.csv` or `dataset.json`.
        size: side of the images in pixels; by default `natural_size` of the shorter sides of (at most 1000
            random) pictures.
        limit: maximal number of images, chosen at random.
        labels: whether to read classes; fewer than two classes count as none.
        seed: random seed of the order.
        say: receives one line about each step: pictures skipped and why, crops and sizes. By default skipped
            pictures are reported as a SubbandWarning.

    Returns:
        The examples in random order.

    Raises:
        DataError: the source is missing, damaged or empty, or no picture is large enough.
        InvalidInput: `size` or `limit` is below 1, or the source has class tables of two kinds.

    Example:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from subband.data import read_examples
        >>> for name, grey in (("cats", 50), ("dogs", 200)):
        ...     Path("photos", name).mkdir(parents=True)
        ...     Image.new("L", (40, 32), grey).save(f"photos/{name}/1.png")
        >>> examples = read_examples("photos", size=16, say=lambda line: None)
        >>> examples.pixels.shape, examples.classes, sorted(examples.labels.tolist())
        ((2, 16, 16, 1), ('cats', 'dogs'), [0, 1])
    """
    if any(number is not None and number < 1 for number in (size, limit)):
        raise InvalidInput(f"can't read examples with size={size}, limit={limit}: both must be 1 or more")
    random = np.random.default_rng(seed)
    arrays = _NPZ.fullmatch(str(spec))
    if arrays and not Path(spec).is_dir():
        pixels, names = read_npz(Path(arrays[1]), arrays[2] or None, labels=labels)
        chosen = random.permutation(len(pixels))[:limit]
        size = size or natural_size([min(pixels.shape[1:3])])
        pictures = ((f"image {i}", pixels[i], names[i] if names else "") for i in chosen)
    else:
        found = iter(entries(spec, random, labels=labels))
        sample = list(islice(found, SAMPLE))
        if size is None and (sides := [side for entry in sample if (side := _side(entry))]):
            size = natural_size(sides)
        pictures = _decoded(chain(sample, found))
    taken = _squares(pictures, size, limit)
    source, report = printable(spec), say or _warn
    if not taken.squares:
        advice = f"; use --size {fitting(taken.largest)}" if taken.largest else ""
        why = summary(taken.skipped) if taken.skipped else "it is empty"
        raise DataError(f"no picture in {source} could be used: {why}{advice}")
    if taken.skipped:
        seen = len(taken.skipped) + len(taken.squares)
        report(f"{len(taken.skipped)} of {seen} pictures in {source} were skipped: {summary(taken.skipped)}")
    if say is not None:
        say(described(taken.shapes, taken.squares[0].shape[0]))
    examples, line = _labelled(taken) if labels else (Examples(_stacked(taken.squares)), "")
    if line:
        report(f"{source}: {line}")
    return examples


@dataclass
class _Taken:
    """Square images with names and classes, and the skipped pictures."""

    squares: list[np.ndarray]
    names: list[str]
    labels: list[str]
    skipped: list[Skipped]
    shapes: list[tuple[int, int]]  # (height, width) of the original pictures
    largest: int = 0  # maximum of the shorter sides of the pictures that were too small


def _squares(
    pictures: Iterator[tuple[str, np.ndarray, str] | Skipped], size: int | None, limit: int | None
) -> _Taken:
    """At most `limit` square images, of (name, pixels, class) of pictures."""
    taken = _Taken([], [], [], [], [])
    for item in pictures:
        if isinstance(item, Skipped):
            taken.skipped.append(item)
            continue
        name, pixels, label = item
        height, width = pixels.shape[:2]
        size = size or natural_size([min(height, width)])
        image = square(pixels, size)
        if image is None:
            taken.skipped.append(Skipped(name, f"too small for size {size} ({width}x{height})"))
            taken.largest = max(taken.largest, min(height, width))
            continue
        taken.squares.append(image)
        taken.names.append(name)
        taken.labels.append(printable(label))  # class names are printed and used in file names
        taken.shapes.append((height, width))
        if len(taken.squares) == limit:
            break
    return taken


def _labelled(taken: _Taken) -> tuple[Examples, str]:
    """Examples with classes, and a message about unlabelled pictures ("" if none)."""
    classes = tuple(sorted(set(taken.labels) - {""}, key=_by_number))
    pixels = _stacked(taken.squares)
    if len(classes) < 2:
        return Examples(pixels), ""
    unlabelled = [name for name, label in zip(taken.names, taken.labels, strict=True) if not label]
    count = f"{len(unlabelled)} of {len(pixels)} pictures have no class"
    if 2 * len(unlabelled) > len(pixels):
        line = f"{count} ({first_few(unlabelled)}), so the classes of the others are ignored"
        return Examples(pixels), line
    index = {name: i for i, name in enumerate(classes)}
    named = np.array([bool(label) for label in taken.labels])
    numbers = np.array([index[label] for label in taken.labels if label], dtype=np.int64)
    line = f"{count} and were skipped: {first_few(unlabelled)}; to keep them, use --no-labels"
    return Examples(pixels[named], numbers, classes), line if unlabelled else ""


def _decoded(found: Iterator[Entry]) -> Iterator[tuple[str, np.ndarray, str] | Skipped]:
    for item in map(picture, found):
        yield item if isinstance(item, Skipped) else (item.name, _grey_if_grey(item.pixels), item.label)


def _side(entry: Entry) -> int | None:
    """Shorter side of a picture in pixels, from its file header; None if it can't be read."""
    try:
        with entry.open() as file:
            return shorter_side(file)
    except (*MALFORMED, *DAMAGED):
        return None


def _stacked(squares: list[np.ndarray]) -> np.ndarray:
    """Stack to (N, size, size, C); C = 3 if any square has 3 channels."""
    grey = all(image.shape[2] == 1 for image in squares)
    return np.stack([image if grey or image.shape[2] == 3 else image.repeat(3, axis=2) for image in squares])


def _grey_if_grey(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., :1] if (pixels == pixels[..., :1]).all() else pixels


def _warn(line: str) -> None:
    warnings.warn(line, SubbandWarning, stacklevel=3)


def _by_number(name: str) -> tuple[int, str]:
    """Sort key of class names: numbers by value, then words."""
    return (int(name), "") if name.isdecimal() else (10**9, name)
