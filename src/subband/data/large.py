"""Images above Pillow's limit of pixels, for those who trust them.

Decoders of JPEG and JPEG 2000 give a picture at a half, a quarter or an eighth of its sides without making it at
full size. Those of other formats can't, so such a picture is read whole, with 7 bytes a pixel at the peak.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import IO

from PIL import Image

MOST_PIXELS = 600_000_000
FACTORS = (2, 4, 8)

_LIMIT = threading.Lock()


def open_large(file: IO[bytes], formats: tuple[str, ...]) -> Image.Image:
    """Open an image of up to `MOST_PIXELS`.

    Raises:
        Image.DecompressionBombError: it has more.
        Image.UnidentifiedImageError: no decoder accepts the file.
    """
    with _raised_limit():
        return Image.open(file, formats=formats)


def load_large(image: Image.Image) -> None:
    """Decode an image that `open_large` opened; for TIFF Pillow asks for the limit once more."""
    with _raised_limit() if image.format == "TIFF" else nullcontext():
        image.load()


def reduce_large(image: Image.Image, data: bytes) -> int:
    """Have the decoder reduce an image above Pillow's limit until it is within; by how much it will.

    Args:
        image: opened, not loaded.
        data: the file.

    Returns:
        The factor of both sides; 1 for an image within the limit, or of a format that can't be reduced.
    """
    limit = Image.MAX_IMAGE_PIXELS
    width, height = image.size
    if limit is None or width * height <= limit:
        return 1
    factor = next((f for f in FACTORS if -(-width // f) * -(-height // f) <= limit), FACTORS[-1])
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (width // factor, height // factor))
        return max(1, round(width / image.width))
    if image.format == "JPEG2000":
        halvings = min(factor.bit_length() - 1, _levels(data))
        image.reduce = halvings  # type: ignore[assignment, method-assign]
        # Pillow will divide these sides and round; the decoder rounds up, and refuses another size.
        image._size = tuple(-(-side >> halvings) << halvings for side in image.size)  # type: ignore[assignment]
        return 1 << halvings
    return 1


@contextmanager
def _raised_limit() -> Iterator[None]:
    """Pillow's limit is global: one thread at a time raises it."""
    with _LIMIT:
        usual = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # twice as many are an error
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)
                yield
        finally:
            Image.MAX_IMAGE_PIXELS = usual


def _levels(data: bytes) -> int:
    """Levels of the wavelet transform of a JPEG 2000 file: the ninth byte after its marker COD; 0 if there is none.

    Source: ITU-T T.800, A.6.1.
    """
    start = data.find(b"\xff\x4f\xff\x51")
    if start < 0:
        return 0
    size = int.from_bytes(data[start + 4 : start + 6], "big")
    marker = data.find(b"\xff\x52", start + 4 + size)
    return data[marker + 9] if 0 <= marker < len(data) - 9 else 0
