"""The preview in EXIF, and the size that EXIF states: do they belong to this picture?

Editors often keep both as the camera wrote them.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from subband.data.decode import MALFORMED
from subband.forensics.metadata import Metadata

PIXEL_WIDTH, PIXEL_HEIGHT = 0xA002, 0xA003
MOST_PIXELS = 1 << 20
SIDE = 48  # pixels at which the two are compared
BAR = 16.0  # a row or column darker than this on average is a black bar around the preview
ASPECT = 0.04  # relative difference; previews are rounded to whole pixels, at most 160 wide
ALIKE = 0.9  # correlation below which preview and picture are different pictures


@dataclass(frozen=True)
class Comparison:
    """A preview against the picture.

    Attributes:
        width: of the preview without black bars, in pixels.
        height: likewise.
        correlation: of the grey values of both, scaled to the same size, −1..1; 1 where either is flat.
        same_shape: whether width : height agree.
    """

    width: int
    height: int
    correlation: float
    same_shape: bool

    @property
    def fits(self) -> bool:
        """Whether the preview shows the whole picture."""
        return self.same_shape and self.correlation >= ALIKE


def compare_thumbnail(pixels: np.ndarray, metadata: Metadata) -> Comparison | None:
    """Compare the EXIF preview with the picture; None if there is none that can be decoded.

    Args:
        pixels: (H, W, 3) uint8 as stored, not turned: previews are stored the same way.
        metadata: of the file.
    """
    preview = _decoded(metadata.exif.thumbnail) if metadata.exif.thumbnail else None
    if preview is None:
        return None
    preview = _without_bars(preview)
    height, width = preview.shape
    whole = pixels.shape[1] / pixels.shape[0]
    same_shape = abs(np.log(width / height / whole)) <= ASPECT + 1 / height + 1 / width
    step = max(
        min(pixels.shape[:2]) // (4 * SIDE), 1
    )  # thinned out first: 12 megapixels need not be averaged
    grey = pixels[::step, ::step] @ np.asarray([0.299, 0.587, 0.114], np.float32)
    a, b = (_scaled(picture) for picture in (preview, grey))
    return Comparison(width, height, _correlation(a, b), bool(same_shape))


def stated_size(metadata: Metadata) -> tuple[int, int] | None:
    """Width and height that EXIF states; None if it doesn't."""
    size = tuple(metadata.exif.photo.get(tag) for tag in (PIXEL_WIDTH, PIXEL_HEIGHT))
    width, height = size
    valid = isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0
    return (width, height) if valid else None  # type: ignore[return-value]


def _decoded(data: bytes) -> np.ndarray | None:
    """A small JPEG's grey values, float32."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            if image.width * image.height > MOST_PIXELS or min(image.size) < 8:
                return None
            return np.asarray(image.convert("L"), np.float32)
    except (*MALFORMED, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def _without_bars(grey: np.ndarray) -> np.ndarray:
    """A preview without black bars at opposite sides, which keep it at 4:3; at least half of it is kept."""
    for axis in (0, 1):
        bright = np.flatnonzero(grey.mean(1 - axis) > BAR)
        if len(bright) >= grey.shape[axis] // 2:
            first, last = int(bright[0]), int(bright[-1])
            if abs(first - (grey.shape[axis] - 1 - last)) <= 2:
                grey = grey.take(range(first, last + 1), axis)
    return grey


def _scaled(grey: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(grey.astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BOX))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if min(a.std(), b.std()) < 2:
        return 1.0
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
