"""The one path that every image of every class takes: crop → (optional) resize → encode → decode.

If real images were JPEG and generated ones PNG, or one class had been down-sampled and the other not, a
detector would learn that instead of the generator. After the chain the two differ by nothing but their
content.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from subband.data.decode import FileFacts, Picture, decode
from subband.errors import DataError, InvalidInput

SMALLEST = 8
KERNEL = "Lanczos, antialiased"
JITTER = 8  # a crop leaves its grid cell by at most 1/8 of its side


@dataclass(frozen=True, eq=False)
class Crop:
    """A square cut out of a picture, before it is resized and encoded.

    Attributes:
        pixels: (S, S, 3) uint8.
        top: row of its first pixel in the picture.
        left: column of its first pixel in the picture.
    """

    pixels: np.ndarray
    top: int
    left: int


@dataclass(frozen=True)
class Chain:
    """crop → (optional) resize → encode → decode, with the same settings for every class.

    Crops are preferred to resizing, since resampling removes the high frequencies in which generators differ
    most. Where it is asked for there is one kernel, Lanczos with antialiasing.

    `encode="png"` is lossless and stored without compression, so that all files of one size are equally long.
    Compressed, a file would be longer the busier its picture is, and the format-only control, which must see
    nothing but format, would see content. "jpeg:85" and "webp:80" give the quality, 1..100 (JPEG with 4:2:0
    chroma, as most files on the web have it). The lengths of those files do carry content: a control on them
    should leave the column "bytes" out.

    Attributes:
        size: side of the result, in pixels, at least 8.
        resize: side of the square that is cut and then resampled to `size`; None cuts `size` itself.
        encode: "png", "jpeg:QUALITY" or "webp:QUALITY".
    """

    size: int = 64
    resize: int | None = None
    encode: str = "png"

    def __post_init__(self) -> None:
        for name, value in (("size", self.size), ("resize", self.resize)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
                raise InvalidInput(f"{name} is a whole number of pixels, not {value!r}")
        if self.size < SMALLEST:
            raise InvalidInput(f"size {self.size} is too small to analyse; at least {SMALLEST}, e.g. 64")
        if self.resize is not None and self.resize < self.size:
            raise InvalidInput(
                f"resize={self.resize} would enlarge crops to size {self.size}, which adds no detail; "
                f"give resize ≥ {self.size}, or size ≤ {self.resize}"
            )
        _parse_encoding(self.encode)

    @property
    def cut(self) -> int:
        """Side of the square that is cut out of a picture, before any resizing."""
        return self.resize or self.size

    def describe(self) -> str:
        """The chain in words, for a report."""
        codec, quality = _parse_encoding(self.encode)
        how = "PNG, uncompressed" if codec == "png" else f"{codec.upper()} quality {quality}"
        resample = f" → resize to {self.size}×{self.size} ({KERNEL})" if self.cut != self.size else ""
        return f"crop {self.cut}×{self.cut}{resample} → {how}{', 4:2:0' if codec == 'jpeg' else ''}"

    def crops(self, picture: Picture, count: int, rng: np.random.Generator) -> list[Crop]:
        """Cut up to `count` squares at random places that hardly overlap.

        The picture is divided into the ⌊H/S⌋ × ⌊W/S⌋ cells that hold a square of side S each. Cells are drawn
        without replacement, and a square lies anywhere in its cell or up to S/8 beyond its edge. So two
        squares share at most a quarter of their area, and no phase of a camera's 8×8 JPEG blocks is
        preferred. A picture just large enough gives one square, always the same.

        Returns:
            min(count, number of cells) crops in random order.

        Raises:
            DataError: the picture is smaller than the square.
            InvalidInput: count is below 1.
        """
        if count < 1:
            raise InvalidInput(f"can't cut {count} crops; at least 1")
        height, width = picture.pixels.shape[:2]
        side = self.cut
        if min(height, width) < side:
            raise DataError(
                f"{picture.name}: {width}×{height} pixels are fewer than the {side}×{side} of a crop"
            )
        rows, columns = height // side, width // side
        crops = []
        for cell in rng.permutation(rows * columns)[:count]:
            row, column = divmod(int(cell), columns)
            top = _place(row, rows, height, side, rng)
            left = _place(column, columns, width, side, rng)
            crops.append(Crop(picture.pixels[top : top + side, left : left + side].copy(), top, left))
        return crops

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, FileFacts]:
        """Resize, encode and decode one crop.

        Args:
            pixels: (S, S, 3) uint8 with S = `cut`, or S = `size` for images that are already as large as the
                result (a generator that was trained on the chain's output makes such); those are not resized.

        Returns:
            (size, size, 3) uint8, and the facts of the encoded file.

        Raises:
            InvalidInput: another shape or dtype.
        """
        if pixels.dtype != np.uint8 or pixels.shape not in (
            (self.cut, self.cut, 3),
            (self.size, self.size, 3),
        ):
            raise InvalidInput(
                f"the chain takes uint8 ({self.cut}, {self.cut}, 3), not {pixels.dtype} {tuple(pixels.shape)}"
            )
        image = Image.fromarray(pixels)
        if image.width != self.size:
            image = image.resize((self.size, self.size), Image.Resampling.LANCZOS)
        stored = decode(_encoded(image, self.encode), "the chain's own file")
        return stored.pixels, stored.facts


def _place(index: int, cells: int, length: int, side: int, rng: np.random.Generator) -> int:
    """Random start of a square along one axis: inside its cell, or up to side/JITTER beyond it."""
    slack = side // JITTER
    first = index * length // cells - slack
    last = (index + 1) * length // cells - side + slack
    return int(rng.integers(max(first, 0), min(last, length - side), endpoint=True))


def _parse_encoding(encode: str) -> tuple[str, int | None]:
    """("jpeg", 85) of "jpeg:85", ("png", None) of "png"."""
    if encode == "png":
        return "png", None
    codec, _, quality = str(encode).partition(":")
    if codec not in ("jpeg", "webp") or not quality.isascii() or not quality.isdigit():
        raise InvalidInput(
            f'unknown encoding {encode!r}; allowed are "png", "jpeg:85", "webp:80" (quality 1..100)'
        )
    if not 1 <= int(quality) <= 100:
        raise InvalidInput(f"{codec} quality {quality} is not in 1..100; e.g. {codec}:85")
    return codec, int(quality)


def _encoded(image: Image.Image, encode: str) -> bytes:
    codec, quality = _parse_encoding(encode)
    options = {
        "png": {"compress_level": 0},
        "jpeg": {"quality": quality, "subsampling": "4:2:0"},
        "webp": {"quality": quality},
    }[codec]
    file = io.BytesIO()
    image.save(file, codec, **options)
    return file.getvalue()
