"""The stream: a header of fixed size, one code for each plane, and a checksum.

    magic     4  b"SBFC"
    version   1  1
    colour    1  0 grey, 1 YCbCr with chroma of half the size (JFIF's matrix)
    width     4
    height    4
    step      2, once for luma and once for chroma: of the cosine terms, in sixteenths of a grey level
    contrast  1  smallest positive contrast × 64
    contrasts 1  how many positive contrasts there are
    root      1  level of the largest leaves: 4 · 2^root pixels
    spacing   5  of domains at each level, in pixels of the reduced plane; 0 for no domains
    window    2  at most so many rows and columns of domains around a tile
    smoothing 1  of the edges of leaves, 0 … 15, luma in the upper four bits and chroma in the lower
    sizes     4 for each plane: bytes of its code
    codes
    checksum  4  CRC-32 of all before

All numbers are little-endian.
"""

import struct
import zlib
from dataclasses import dataclass

from subband.errors import UnreadableImage
from subband.kernels.fractal import SIZES, Drawing, PlaneHeader

MAGIC, VERSION = b"SBFC", 1
_HEAD = struct.Struct("<4sBBIIHHBBB5sHB")
_SIZE, _SUM = struct.Struct("<I"), struct.Struct("<I")
ITERATIONS = 16
LONGEST = 65_535  # pixels along an axis
PIXELS_A_BYTE = (
    1 << 12
)  # an honest stream has no more; so its length bounds the memory that a damaged one can ask for
MOST_ZOOM = 16


@dataclass(frozen=True)
class Stream:
    """A fractal stream, taken apart.

    Attributes:
        height, width: Of the image.
        colour: Whether there are chroma planes.
        steps: Of luma and of chroma, in sixteenths of a grey level.
        contrast: Smallest positive contrast, × 64.
        contrasts: How many there are.
        root: Level of the largest leaves.
        spacing: Of domains at each level, in pixels of the reduced plane.
        window: At most so many rows and columns of domains around a tile.
        smoothing: Of the edges of leaves, of luma and of chroma.
        codes: One for each plane.
    """

    height: int
    width: int
    colour: bool
    steps: tuple[int, int]
    contrast: int
    contrasts: int
    root: int
    spacing: tuple[int, ...]
    window: int
    smoothing: tuple[int, int]
    codes: tuple[bytes, ...]

    def shape(self, plane: int) -> tuple[int, int]:
        """Height and width of a plane: 0 luma, 1 Cb, 2 Cr."""
        if plane == 0:
            return self.height, self.width
        return -(-self.height // 2), -(-self.width // 2)

    def header(self, plane: int) -> PlaneHeader:
        """What the code of a plane needs to be read."""
        height, width = map(padded, self.shape(plane))
        rows, columns = (positions(extent, self.spacing) for extent in (height, width))
        step = self.steps[plane > 0]
        return PlaneHeader(height, width, self.root, step, self.contrasts, self.window, rows, columns)

    def drawing(self, plane: int, zoom: int) -> Drawing:
        """How a plane is drawn."""
        height, width = map(padded, self.shape(plane))
        colour = plane > 0
        return Drawing(
            height,
            width,
            zoom,
            self.steps[colour],
            self.contrast,
            self.spacing,
            self.smoothing[colour],
            ITERATIONS,
        )

    def pack(self) -> bytes:
        """The stream's bytes."""
        luma, chroma = self.smoothing
        head = _HEAD.pack(
            MAGIC, VERSION, self.colour, self.width, self.height, *self.steps, self.contrast, self.contrasts,
            self.root, bytes(self.spacing), self.window, luma << 4 | chroma,
        )  # fmt: skip
        body = head + b"".join(_SIZE.pack(len(code)) for code in self.codes) + b"".join(self.codes)
        # No shorter than a reader believes for this many pixels.
        body += bytes(max(0, -(-self.height * self.width // PIXELS_A_BYTE) - len(body) - _SUM.size))
        return body + _SUM.pack(zlib.crc32(body))


def padded(extent: int) -> int:
    """Pixels of a plane along an axis: a multiple of the smallest leaf."""
    return -(-extent // SIZES[0]) * SIZES[0]


def positions(extent: int, spacing: tuple[int, ...]) -> tuple[int, ...]:
    """Positions of domains of each level along an axis of `extent` pixels."""
    return tuple(
        (extent // 2 - size) // step + 1 if step and extent // 2 >= size else 0
        for size, step in zip(SIZES, spacing, strict=True)
    )


def unpack(data: bytes) -> Stream:
    """Take a stream apart, and check all that can be checked before its codes are read.

    Raises:
        UnreadableImage: it is no stream, of another version, cut, or changed.
    """
    if data[: len(MAGIC)] != MAGIC:
        raise UnreadableImage(
            f"not a fractal stream: it begins with {bytes(data[:4])!r}, not {MAGIC!r}; "
            "`subband compress` and `fractal.encode` make such streams"
        )
    if len(data) > 4 and data[4] != VERSION:
        raise UnreadableImage(f"a fractal stream of version {data[4]}: this release reads version {VERSION}")
    if len(data) < _HEAD.size + _SIZE.size + _SUM.size:
        raise UnreadableImage(f"a fractal stream that ends after {len(data)} bytes, within its header")
    (stored,) = _SUM.unpack(data[-_SUM.size :])
    if stored != zlib.crc32(data[: -_SUM.size]):
        raise UnreadableImage("a fractal stream whose checksum is wrong: it was cut or changed on its way")
    _, _, colour, width, height, luma, chroma, contrast, contrasts, root, spacing, window, smoothing = (
        _HEAD.unpack_from(data)
    )
    possible = (
        colour <= 1
        and 0 < width <= LONGEST
        and 0 < height <= LONGEST
        and width * height <= PIXELS_A_BYTE * len(data)
        and luma
        and chroma
        and contrast * contrasts <= 255
        and root < len(SIZES)
        and 0 < window <= 4096
    )
    if not possible:
        raise UnreadableImage("a fractal stream whose header has impossible numbers")
    planes = 3 if colour else 1
    start = _HEAD.size + planes * _SIZE.size
    sizes = [
        size for (size,) in _SIZE.iter_unpack(data[_HEAD.size : start].ljust(planes * _SIZE.size, b"\0"))
    ]
    ends = [start + sum(sizes[: k + 1]) for k in range(planes)]
    if ends[-1] > len(data) - _SUM.size:
        raise UnreadableImage("a fractal stream whose parts are longer than the whole")
    codes = tuple(bytes(data[end - size : end]) for end, size in zip(ends, sizes, strict=True))
    return Stream(
        height, width, bool(colour), (luma, chroma), contrast, contrasts, root, tuple(spacing), window,
        (smoothing >> 4, smoothing & 15), codes,
    )  # fmt: skip
