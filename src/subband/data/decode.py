"""One image file in, one upright 8-bit RGB picture out, with the facts of the file it came from."""

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
from PIL import Image

from subband.errors import InvalidInput, UnreadableImage
from subband.runs.names import printable

# Names by which Pillow knows the containers that are read. A list, because Pillow's own default also opens
# formats that start other programs (EPS) or have nothing to do with photographs.
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "GIF", "BMP", "PPM", "JPEG2000", "AVIF")

# What Pillow's decoders let through, beside their own errors, when a byte is not what it should be.
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
MOST_BYTES = 2**31  # of one file; the largest picture within Pillow's limit of pixels is smaller

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)

# White points to try for 32-bit integer and floating-point grey, which declare none.
WHITES = {"I": (255, 65535), "F": (1, 255, 65535)}

ORIENTATION_TAG = 0x0112
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
    """What a file tells without a look at its picture; the evidence that a format-only control may use.

    Attributes:
        bytes: length of the file.
        width: of the upright picture, in pixels.
        height: of the upright picture, in pixels.
        container: Pillow's name of the format, e.g. "JPEG", "PNG"; "array" for pixels that were never a file.
        quantisation: the 64 entries of the JPEG luminance table, row by row (not in zig-zag order, although
            the file stores them so); empty where there is none.
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
        name: how to name it to a person: a path, or the source and a number.
        pixels: (H, W, 3) uint8, RGB, upright.
        facts: of the file as it was delivered.
        scene: pictures of one scene (a stereo pair, the frames of a burst) share it. A split keeps scenes
            whole.
        label: name of the class that the source puts it in; empty where it names none.
    """

    name: str
    pixels: np.ndarray
    facts: FileFacts
    scene: str
    label: str = ""


@dataclass(frozen=True)
class Skipped:
    """An image that could not be used, and why, in words."""

    name: str
    reason: str


