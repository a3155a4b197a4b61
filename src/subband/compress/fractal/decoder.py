"""`decode`: the image that a stream's map leaves as it is."""

from collections.abc import Sequence

import numpy as np

from subband.arrays.arguments import integer
from subband.compress.fractal.colour import to_rgb
from subband.compress.fractal.stream import MOST_ZOOM, Stream, unpack
from subband.errors import InvalidInput
from subband.kernels.fractal import FRACTION, Leaves, draw, read

MOST_PIXELS = 1 << 28


def decode(data: bytes, *, zoom: int = 1) -> np.ndarray:
    """The image of a stream, at its own size or larger.

    A fractal has no size: with a zoom each block is drawn with more pixels, and its details are those of its
        domain.

    Args:
        data: From `encode`.
        zoom: 1 … 16 pixels for each pixel, along both axes.

    Returns:
        (h · zoom, w · zoom) or (h · zoom, w · zoom, 3) uint8. All machines give the same pixels.

    Raises:
        UnreadableImage: bytes that are no fractal stream, or that were cut or changed.
        InvalidInput: a zoom out of range, or too many pixels.
    """
    if not isinstance(data, bytes | bytearray | memoryview):
        raise InvalidInput(f"decode takes the bytes of a stream, not {type(data).__name__}")
    zoom = integer("zoom", zoom, 1, MOST_ZOOM, "pixels for each pixel")
    stream = unpack(bytes(data))
    size = stream.height * stream.width * zoom**2
    if size > MOST_PIXELS:
        raise InvalidInput(f"zoom={zoom} would give {size} pixels, above {MOST_PIXELS}: use a smaller zoom")
    return to_bytes(draw_planes(stream, leaves_of(stream), zoom))


def leaves_of(stream: Stream) -> list[Leaves]:
    """The leaves of each plane.

    Raises:
        UnreadableImage: a code that is none.
    """
    return [read(stream.header(plane), code) for plane, code in enumerate(stream.codes)]


def draw_planes(stream: Stream, leaves: Sequence[Leaves], zoom: int = 1) -> np.ndarray:
    """(h · zoom, w · zoom) or (h · zoom, w · zoom, 3) float32, not rounded yet."""
    planes = []
    for plane, table in enumerate(leaves):
        drawn, _ = draw(stream.drawing(plane, zoom), table)
        height, width = (zoom * extent for extent in stream.shape(plane))
        planes.append(drawn[:height, :width].astype(np.float32) * np.float32(2.0**-FRACTION))
    if not stream.colour:
        return planes[0]
    luma = planes[0]
    return to_rgb(luma, planes[1], planes[2])


def to_bytes(pixels: np.ndarray) -> np.ndarray:
    """Nearest uint8."""
    return (np.clip(pixels, 0, 255) + 0.5).astype(np.uint8)
