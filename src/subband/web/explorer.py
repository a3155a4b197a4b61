"""Wavelet packets of a picture, band by band."""

from dataclasses import dataclass

import numpy as np

from subband.errors import InvalidInput
from subband.plots import tinted
from subband.transforms.packets import ipackets, packets

SIDE = 512
"""Longest side of an explored picture, in pixels: it is redrawn while a slider moves."""

WAVELETS = (
    "haar", "db2", "db3", "db4", "db6", "db8", "sym4", "sym6", "sym8", "coif1", "coif2", "coif3", "bior2.2",
    "bior4.4", "rbio2.2", "rbio4.4", "dmey",
)  # fmt: skip
MOST_LEVELS = 4
FLOOR = 0.5  # of ln(|c| + floor): half a grey level
_FRAME = (230, 90, 0)


@dataclass(frozen=True, eq=False)
class View:
    """What the explorer shows of one band.

    Attributes:
        mosaic: (h, w, 3) uint8: ln|c| of all bands, lowest frequencies top left, the chosen one framed.
        band: (H, W, 3) uint8: what the band alone contributes, around middle grey.
        gain: By how much its contrast is raised.
        rest: (H, W, 3) uint8: the picture without the band.
        share: The band's share of the energy of all bands but the lowest, 0..1; of all for the lowest.
        vertical: Frequencies of the band, cycles per pixel.
        horizontal: Likewise.
    """

    mosaic: np.ndarray
    band: np.ndarray
    gain: float
    rest: np.ndarray
    share: float
    vertical: tuple[float, float]
    horizontal: tuple[float, float]


def reduced(pixels: np.ndarray) -> np.ndarray:
    """A picture of at most `SIDE` pixels either way: every n-th pixel of block means."""
    step = -(-max(pixels.shape[:2]) // SIDE)
    if step == 1:
        return pixels
    height, width = (length // step * step for length in pixels.shape[:2])
    blocks = pixels[:height, :width].reshape(height // step, step, width // step, step, 3)
    return np.rint(blocks.mean((1, 3), dtype=np.float32)).astype(np.uint8)


def explore(pixels: np.ndarray, wavelet: str, level: int, row: int, column: int) -> View:
    """The packets of a picture, and one of them by itself.

    Args:
        pixels: (H, W, 3) uint8.
        wavelet: One of `WAVELETS`.
        level: 1 … `MOST_LEVELS`; 2^level bands either way.
        row: Vertical frequency of the band, 0 … 2^level − 1; larger ones count as the highest.
        column: Horizontal frequency, likewise.

    Raises:
        InvalidInput: an unknown wavelet, or a picture too small for the level.
    """
    if wavelet not in WAVELETS or not 1 <= level <= MOST_LEVELS or min(pixels.shape[:2]) < 2**level:
        raise InvalidInput(
            f"can't split {pixels.shape[1]} × {pixels.shape[0]} pixels by {wavelet} at level {level}: choose a "
            "lower level or a larger picture"
        )
    count = 2**level
    row, column = min(row, count - 1), min(column, count - 1)
    x = pixels.transpose(2, 0, 1).astype(np.float32)
    p = packets(x, wavelet, level=level, mode="symmetric", axes=(-2, -1), order="frequency")
    only = np.zeros_like(p.array)
    only[:, row, column] = p.array[:, row, column]
    alone = ipackets(p.replace(only))
    energy = (np.asarray(p.array, np.float64) ** 2).sum((0, 3, 4))
    total = energy.sum() - (0 if (row, column) == (0, 0) else energy[0, 0])

    centred = alone - alone.mean((-2, -1), keepdims=True) if (row, column) == (0, 0) else alone
    gain = 1.0 if (row, column) == (0, 0) else 110 / max(float(np.quantile(np.abs(centred), 0.995)), 0.5)
    shown = alone if (row, column) == (0, 0) else 128 + gain * alone
    return View(
        _mosaic(p.array, row, column),
        _picture(shown),
        gain,
        _picture(x - alone + (alone.mean((-2, -1), keepdims=True) if (row, column) == (0, 0) else 0)),
        float(energy[row, column] / total) if total > 0 else 0.0,
        (row / (2 * count), (row + 1) / (2 * count)),
        (column / (2 * count), (column + 1) / (2 * count)),
    )


def _mosaic(c: np.ndarray, row: int, column: int) -> np.ndarray:
    """Tiled ln(|c| + ½), mean over colours, the chosen band framed."""
    z = np.log(np.abs(c) + FLOOR).mean(0)
    count, _, height, width = z.shape
    tiles = z.transpose(0, 2, 1, 3).reshape(count * height, count * width)
    low, high = np.percentile(tiles, (1, 99.7))
    drawn = tinted(tiles, (float(low), float(high)))
    drawn[::height] = drawn[:, ::width] = 255
    edge = max(3, round(max(drawn.shape) / 100))
    top, left = row * height, column * width
    for thickness in range(edge):
        for line in (
            np.s_[min(top + thickness, drawn.shape[0] - 1), left : left + width],
            np.s_[max(top + height - 1 - thickness, 0), left : left + width],
            np.s_[top : top + height, min(left + thickness, drawn.shape[1] - 1)],
            np.s_[top : top + height, max(left + width - 1 - thickness, 0)],
        ):
            drawn[line] = _FRAME
    return drawn


def _picture(x: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(x), 0, 255).astype(np.uint8).transpose(1, 2, 0)