def decode(
    file: str | Path | bytes, name: str | None = None, *, scene: str | None = None, label: str = ""
) -> Picture:
    """Decode one image to upright 8-bit RGB.

    The EXIF orientation is applied. Grey, palette, YCbCr and CMYK are converted; embedded colour profiles are
    not applied, since that would resample the histogram that the forensics look at. Whatever is transparent
    is laid over white, as a viewer would show it. Samples of 9 to 16 bits keep their upper 8; integers of 32
    bits and floating-point grey carry no white point, so white is the smallest usual one that holds the
    brightest sample: 1 (floating-point only), 255 or 65535. Of an animation or a multi-page file the first
    frame counts. HEIC needs the package pillow-heif.

    Args:
        file: a path, or the bytes of a file.
        name: how to call it in messages; the path if left out.
        scene: see `Picture`; the name if left out.
        label: see `Picture`.

    Raises:
        UnreadableImage: the file is missing, no regular file, empty, truncated, not an image, too large to be
            trusted, or holds samples that are no picture (NaN, negative). The message is "name: reason", one
            line.
    """
    if not isinstance(file, str | Path | bytes):
        raise InvalidInput(f"decode takes a path or the bytes of an image file, not {type(file).__name__}")
    name = name or ("bytes" if isinstance(file, bytes) else str(file))

    def unreadable(reason: object) -> UnreadableImage:
        words = " ".join(str(reason).split())
        return UnreadableImage(f"{printable(name)}: {words}", words)

    try:
        data = file if isinstance(file, bytes) else _read(file)
    except (OSError, ValueError, MemoryError) as error:  # ValueError: a null character in the path
        raise unreadable(getattr(error, "strerror", None) or str(error) or "out of memory") from error
    if not data:
        raise unreadable("the file is empty (0 bytes)")

    try:
        image = _opened(io.BytesIO(data))
        container = image.format or "unknown"
        image.load()
        quantisation = _luminance_table(image)
        pixels = _upright(_rgb8(image), image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        advice = "if you trust it, raise PIL.Image.MAX_IMAGE_PIXELS"
        raise unreadable(f"too many pixels to be trusted ({error}); {advice}") from error
    except Image.UnidentifiedImageError as error:
        raise unreadable(_unidentified(data)) from error
    except MALFORMED as error:
        raise unreadable(str(error) or type(error).__name__) from error

    height, width = pixels.shape[:2]
    facts = FileFacts(len(data), width, height, container, quantisation)
    return Picture(name, pixels, facts, scene or name, label)


def shorter_side(file: IO[bytes]) -> int | None:
    """Return the shorter side of an image in pixels, from the head of its file; None if it can't be read."""
    try:
        return min(_opened(file).size)
    except (*MALFORMED, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def open_file(path: str | Path) -> IO[bytes]:
    """Open a regular file (links are followed); a FIFO, which would wait for its writer for ever, is an error.

    Raises:
        OSError: it can't be opened, or is no regular file; `strerror` says what it is.
    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"not a file but {kind_of(mode)}")
    return open(path, "rb")


def kind_of(mode: int) -> str:
    """What a path leads to, by its `st_mode`: "a file", "a folder", "a FIFO", "a socket", "a device"."""
    return next((name for test, name in _KINDS if test(mode)), "a file")


def _read(path: str | Path) -> bytes:
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > MOST_BYTES:
            raise OSError(errno.EFBIG, too_large(size))
        return file.read()


def too_large(size: int) -> str:
    """Why a file of so many bytes is not read."""
    return f"the file is too large for a picture ({size / 2**30:.1f} GiB; at most {MOST_BYTES >> 30})"


def _opened(file: IO[bytes]) -> Image.Image:
    """The image of a file, its header read; HEIC too where its package is installed.

    Raises:
        Image.UnidentifiedImageError: no decoder takes it.
    """
    head = file.read(12)
    file.seek(0)
    try:
        return Image.open(file, formats=_formats())
    except Image.UnidentifiedImageError:
        if not _is_heic(head) or not _has_heif():
            raise
        import pillow_heif

        pillow_heif.register_heif_opener()
        file.seek(0)
        return Image.open(file, formats=("HEIF",))


def _has_heif() -> bool:
    return importlib.util.find_spec("pillow_heif") is not None


def _is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


@functools.cache
def _formats() -> tuple[str, ...]:
    """Those of FORMATS that this build of Pillow has."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _unidentified(data: bytes) -> str:
    """Why no decoder took the file, as far as its first bytes tell."""
    if data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "a TIFF of a kind that is not read, e.g. floating-point colour; save it with 8 or 16 bits"
    if _is_heic(data):
        return "a damaged HEIC file" if _has_heif() else 'HEIC needs pillow-heif: pip install "subband[heif]"'
    return f"not an image of a known kind ({', '.join(_formats())}); it begins with {data[:12]!r}"


def _luminance_table(image: Image.Image) -> tuple[int, ...]:
    """The quantisation table of a JPEG's first component, row by row, as Pillow gives it; () if none."""
    tables = getattr(image, "quantization", None)
    if not tables:
        return ()
    layers = getattr(image, "layer", ())
    table = tables.get(layers[0][3]) if layers else None
    return tuple(int(entry) for entry in (table or tables[min(tables)]))


def _upright(pixels: np.ndarray, image: Image.Image) -> np.ndarray:
    """Apply the image's EXIF orientation; a damaged EXIF block costs the orientation, not the picture."""
    try:
        orientation = image.getexif().get(ORIENTATION_TAG)
    except MALFORMED:
        return pixels
    turn = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return pixels if turn is None else np.array(Image.fromarray(pixels).transpose(turn))


def _rgb8(image: Image.Image) -> np.ndarray:
    """(H, W, 3) uint8 from an image of any of Pillow's modes; ValueError where that makes no sense."""
    if image.mode.startswith("I;16"):
        return _grey_to_rgb(np.asarray(image) >> (_bits(image) - 8))
    if image.mode in ("I", "F"):
        sixteen = image.mode == "I" and image.format in ("PNG", "PPM")  # wide only because Pillow had no I;16
        return _grey_to_rgb(
            _unscaled_to_8_bit(np.asarray(image), (65535,) if sixteen else WHITES[image.mode])
        )
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, rgba)
    return np.array(image.convert("RGB"))  # a copy: np.asarray of an image is read-only


def _bits(image: Image.Image) -> int:
    """Bits per sample in use: 16, or what a TIFF declares (10, 12 and 14 are common in microscopes)."""
    declared = getattr(image, "tag_v2", {}).get(258, (16,))[0]
    return declared if 8 <= declared <= 16 else 16


def _unscaled_to_8_bit(samples: np.ndarray, whites: tuple[int, ...]) -> np.ndarray:
    """8 bits from samples of 32, white being the first of `whites` that holds the brightest sample."""
    if not np.isfinite(samples).all():
        raise ValueError(f"{(~np.isfinite(samples)).sum()} of {samples.size} samples are NaN or infinite")
    low, high = samples.min(), samples.max()
    white = next((white for white in whites if high <= white), None)
    if low < 0 or white is None:
        raise ValueError(f"samples from {low} to {high} tell no white point; save it with 8 or 16 bits")
    if samples.dtype.kind == "i":
        return samples >> 8 if white == 65535 else samples
    return np.rint(samples * (255 / white))


def _grey_to_rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=-1)
