"""Frames in rows: what came, and what each model predicted."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import INK, TICK, sheet


def frame_rows(rows: Mapping[str, np.ndarray], *, title: str = "") -> Figure:
    """Draw rows of grey frames, one frame a column.

    Args:
        rows: Name → (T, H, W) in 0 … 1.
        title: Of the figure.

    Raises:
        InvalidInput: no rows, or rows of different lengths.
    """
    if not rows or len({len(frames) for frames in rows.values()}) > 1:
        raise InvalidInput("frames need rows of one length: give one row at least")
    count = len(next(iter(rows.values())))
    figure = sheet(width=1.6 + 0.85 * count, height=0.85 * len(rows) + 0.4, title=title or None)
    grid = figure.subplots(len(rows), count, squeeze=False)
    for line, (name, frames) in zip(grid, rows.items(), strict=True):
        for axes, frame in zip(line, frames, strict=True):
            axes.imshow(frame, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
        line[0].set_ylabel(
            name.replace(", ", "\n", 1), fontsize=TICK - 1, color=INK, rotation=0, ha="right", va="center"
        )
    return figure


def beside(clips: Mapping[str, np.ndarray], *, scale: int = 4, gap: int = 4) -> Sequence[np.ndarray]:
    """Frames of several clips side by side, with their names above, for an animation.

    Args:
        clips: Name → (T, H, W) or (T, H, W, 3) in 0 … 1, all of one shape.
        scale: Pixels for one.
        gap: Pixels between clips.

    Returns:
        T pictures, (H', W', 3) uint8.

    Raises:
        InvalidInput: no clip, or clips of different shapes.

    Example:
        >>> import numpy as np
        >>> from subband.plots import beside
        >>> frames = beside({"real": np.zeros((3, 8, 8)), "predicted": np.ones((3, 8, 8))}, scale=4, gap=4)
        >>> len(frames), frames[0].shape[1]  # 8 · 4 + 4 + 8 · 4
        (3, 68)
    """
    from PIL import Image, ImageDraw

    if not clips or len({np.shape(clip) for clip in clips.values()}) > 1:
        raise InvalidInput("clips side by side need one shape: give one at least")
    made = []
    for frames in zip(*clips.values(), strict=True):
        parts = []
        for frame in frames:
            pixels = np.round(255 * np.clip(frame, 0, 1)).astype(np.uint8)
            pixels = np.repeat(pixels[..., None], 3, -1) if pixels.ndim == 2 else pixels
            parts += [
                pixels.repeat(scale, 0).repeat(scale, 1),
                np.full((pixels.shape[0] * scale, gap, 3), 255, np.uint8),
            ]
        row = np.concatenate(parts[:-1], axis=1)
        picture = Image.fromarray(np.concatenate([np.full((16, *row.shape[1:]), 255, np.uint8), row]))
        draw, width = ImageDraw.Draw(picture), np.shape(frames[0])[1] * scale + gap
        for k, name in enumerate(clips):
            draw.text((k * width + 2, 2), name, fill=INK)
        made.append(np.asarray(picture))
    return made
