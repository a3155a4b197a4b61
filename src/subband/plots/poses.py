"""Bodies in motion: skeletons side by side, as frames of an animation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, PALETTE, TICK, sheet

TURNED = np.radians(50)  # about the vertical axis: neither from the front nor from the side


def pose_frames(clips: Mapping[str, np.ndarray], parents: np.ndarray, *, marks: int = 0) -> list[np.ndarray]:
    """Pictures of moving skeletons side by side, seen from one direction, with their roots in the middle.

    Args:
        clips: Name → (T, J, 3) positions of the joints, y upwards.
        parents: (J,) joint that each hangs from, −1 of the root.
        marks: Number of first frames that all have seen; they are drawn in grey.

    Returns:
        T pictures, (H, W, 3) uint8.

    Raises:
        InvalidInput: no clip, clips of different shapes, or parents of another skeleton.

    Example:
        >>> import numpy as np
        >>> from subband.data.sequences import joint_positions, skeleton
        >>> from subband.plots import pose_frames
        >>> frames = pose_frames({"at rest": joint_positions(np.zeros((2, 117)))}, skeleton()[0])
        >>> len(frames), frames[0].dtype
        (2, dtype('uint8'))
    """
    shapes = {np.shape(clip) for clip in clips.values()}
    if len(shapes) != 1 or (shape := next(iter(shapes)))[1:] != (len(parents), 3):
        raise InvalidInput(
            f"clips of shapes {sorted(map(str, shapes))} and {len(parents)} parents: give clips (T, J, 3) of one "
            "skeleton"
        )
    flat = {name: _seen_from_aside(clip) for name, clip in clips.items()}
    every = np.concatenate([clip.reshape(-1, 2) for clip in flat.values()])
    low, high = every.min(0), every.max(0)
    figure = sheet(width=1.8 * len(clips), height=2.6)
    canvas = FigureCanvasAgg(figure)
    drawn: list[Any] = []
    for axes, name in zip(figure.subplots(1, len(clips), squeeze=False)[0], clips, strict=True):
        axes.set(xlim=(low[0], high[0]), ylim=(low[1] - 0.5, high[1] + 0.5), aspect="equal")
        axes.set_axis_off()
        axes.set_title(name, fontsize=TICK + 1, color=INK)
        drawn.append(axes.add_collection(LineCollection([], linewidths=2, capstyle="round")))
    frames = []
    for k in range(shape[0]):
        for lines, clip, colour in zip(drawn, flat.values(), PALETTE, strict=False):
            lines.set_segments([clip[k, [j, parents[j]]] for j in range(len(parents)) if parents[j] >= 0])
            lines.set_color(FADED if k < marks else colour)
        canvas.draw()
        frames.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    return frames


def _seen_from_aside(clip: np.ndarray) -> np.ndarray:
    """(T, J, 3) → (T, J, 2) relative to the root."""
    x, y, z = np.moveaxis(clip - clip[:, :1], -1, 0)
    return np.stack([np.cos(TURNED) * x + np.sin(TURNED) * z, y], axis=-1)
