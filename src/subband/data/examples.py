"""Images to learn from: equal squares in one array, with their classes where the source names them."""

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

SAMPLE = 1000  # pictures, in random order, whose sizes settle that of the examples
_NPZ = re.compile(r"(.*\.npz)(?::([^:/\\]*))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, eq=False)
class Examples:
    """Training images.

    Attributes:
        pixels: uint8, shape (N, size, size, C), C = 1 (grey) or 3 (RGB).
        labels: int64, shape (N,), index into `classes`; None where the source names no classes.
        classes: their names.

    Raises:
        InvalidInput: if types or shapes are others, or a label names no class.
    """

    pixels: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 4 or shape[3] not in (1, 3) or shape[1] != shape[2]:
            raise InvalidInput(
                f"examples are uint8 (N, size, size, 1 or 3), not {self.pixels.dtype} of shape {shape}"
            )
        if (self.labels is None) != (not self.classes):
            raise InvalidInput("labels and the names of their classes come together or not at all")
        if self.labels is not None and (
            self.labels.shape != shape[:1]
            or self.labels.dtype != np.int64
            or (len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.classes))
        ):
            raise InvalidInput(
                f"labels are int64 ({shape[0]},) below {len(self.classes)}, one for each image"
            )

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def size(self) -> int:
        """Height and width."""
        return self.pixels.shape[1]

    @property
    def channels(self) -> int:
        """1 for grey, 3 for RGB."""
        return self.pixels.shape[3]

    def with_channels(self, channels: int) -> "Examples":
        """The same images with that many channels; colour can't be made grey.

        Raises:
            InvalidInput: if colours would be lost.
        """
        if channels == self.channels:
            return self
        if self.channels != 1:
            raise InvalidInput(
                f"can't give images of {self.channels} channels as {channels}: colours get lost"
            )
        return Examples(np.repeat(self.pixels, channels, axis=3), self.labels, self.classes)

    def take(self, index: np.ndarray | slice) -> "Examples":
        """Some of them, in the order of `index`."""
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
    """Read a source into memory as equal squares.

    The middle square of each picture is taken. A larger one is brought to `size` by Lanczos with
    antialiasing; one that is at most 7 pixels smaller is surrounded by copies of its edge (28 px digits
    become 32 px). Nothing is ever enlarged: smaller pictures are left out. Pictures are grey if all of them
    are. Pictures without a class among others with one are left out too; if they are the greater part, all
    stay and the classes go.

    Args:
        spec: "FILE.npz" or "FILE.npz:SPLIT"; see `read_npz`. Or any source that `entries` knows: a folder, a
            tar or zip file, "hf:NAME", "packaged". Classes are sub-folders, or what `labels.csv` or
            `dataset.json` says.
        size: side of the squares; if left out, `natural_size` of the shorter sides of the pictures, of 1000
            random ones if there are more.
        limit: most images to take, chosen at random; None takes all.
        labels: whether to keep the classes. A source that names fewer than two has none.
        seed: of the choice.
        say: told, a line each, what was left out and why, and how pictures became squares. Without it what
            was left out is a SubbandWarning.

    Raises:
        DataError: the source is missing, damaged or empty, or all of its pictures are too small.
        InvalidInput: size or limit is below 1, or tables of classes contradict each other.
    """
    if any(number is not None and number < 1 for number in (size, limit)):
        raise InvalidInput(f"can't read examples with size={size} and limit={limit}: both are 1 or more")
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
    shown, blame = printable(spec), say or _warn
    if not taken.squares:
        advice = f"; take --size {fitting(taken.largest)}" if taken.largest else ""
        why = summary(taken.skipped) if taken.skipped else "there is none"
        raise DataError(f"no picture in {shown} could be used: {why}{advice}")
    if taken.skipped:
        seen = len(taken.skipped) + len(taken.squares)
        blame(f"{len(taken.skipped)} of {seen} pictures in {shown} are left out: {summary(taken.skipped)}")
    if say is not None:
        say(described(taken.shapes, taken.squares[0].shape[0]))
    examples, line = _labelled(taken) if labels else (Examples(_stacked(taken.squares)), "")
    if line:
        blame(f"{shown}: {line}")
    return examples


@dataclass
class _Taken:
    """Squares with their names and classes, and what could not become one."""

    squares: list[np.ndarray]
    names: list[str]
    labels: list[str]
    skipped: list[Skipped]
    shapes: list[tuple[int, int]]  # (height, width) of the pictures of the squares
    largest: int = 0  # shorter side of the largest picture that was too small


def _squares(
    pictures: Iterator[tuple[str, np.ndarray, str] | Skipped], size: int | None, limit: int | None
) -> _Taken:
    """Squares of (name, pixels, class), as many as are wanted."""
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
            taken.skipped.append(Skipped(name, f"too small for {size} pixels a side ({width}x{height})"))
            taken.largest = max(taken.largest, min(height, width))
            continue
        taken.squares.append(image)
        taken.names.append(name)
        taken.labels.append(printable(label))  # the names of classes go into files and onto screens
        taken.shapes.append((height, width))
        if len(taken.squares) == limit:
            break
    return taken


def _labelled(taken: _Taken) -> tuple[Examples, str]:
    """Examples with the classes that the source names, and what there is to say about those without one."""
    classes = tuple(sorted(set(taken.labels) - {""}, key=_by_number))
    pixels = _stacked(taken.squares)
    if len(classes) < 2:
        return Examples(pixels), ""
    strays = [name for name, label in zip(taken.names, taken.labels, strict=True) if not label]
    of_all = f"{len(strays)} of {len(pixels)} pictures have no class"
    if 2 * len(strays) > len(pixels):
        return Examples(pixels), f"{of_all} ({first_few(strays)}), so the classes of the others are not used"
    index = {name: i for i, name in enumerate(classes)}
    named = np.array([bool(label) for label in taken.labels])
    numbers = np.array([index[label] for label in taken.labels if label], dtype=np.int64)
    line = f"{of_all} and are left out: {first_few(strays)}; to take them too, use --no-labels"
    return Examples(pixels[named], numbers, classes), line if strays else ""


def _decoded(found: Iterator[Entry]) -> Iterator[tuple[str, np.ndarray, str] | Skipped]:
    for item in map(picture, found):
        yield item if isinstance(item, Skipped) else (item.name, _grey_if_grey(item.pixels), item.label)


def _side(entry: Entry) -> int | None:
    """Shorter side of a picture, from the head of its file; None if it can't be read."""
    try:
        with entry.open() as file:
            return shorter_side(file)
    except (*MALFORMED, *DAMAGED):
        return None


def _stacked(squares: list[np.ndarray]) -> np.ndarray:
    """(N, size, size, C) of squares of 1 or 3 channels."""
    grey = all(image.shape[2] == 1 for image in squares)
    return np.stack([image if grey or image.shape[2] == 3 else image.repeat(3, axis=2) for image in squares])


def _grey_if_grey(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., :1] if (pixels == pixels[..., :1]).all() else pixels


def _warn(line: str) -> None:
    warnings.warn(line, SubbandWarning, stacklevel=3)


def _by_number(name: str) -> tuple[int, str]:
    """Order of class names: numbers by value, then words."""
    return (int(name), "") if name.isdecimal() else (10**9, name)
