"""Handwritten digits that move and turn over a black plane."""

import numpy as np

from subband.errors import InvalidInput
from subband.transforms.fourier import rotate, shift


def moving_digits(
    digits: np.ndarray,
    batch: int,
    frames: int,
    rng: np.random.Generator,
    *,
    size: int = 64,
    count: int = 1,
    speed: tuple[float, float] = (1.0, 2.0),
    turn: float = 3.0,
) -> np.ndarray:
    """Clips of digits, each with a constant velocity and turn, which leave at one edge and come back at the other.

    Motion is by Fourier shifts, so a frame is band-limited and its successor an exact translate.

    Args:
        digits: (N, H, W) uint8 pictures to choose from.
        batch: Clips.
        frames: Of each.
        rng: Source of digits, places and motions.
        size: Side of a frame.
        count: Digits in a clip, added and limited to 1.
        speed: Range of speeds, pixels a frame.
        turn: Largest turn of a digit in a frame, degrees; 0 for none.

    Returns:
        (batch, frames, size, size) float32 in 0 … 1.

    Raises:
        InvalidInput: digits larger than a frame, or counts below 1.

    Source: N. Srivastava, E. Mansimov, R. Salakhutdinov, Unsupervised Learning of Video Representations using
    LSTMs, 2015, with the motions of M. Wolter, A. Yao, S. Behnke, Object-centered Fourier Motion Estimation and
    Segment-Transformation Prediction, 2020.
    """
    H, W = digits.shape[1:]
    if max(H, W) > size or min(batch, frames, count) < 1:
        raise InvalidInput(
            f"digits of {H} × {W} in {count} × {batch} clips of {frames} frames of side {size}: too small"
        )
    items = batch * count
    chosen = digits[rng.integers(len(digits), size=items)].astype(np.float64) / 255
    plane = np.zeros((items, size, size))
    top, left = (size - H) // 2, (size - W) // 2
    plane[:, top : top + H, left : left + W] = chosen
    place = rng.uniform(-size / 2, size / 2, (items, 2))
    direction = rng.uniform(0, 2 * np.pi, items)
    velocity = rng.uniform(*speed, items)[:, None] * np.stack([np.sin(direction), np.cos(direction)], 1)
    spin, angle = (
        np.radians(rng.uniform(-turn, turn, items)),
        rng.uniform(-np.pi / 8, np.pi / 8, items) * (turn > 0),
    )
    clips = np.empty((batch, frames, size, size), dtype=np.float32)
    for k in range(frames):
        turned = rotate(plane, angle + k * spin) if turn else plane
        moved = shift(turned, place + k * velocity, axes=(-2, -1))
        clips[:, k] = np.clip(moved.reshape(batch, count, size, size).sum(1), 0, 1)
    return clips
