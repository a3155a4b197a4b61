"""Image files → upright 8-bit RGB pictures with file metadata."""

import errno
import functools
import importlib.util
import io
import os
import stat
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageFile

from subband.data.large import load_large, open_large, reduce_large
from subband.errors import InvalidInput, UnreadableImage
from subband.runs.names import printable

# Pillow names of the formats read. Pillow's default set includes formats that run external programs (EPS).
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "GIF", "BMP", "PPM", "JPEG2000", "AVIF")

# Exceptions that Pillow's decoders raise for malformed files.
MALFORMED = (
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    struct.error,
    zlib.error,
)

HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
MOST_BYTES = 2**31  # maximal file length; any picture within Pillow's pixel limit is smaller

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)

# Candidate white points of 32-bit integer and floating-point grey, which declare none.
WHITES = {"I": (255, 65535), "F": (1, 255, 65535)}

ORIENTATION_TAG = 0x0112
PHOTOMETRIC, SUBSAMPLING = 262, 530  # tags of TIFF
YCBCR = 6
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class FileFacts:
    """File metadata, independent of image content: the features of format-only controls.

    Attributes:
        bytes: length of the file.
        width: of the upright picture, in pixels.
        height: of the upright picture, in pixels.
        container: Pillow's name of the format, e.g. "JPEG", "PNG"; "array" for pixels from memory.
        quantisation: the 64 entries of the JPEG luminance table in row-major (not zig-zag) order; empty if
            none.
    """

    bytes: int
    width: int
    height: int
    container: str
    quantisation: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded image.

    Attributes:
        name: display name: a path, or the source and a number.
        pixels: (H, W, 3) uint8, RGB, upright.
        facts: metadata of the original file.
        scene: shared by pictures of one scene (a stereo pair, the frames of a burst), which splits keep
            together.
        label: class name given by the source; empty if none.
        reduced: by how much the decoder reduced both sides; 1 except for very large files.
    """

    name: str
    pixels: np.ndarray
    facts: FileFacts
    scene: str
    label: str = ""
    reduced: int = 1


@dataclass(frozen=True)
class Skipped:
    """An image that could not be used, with the reason.

    Example:
        >>> from pathlib import Path
        >>> from subband.data import read
        >>> Path("photos").mkdir()
        >>> _ = Path("photos/broken.png").write_bytes(b"no picture")
        >>> [skipped] = read("photos")
        >>> skipped.name, skipped.reason[:12]
        ('broken.png', 'not an image')
    """

    name: str
    reason: str


def decode(
    file: str | Path | bytes,
    name: str | None = None,
    *,
    scene: str | None = None,
    label: str = "",
    allow_large: bool = False,
) -> Picture:
    """Decode one image to upright 8-bit RGB.

    The EXIF orientation is applied. Grey, palette, YCbCr and CMYK are converted. Embedded colour profiles are
    not applied: that would change the histogram on which forensic features depend. Transparent images are
    composited over white. Samples of 9 to 16 bits are truncated to their upper 8. 32-bit integer and
    floating-point grey declare no white point; white is the smallest of 1 (floating-point only), 255 and
    65535 that is at least the brightest sample. Of animations and multi-page files the first frame is read.
    HEIC requires the package pillow-heif.

    Args:
        file: a path, or the contents of a file.
        name: name for messages; the path by default.
        scene: see `Picture`; the name by default.
        label: see `Picture`.
        allow_large: whether to read images above Pillow's pixel limit (89 million), up to 600 million; see
            `subband.data.large`.

    Raises:
        UnreadableImage: the file is missing, not a regular file, empty, truncated, not an image, above
            Pillow's pixel limit, or has NaN or negative samples. The message is one line, "name: reason".

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("L", (4, 2), 7).save(file, "PNG")
        >>> picture = decode(file.getvalue())
        >>> picture.pixels.shape, picture.facts.container
        ((2, 4, 3), 'PNG')
    """
    if not isinstance(file, str | Path | bytes):
        raise InvalidInput(f"decode takes a path or the bytes of an image file, not {type(file).__name__}")
    name = name or ("bytes" if isinstance(file, bytes) else str(file))

    def unreadable(reason: object) -> UnreadableImage:
        words = " ".join(str(reason).split())
        return UnreadableImage(f"{printable(name)}: {words}", words)

    try:
        data = file if isinstance(file, bytes) else _read(file)
    except (OSError, ValueError, MemoryError) as error:
        raise unreadable(_reason(error)) from error
    if not data:
        raise unreadable("the file is empty (0 bytes)")

    try:
        image = _opened(io.BytesIO(data), allow_large=allow_large)
        container = image.format or "unknown"
        reduced = reduce_large(image, data) if allow_large else 1
        samples = _ycbcr_samples(image)
        if allow_large:
            load_large(image)
        else:
            image.load()
        quantisation = _luminance_table(image)
        loaded = Image.frombytes("YCbCr", image.size, image.tobytes()) if samples else image
        pixels = _upright(_rgb8(loaded), image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        advice = "if you trust it, use --allow-large (allow_large=True), or raise PIL.Image.MAX_IMAGE_PIXELS"
        raise unreadable(f"too many pixels to be trusted ({error}); {advice}") from error
    except Image.UnidentifiedImageError as error:
        raise unreadable(_unidentified(data)) from error
    except MALFORMED as error:
        raise unreadable(str(error) or type(error).__name__) from error

    height, width = pixels.shape[:2]
    facts = FileFacts(len(data), width, height, container, quantisation)
    return Picture(name, pixels, facts, scene or name, label, reduced)


def read_file(path: str | Path) -> bytes:
    """Contents of a regular file of at most `MOST_BYTES`.

    Raises:
        UnreadableImage: it can't be read; the message is one line, "path: reason".
    """
    try:
        return _read(path)
    except (OSError, ValueError, MemoryError) as error:
        words = _reason(error)
        raise UnreadableImage(f"{printable(path)}: {words}", words) from error


def shorter_side(file: IO[bytes]) -> int | None:
    """Shorter side of an image in pixels, from its file header; None if it can't be read."""
    try:
        return min(_opened(file).size)
    except (*MALFORMED, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def open_file(path: str | Path) -> IO[bytes]:
    """Open a regular file, following links. Anything else is an error: opening a FIFO would block.

    Raises:
        OSError: not readable, or not a regular file (named in `strerror`).
    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"not a file but {kind_of(mode)}")
    return open(path, "rb")


def kind_of(mode: int) -> str:
    """File type of an `st_mode`: "a file", "a folder", "a FIFO", "a socket" or "a device"."""
    return next((name for test, name in _KINDS if test(mode)), "a file")


def _read(path: str | Path) -> bytes:
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > MOST_BYTES:
            raise OSError(errno.EFBIG, too_large(size))
        return file.read()


def _reason(error: Exception) -> str:
    """Why a file can't be read; ValueError: a null character in the path."""
    return " ".join((getattr(error, "strerror", None) or str(error) or "out of memory").split())


def too_large(size: int) -> str:
    """Reason for skipping a file of `size` bytes."""
    return f"the file is too large for a picture ({size / 2**30:.1f} GiB; at most {MOST_BYTES >> 30} GiB)"


def _opened(file: IO[bytes], *, allow_large: bool = False) -> Image.Image:
    """Open an image, reading its header only; HEIC if pillow-heif is installed.

    Raises:
        Image.UnidentifiedImageError: no decoder accepts the file.
    """
    head = file.read(12)
    file.seek(0)
    try:
        return open_large(file, _formats()) if allow_large else Image.open(file, formats=_formats())
    except Image.UnidentifiedImageError:
        if not _is_heic(head) or not _has_heif():
            raise
        import pillow_heif

        pillow_heif.register_heif_opener()
        file.seek(0)
        return Image.open(file, formats=("HEIF",))


def _ycbcr_samples(image: Image.Image) -> bool:
    """Have the samples of an uncompressed YCbCr TIFF read as they are; whether they come under the name of RGB.

    Pillow before version 13 takes them for RGB with a fourth byte, and unpacks the rows accordingly.

    Raises:
        ValueError: chroma of lower resolution, which Pillow would read as if it were not.
    """
    tags = getattr(image, "tag_v2", {})
    if not isinstance(image, ImageFile.ImageFile) or tags.get(PHOTOMETRIC) != YCBCR:
        return False
    if any(tile.codec_name != "raw" for tile in image.tile):
        return False
    if tuple(tags.get(SUBSAMPLING, (2, 2))) != (1, 1):
        raise ValueError("an uncompressed YCbCr TIFF with chroma of lower resolution; save it as RGB")
    if image.mode != "RGB":
        return False
    modes = {"RGBX": "RGB"}
    image.tile = [
        tile._replace(args=(modes.get(args[0], args[0]), *args[1:]))
        for tile in image.tile
        if (args := tuple(tile.args or ()))
    ]
    return True


def _has_heif() -> bool:
    return importlib.util.find_spec("pillow_heif") is not None


def _is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


@functools.cache
def _formats() -> tuple[str, ...]:
    """Members of FORMATS in this build of Pillow."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _unidentified(data: bytes) -> str:
    """Reason for which no decoder accepted a file, from its first bytes."""
    if data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "a TIFF of an unsupported kind, e.g. floating-point colour; save it with 8 or 16 bits"
    if _is_heic(data):
        return "a damaged HEIC file" if _has_heif() else 'HEIC needs pillow-heif: pip install "subband[heif]"'
    return f"not an image of a supported format ({', '.join(_formats())}); it begins with {data[:12]!r}"


def _luminance_table(image: Image.Image) -> tuple[int, ...]:
    """Quantisation table of a JPEG's first component, row-major; () if none."""
    tables = getattr(image, "quantization", None)
    if not tables:
        return ()
    layers = getattr(image, "layer", ())
    table = tables.get(layers[0][3]) if layers else None
    return tuple(int(entry) for entry in (table or tables[min(tables)]))


def _upright(pixels: np.ndarray, image: Image.Image) -> np.ndarray:
    """Apply the EXIF orientation; a damaged EXIF block is ignored."""
    try:
        orientation = image.getexif().get(ORIENTATION_TAG)
    except MALFORMED:
        return pixels
    turn = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return pixels if turn is None else np.array(Image.fromarray(pixels).transpose(turn))


def _rgb8(image: Image.Image) -> np.ndarray:
    """An image of any Pillow mode as (H, W, 3) uint8; ValueError for samples without a white point."""
    if image.mode.startswith("I;16"):
        return _grey_to_rgb(np.asarray(image) >> (_bits(image) - 8))
    if image.mode in ("I", "F"):
        sixteen = image.mode == "I" and image.format in ("PNG", "PPM")  # 16-bit data in older Pillow
        return _grey_to_rgb(
            _unscaled_to_8_bit(np.asarray(image), (65535,) if sixteen else WHITES[image.mode])
        )
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, rgba)
    return np.array(image.convert("RGB"))  # a copy: np.asarray of an image is read-only


def _bits(image: Image.Image) -> int:
    """Bits per sample: 16, or the TIFF tag (10, 12 and 14 are common in microscopy)."""
    declared = getattr(image, "tag_v2", {}).get(258, (16,))[0]
    return declared if 8 <= declared <= 16 else 16


def _unscaled_to_8_bit(samples: np.ndarray, whites: tuple[int, ...]) -> np.ndarray:
    """32-bit samples at 8 bits; white is the first of `whites` that is at least the brightest sample."""
    if not np.isfinite(samples).all():
        raise ValueError(f"{(~np.isfinite(samples)).sum()} of {samples.size} samples are NaN or infinite")
    low, high = samples.min(), samples.max()
    white = next((white for white in whites if high <= white), None)
    if low < 0 or white is None:
        raise ValueError(f"samples from {low} to {high} determine no white point; save it with 8 or 16 bits")
    if samples.dtype.kind == "i":
        return samples >> 8 if white == 65535 else samples
    return np.rint(samples * (255 / white))


def _grey_to_rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=-1)
