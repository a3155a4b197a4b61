"""Images to learn from: equal squares in one array, with their classes where the source names them."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from subband.data.decode import Skipped
from subband.data.labels import class_names
from subband.data.sources import read
from subband.errors import DataError, InvalidInput

STRIDE = 8  # sizes that networks like are multiples of this


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
) -> Examples:
    """Read a source into memory as equal squares.

    The middle square of each picture is taken. A larger one is brought to `size` by Lanczos with
    antialiasing; one that is at most 7 pixels smaller is surrounded by copies of its edge (28 px digits
    become 32 px). Nothing is ever
    enlarged: smaller pictures are an error. Pictures are grey if all of them are.

    Args:
        spec: "FILE.npz" or "FILE.npz:SPLIT" with arrays x_SPLIT, uint8 (N, H, W) or (N, H, W, 3), and
            y_SPLIT, whole numbers or text (N,) or (N, 1), or one-hot rows (N, classes); SPLIT is "train" if left
            out. Or any source that `read` knows: a folder or a tar file, whose sub-folders are classes, "hf:NAME",
            "packaged".
        size: side of the squares; if left out, that of the first picture, rounded up to a multiple of 8, at
            most 64.
        limit: most images to take, chosen at random; None takes all.
        labels: whether to keep the classes. A source that names fewer than two has none.
        seed: of the choice.

    Raises:
        DataError: the source is missing, damaged or empty, or its pictures are smaller than `size`.
        InvalidInput: size or limit is below 1.
    """
    if any(number is not None and number < 1 for number in (size, limit)):
        raise InvalidInput(f"can't read examples with size={size} and limit={limit}: both are 1 or more")
    random = np.random.default_rng(seed)
    path, _, split = str(spec).partition(".npz")
    if str(spec).endswith(".npz") or split.startswith(":"):
        pixels, names = _from_npz(Path(f"{path}.npz"), split.removeprefix(":") or "train", labels)
        chosen = random.permutation(len(pixels))[:limit]
        size = size or _natural(pixels.shape[1:3])
        squares = [square(image, size, str(spec)) for image in pixels[chosen]]
        given = [names[i] for i in chosen] if names else []
    else:
        squares, given = [], []
        for picture in read(spec, random):
            if isinstance(picture, Skipped):
                continue
            size = size or _natural(picture.pixels.shape[:2])
            squares.append(square(_grey_if_grey(picture.pixels), size, picture.name))
            given.append(picture.label)
            if len(squares) == limit:
                break
    if not squares:
        raise DataError(f"no picture in {spec} could be read")
    grey = all(image.shape[2] == 1 for image in squares)
    pixels = np.stack(
        [image if grey or image.shape[2] == 3 else image.repeat(3, axis=2) for image in squares]
    )
    classes = tuple(sorted(set(given), key=_by_number))
    if not labels or len(classes) < 2 or "" in classes:
        return Examples(pixels)
    index = {name: i for i, name in enumerate(classes)}
    return Examples(pixels, np.array([index[name] for name in given], dtype=np.int64), classes)


def square(pixels: np.ndarray, size: int, name: str) -> np.ndarray:
    """The middle square of a picture, uint8 (H, W, C), at `size`; see `read_examples`.

    Raises:
        DataError: if it is more than 7 pixels too small.
    """
    side = min(pixels.shape[:2])
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    middle = pixels[top : top + side, left : left + side]
    if side > size:
        image = Image.fromarray(middle[..., 0] if middle.shape[2] == 1 else middle)
        resized = np.asarray(image.resize((size, size), Image.Resampling.LANCZOS))
        return resized.reshape(size, size, -1)
    if size - side >= STRIDE:
        raise DataError(
            f"{name} has {side} pixels a side, too few for {size}: nothing is enlarged; "
            f"take --size {_natural((side,))}"
        )
    before = (size - side) // 2
    return np.pad(middle, [(before, size - side - before)] * 2 + [(0, 0)], mode="edge")


def _from_npz(path: Path, split: str, named: bool) -> tuple[np.ndarray, list[str]]:
    """Pixels (N, H, W, C) and class names, [] if there are no labels or none are wanted."""
    try:
        with np.load(path, allow_pickle=False) as file:
            names = file.files
            images = file[f"x_{split}"] if f"x_{split}" in names else None
            labels = file[f"y_{split}"] if named and f"y_{split}" in names else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        if "Object arrays" in str(error):
            raise DataError(
                f"{path} holds arrays of Python objects, which are not read: save them as numbers or text, e.g. "
                "y.astype(int) or y.astype(str)"
            ) from error
        raise DataError(f"can't read {path}: {error}") from error
    if images is None:
        splits = sorted(name.removeprefix("x_") for name in names if name.startswith("x_"))
        there = ", ".join(f"{path}:{found}" for found in splits) or "none"
        raise DataError(f"{path} has no array x_{split}; splits that it has: {there}")
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or images.shape[3:] not in ((), (1,), (3,)):
        raise DataError(
            f"x_{split} of {path} is {images.dtype} {images.shape}: need uint8 (N, H, W) or (N, H, W, 3)"
        )
    pixels = images if images.ndim == 4 else images[..., None]
    if labels is None or not named:
        return pixels, []
    return pixels, class_names(labels, len(images), f"y_{split} of {path}")


def _grey_if_grey(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., :1] if (pixels == pixels[..., :1]).all() else pixels


def _natural(shape: tuple[int, ...]) -> int:
    """Side for pictures of a shape: their own, rounded up to a multiple of 8, at most 64."""
    return min(-(-min(shape) // STRIDE) * STRIDE, 64)


def _by_number(name: str) -> tuple[int, str]:
    """Order of class names: numbers by value, then words."""
    return (int(name), "") if name.isdecimal() else (10**9, name)
