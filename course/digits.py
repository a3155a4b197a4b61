"""Digits drawn by code: strokes, turned, sheared, scaled, moved and inked. As many as wanted, no download."""

import numpy as np
from numpy.typing import NDArray

Points = list[tuple[float, float]]


def _arc(x: float, y: float, width: float, height: float, start: float, stop: float) -> Points:
    """Points on an ellipse about (x, y), from `start` to `stop` degrees clockwise from the right; y points down."""
    angles = np.radians(np.linspace(start, stop, max(3, int(abs(stop - start) / 24))))
    return [(x + width * np.cos(a), y + height * np.sin(a)) for a in angles]


STROKES: tuple[tuple[Points, ...], ...] = (
    (_arc(0.5, 0.5, 0.27, 0.4, 0, 360),),
    ([(0.34, 0.27), (0.53, 0.1), (0.53, 0.9)],),
    ([*_arc(0.5, 0.31, 0.25, 0.21, 185, 400), (0.25, 0.9), (0.77, 0.9)],),
    ([*_arc(0.47, 0.3, 0.25, 0.2, 200, 450), *_arc(0.47, 0.7, 0.28, 0.2, 270, 520)],),
    ([(0.62, 0.9), (0.62, 0.1), (0.2, 0.65), (0.82, 0.65)],),
    ([(0.74, 0.1), (0.32, 0.1), (0.28, 0.47), *_arc(0.48, 0.66, 0.27, 0.24, 240, 500)],),
    ([(0.66, 0.1), (0.42, 0.27), (0.28, 0.55), *_arc(0.5, 0.68, 0.23, 0.22, 180, 540)],),
    ([(0.22, 0.1), (0.78, 0.1), (0.42, 0.9)],),
    (_arc(0.5, 0.29, 0.2, 0.19, 90, 450), _arc(0.5, 0.7, 0.26, 0.21, -90, 270)),
    ([*_arc(0.5, 0.33, 0.23, 0.22, 0, 360), (0.71, 0.6), (0.55, 0.9)],),
)
"""Strokes of each digit in the unit square, y downwards."""


def digits(
    count: int, *, size: int = 16, shift: float = 0.04, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Images of digits in random hands, with their labels.

    Args:
        count: Number of images.
        size: Height and width in pixels.
        shift: Largest displacement of the centre, as a part of the width.
        seed: Of the random numbers.

    Returns:
        (count, size, size) images, 0 is paper and 1 is ink, and (count,) labels 0 to 9.
    """
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    centres = (np.arange(size) + 0.5) / size
    pixels = np.stack(np.meshgrid(centres, centres), -1)[:, :, None]  # (size, size, 1, 2)
    images = np.stack([_draw(STROKES[label], pixels, shift, rng) for label in labels])
    return images, labels


def _draw(
    strokes: tuple[Points, ...], pixels: NDArray, shift: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """One digit: an affine map of its strokes, then ink wherever a stroke is near."""
    turn, slant = rng.uniform(-0.25, 0.25), rng.uniform(-0.25, 0.25)
    scale = np.diag(rng.uniform(0.75, 1.0, 2))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[1, slant], [0, 1]]) @ scale
    centre = 0.5 + rng.uniform(-shift, shift, 2)
    lines = [(np.array(stroke) - 0.5 + 0.015 * rng.standard_normal((len(stroke), 2))) for stroke in strokes]
    lines = [line @ matrix.T + centre for line in lines]
    starts = np.concatenate([line[:-1] for line in lines])
    along = np.concatenate([np.diff(line, axis=0) for line in lines])
    # The nearest point of each segment: the foot of the perpendicular, or an end.
    foot = ((pixels - starts) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-9)
    nearest = starts + np.clip(foot, 0, 1)[..., None] * along
    distance = np.sqrt(((pixels - nearest) ** 2).sum(-1)).min(-1)
    return 1 / (1 + np.exp((distance - rng.uniform(0.035, 0.06)) / 0.015))
