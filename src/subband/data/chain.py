"""Preprocessing common to all classes: crop → (optional) resize → encode → decode.

If real images were JPEG and generated ones PNG, or only one class had been downsampled, a detector would
learn that difference instead of the generator's traces. After the chain the classes differ in content only.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from subband.data.decode import FileFacts, Picture, decode
from subband.errors import DataError, InvalidInput

SMALLEST = 8
KERNEL = "Lanczos, antialiased"
JITTER = 8  # crops extend beyond their grid cell by at most 1/8 of their side


@dataclass(frozen=True, eq=False)
class Crop:
    """A square crop of a picture, before resizing and encoding.

    Attributes:
        pixels: (S, S, 3) uint8.
        top: row of the first pixel in the picture.
        left: column of the first pixel in the picture.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain, FileFacts, Picture
        >>> pixels = np.zeros((64, 100, 3), np.uint8)
        >>> picture = Picture("a.png", pixels, FileFacts(0, 100, 64, "PNG"), scene="a")
        >>> [crop] = Chain(32).crops(picture, 1, np.random.default_rng(0))
        >>> crop.pixels.shape, crop.top <= 32, crop.left <= 68
        ((32, 32, 3), True, True)
    """

    pixels: np.ndarray
    top: int
    left: int


@dataclass(frozen=True)
class Chain:
    """crop → (optional) resize → encode → decode, with the same settings for every class.

    Resizing is off by default, since resampling removes the high frequencies in which generators differ most.
    The resampling kernel is Lanczos with antialiasing.

    PNG is stored uncompressed, so that all files of one image size have the same length. Compressed lengths
    depend on image content, which the format-only control must not see. JPEG (4:2:0 chroma, as is usual on
    the web) and WebP lengths do depend on content: a control on such files should omit the column "bytes".

    Attributes:
        size: side of the output in pixels, at least 8.
        resize: side of the crop, resampled to `size`; by default crops have side `size`.
        encode: "png", "jpeg:QUALITY" or "webp:QUALITY", quality 1..100.

    Example:
        >>> Chain(size=64, resize=128, encode="jpeg:85").describe()
        'crop 128×128 → resize to 64×64 (Lanczos, antialiased) → JPEG quality 85, 4:2:0'
    """

    size: int = 64
    resize: int | None = None
    encode: str = "png"

    def __post_init__(self) -> None:
        for name, value in (("size", self.size), ("resize", self.resize)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
                raise InvalidInput(f"{name} must be an integer number of pixels, not {value!r}")
        if self.size < SMALLEST:
            raise InvalidInput(f"size {self.size} is too small: give at least {SMALLEST}, e.g. 64")
        if self.resize is not None and self.resize < self.size:
            raise InvalidInput(
                f"resize={self.resize} would enlarge crops to size {self.size}, which adds no detail; "
                f"give resize ≥ {self.size}, or size ≤ {self.resize}"
            )
        _parse_encoding(self.encode)

    @property
    def cut(self) -> int:
        """Side of a crop before resizing, in pixels."""
        return self.resize or self.size

    @property
    def lossless(self) -> bool:
        """Whether a crop leaves the chain as it came: not scaled, and encoded without loss."""
        return self.cut == self.size and self.encode == "png"

    def describe(self) -> str:
        """One-line description for reports."""
        codec, quality = _parse_encoding(self.encode)
        encoding = "PNG, uncompressed" if codec == "png" else f"{codec.upper()} quality {quality}"
        resample = f" → resize to {self.size}×{self.size} ({KERNEL})" if self.cut != self.size else ""
        return f"crop {self.cut}×{self.cut}{resample} → {encoding}{', 4:2:0' if codec == 'jpeg' else ''}"

    def crops(self, picture: Picture, count: int, rng: np.random.Generator) -> list[Crop]:
        """Up to `count` square crops at random positions, with little overlap.

        The picture is divided into ⌊H/S⌋ × ⌊W/S⌋ cells for crops of side S. Cells are drawn without
        replacement; each crop lies in its cell or up to S/8 beyond. Two crops thus share at most a quarter of
        their area, and no phase of a camera's 8×8 JPEG blocks is preferred.

        Returns:
            min(count, number of cells) crops in random order.

        Raises:
            DataError: the picture is smaller than a crop.
            InvalidInput: `count` is below 1.
        """
        if count < 1:
            raise InvalidInput(f"can't cut {count} crops: give at least 1")
        height, width = picture.pixels.shape[:2]
        side = self.cut
        if min(height, width) < side:
            raise DataError(
                f"{picture.name}: {width}×{height} pixels are smaller than a crop of {side}×{side}"
            )
        rows, columns = height // side, width // side
        crops = []
        for cell in rng.permutation(rows * columns)[:count]:
            row, column = divmod(int(cell), columns)
            top = _start(row, rows, height, side, rng)
            left = _start(column, columns, width, side, rng)
            crops.append(Crop(picture.pixels[top : top + side, left : left + side].copy(), top, left))
        return crops

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, FileFacts]:
        """Resize, encode and decode one crop.

        Args:
            pixels: (S, S, 3) uint8. S = `cut`, or S = `size` for images of the output size, which are not
                resized (e.g. of a generator trained on outputs of the chain).

        Returns:
            (size, size, 3) uint8, and the metadata of the encoded file.

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


def _start(index: int, cells: int, length: int, side: int, rng: np.random.Generator) -> int:
    """Random start of a crop along one axis: within its cell, or up to side/JITTER beyond."""
    slack = side // JITTER
    first = index * length // cells - slack
    last = (index + 1) * length // cells - side + slack
    return int(rng.integers(max(first, 0), min(last, length - side), endpoint=True))


def _parse_encoding(encode: str) -> tuple[str, int | None]:
    """Codec and quality: "jpeg:85" → ("jpeg", 85), "png" → ("png", None)."""
    if encode == "png":
        return "png", None
    codec, _, quality = str(encode).partition(":")
    if codec not in ("jpeg", "webp") or not quality.isascii() or not quality.isdigit():
        raise InvalidInput(
            f'unknown encoding {encode!r}: give "png", "jpeg:85" or "webp:80" (quality 1..100)'
        )
    if not 1 <= int(quality) <= 100:
        raise InvalidInput(f"{codec} quality {quality} is not in 1..100: give e.g. {codec}:85")
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
