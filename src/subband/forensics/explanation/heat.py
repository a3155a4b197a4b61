"""Where in a picture the answer comes from: log-odds on overlapping squares, blended over all of it.

For a net that looks at whole pictures: what its answer loses where the picture is blurred.
"""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageFilter

from subband.forensics.detectors.detector import grid
from subband.forensics.explanation.subject import BATCH, Subject, check_picture

MOST_SQUARES = 1024
MOST_CELLS = 256  # along either side of the map
MOST_COVERED = 64  # parts that are covered in turn, of a picture that is looked at whole
TOGETHER = 8  # covered pictures in one batch
PARTS = 4  # sides of a covered part in the shorter side of the picture


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Calibrated log-odds over a picture.

    Attributes:
        log_odds: (h, w), ln P(generated) − ln P(real); above 0 speaks for "generated". The cells divide the whole
            picture evenly.
        squares: (rows, columns): the log-odds of each square.
        side: Side of a square, in pixels.
        spacing: Distance of squares (down, right), in pixels. Where it exceeds `side`, pixels between squares
            were not looked at and the map interpolates.
        shape: (H, W) of the picture.
        covered: Whether these are not the log-odds of squares, but what squares add to those of the whole picture:
            the change when they are covered.
    """

    log_odds: np.ndarray
    squares: np.ndarray
    side: int
    spacing: tuple[float, float]
    shape: tuple[int, int]
    covered: bool = False


def heat_map(subject: Subject, pixels: np.ndarray, *, squares: int = MOST_SQUARES) -> HeatMap:
    """Log-odds over the whole picture, of any size.

    Squares lie on an even grid, half a side apart, or further where that would take more than `squares` of them.
    Cell (u, v) is the mean of the squares' log-odds s, weighted by their distance (Nadaraya 1964, Watson 1964),

        m(u, v) = Σ_ij k(u − y_i) k(v − x_j) s_ij / Σ_ij k(u − y_i) k(v − x_j),

    with the triangle k, whose half-width is half a side or the distance of squares, whichever is larger: two
    matrices, because the weights are separable. Beside the picture, memory holds `BATCH` squares at a time.

    A subject that looks at whole pictures is asked again with parts of the picture covered, see `occlusion`.

    Args:
        subject: What answers.
        pixels: (H, W, 3) uint8.
        squares: Most squares to look at, at least 1.

    Raises:
        UnsupportedArray, InvalidInput: not a picture, or smaller than one square.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain
        >>> from subband.forensics import Detector, Shape, build, heat_map, subject_of
        >>> from subband.forensics.detectors.detector import config_of
        >>> config = config_of("linear on pixels", ("real", "GAN"), Chain(16), Shape(16, 2), 1.0, {})
        >>> subject = subject_of(Detector(build(config.name, config.shape, seed=0), config))
        >>> found = heat_map(subject, np.zeros((32, 48, 3), np.uint8))
        >>> found.squares.shape, found.side, found.spacing
        ((3, 5), 16, (8.0, 8.0))
    """
    check_picture(pixels)
    if subject.entire:
        return occlusion(subject, pixels, parts=min(squares, MOST_COVERED))
    (top, down), (left, right) = starts(pixels.shape[:2], subject.cut, squares)
    corners = [(y, x) for y in top for x in left]
    found = [
        subject.log_odds(subject.squares(pixels, corners[k : k + BATCH]))
        for k in range(0, len(corners), BATCH)
    ]
    values = np.concatenate(found).reshape(len(top), len(left))
    return _blended(values, (top, left), (down, right), subject.cut, pixels.shape[:2])


def occlusion(subject: Subject, pixels: np.ndarray, *, parts: int = MOST_COVERED) -> HeatMap:
    """What each part of a picture adds to the log-odds of the whole: s − s without the part.

    A part is covered by a blurred copy of itself, so that no edge appears and its colours stay.

    Source: Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks", arXiv:1311.2901, section
    4.2; the blur: Fong & Vedaldi 2017, arXiv:1704.03296.

    Args:
        subject: Looks at whole pictures.
        pixels: (H, W, 3) uint8.
        parts: Most parts, squares that overlap by half.
    """
    looked = subject.prepare(pixels)
    side = max(1, min(looked.shape[:2]) // PARTS)
    (top, down), (left, right) = starts(looked.shape[:2], side, parts)
    blurred = np.asarray(Image.fromarray(looked).filter(ImageFilter.GaussianBlur(side / 4)))
    corners = [(y, x) for y in top for x in left]

    def without(y: int, x: int) -> np.ndarray:
        covered = looked.copy()
        covered[y : y + side, x : x + side] = blurred[y : y + side, x : x + side]
        return covered

    found = [
        subject.log_odds(np.stack([without(y, x) for y, x in corners[k : k + TOGETHER]]))
        for k in range(0, len(corners), TOGETHER)
    ]
    effects = subject.log_odds(looked[None]) - np.concatenate(found)
    values, scale = effects.reshape(len(top), len(left)), pixels.shape[0] / looked.shape[0]
    found = _blended(values, (top, left), (down, right), side, looked.shape[:2])
    spacing = (scale * down, scale * right)
    return replace(found, side=round(scale * side), spacing=spacing, shape=pixels.shape[:2], covered=True)


def _blended(
    values: np.ndarray,
    corners: tuple[list[int], list[int]],
    spacing: tuple[float, float],
    side: int,
    shape: tuple[int, int],
) -> HeatMap:
    """The map of values of squares."""
    cell = max(side / 8, max(shape) / MOST_CELLS)
    rows, columns = (
        _weights(length, first, side, gap, cell)
        for length, first, gap in zip(shape, corners, spacing, strict=True)
    )
    return HeatMap(rows @ values @ columns.T, values, side, spacing, shape)


def starts(
    shape: tuple[int, int], side: int, most: int
) -> tuple[tuple[list[int], float], tuple[list[int], float]]:
    """Even starts of at most `most` squares along both axes, and their spacing.

    Raises:
        InvalidInput: see `detector.grid`.
    """
    grid(*shape, side, most)
    spacing = side / 2
    while np.prod(counts := [1 + _steps(length - side, spacing, side) for length in shape]) > most:
        spacing *= 1.05
    found = [
        [round(k * (length - side) / (count - 1)) for k in range(count)]
        if count > 1
        else [(length - side) // 2]
        for length, count in zip(shape, counts, strict=True)
    ]
    gaps = [(length - side) / max(count - 1, 1) for length, count in zip(shape, counts, strict=True)]
    return (found[0], gaps[0]), (found[1], gaps[1])


def _steps(way: int, spacing: float, side: int) -> int:
    """Steps of at most `spacing` along a way; none where one step would be longer than a side and the way."""
    return 0 if spacing > max(side, way) else int(np.ceil(way / spacing))


def _weights(length: int, corners: list[int], side: int, spacing: float, cell: float) -> np.ndarray:
    """(cells, squares): the triangle's weights along one axis, each row with the sum 1."""
    cells = max(1, round(length / cell))
    centre = (np.arange(cells) + 0.5) * length / cells
    distance = np.abs(centre[:, None] - (np.asarray(corners) + side / 2))
    # Next to an edge that one square alone doesn't reach, because it is the only one, the nearest counts.
    width = max(side / 2, spacing) if len(corners) > 1 else np.inf
    weights = np.clip(1 - distance / width, 0, None)
    return weights / weights.sum(1, keepdims=True)
