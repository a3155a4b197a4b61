"""Images of each source in strips, and mosaics of images."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import LABEL, WIDTH, sheet


def samples(images: Mapping[str, np.ndarray], *, columns: int = 14, title: str = "") -> Figure:
    """Draw a strip of images per source, without interpolation.

    Args:
        images: Source → (N, H, W, 3) uint8; the first `columns` are drawn.
        columns: Images per strip.
        title: Title of the figure.

    Raises:
        InvalidInput: no source, or images of another shape or dtype.
    """
    if not images:
        raise InvalidInput("no source to draw: give at least one strip of images")
    for source, pixels in images.items():
        if pixels.ndim != 4 or pixels.shape[-1] != 3 or pixels.dtype != np.uint8 or not len(pixels):
            raise InvalidInput(
                f"images of {source!r} have shape {pixels.shape} and dtype {pixels.dtype}: "
                "give (N, H, W, 3) uint8 with N ≥ 1"
            )
    height = 0.1 + len(images) * (WIDTH / columns + 0.24) + (0.3 if title else 0)
    figure = sheet(WIDTH, height, title=title or None)
    strips = figure.subplots(len(images), 1, squeeze=False)[:, 0]
    for axes, (source, pixels) in zip(strips, images.items(), strict=True):
        axes.imshow(_strip(pixels[:columns], columns), interpolation="nearest")
        axes.set_title(source, fontsize=LABEL, loc="left", pad=3)
        axes.set_axis_off()
    return figure


def _strip(pixels: np.ndarray, columns: int) -> np.ndarray:
    """Images side by side with white gaps; unfilled columns are white."""
    _, height, width, channels = pixels.shape
    gap = max(1, width // 16)
    strip = np.full((height, columns * (width + gap) - gap, channels), 255, np.uint8)
    for k, image in enumerate(pixels):
        strip[:, k * (width + gap) : k * (width + gap) + width] = image
    return strip


def mosaic(images: np.ndarray, *, columns: int | None = None) -> np.ndarray:
    """Arrange images in rows, with white gaps, as one image.

    Args:
        images: (N, H, W, C) uint8.
        columns: Images per row; by default about as many as rows.

    Returns:
        (height, width, C) uint8.

    Raises:
        InvalidInput: no images, or another shape or dtype.

    Example:
        >>> import numpy as np
        >>> mosaic(np.zeros((4, 8, 8, 3), np.uint8)).shape
        (18, 17, 3)
    """
    if images.ndim != 4 or images.dtype != np.uint8 or not len(images):
        raise InvalidInput(f"can't arrange {images.dtype} of shape {images.shape}: give (N, H, W, C) uint8")
    columns = columns or math.ceil(math.sqrt(len(images)))
    return np.concatenate(
        [
            np.pad(row, [(0, max(1, images.shape[1] // 16)), (0, 0), (0, 0)], constant_values=255)
            for row in (_strip(images[k : k + columns], columns) for k in range(0, len(images), columns))
        ]
    )
