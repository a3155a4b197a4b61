"""Texture that sticks to the pixels, and texture that moves: pictures of a moving plane, and x-t slices."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.plots.style import dress, sheet

_SHOWN = 5  # frames of a strip


def sticking(
    moving: Mapping[str, np.ndarray],
    turning: Mapping[str, np.ndarray],
    *,
    notes: Mapping[str, str],
    title: str = "",
) -> Figure:
    """For each generator a strip of frames of a plane that moves to the right, the x-t slice, and one that turns.

    The x-t slice is the middle row of each frame, from top to bottom: what moves makes slanted lines, and what
    sticks to the pixels upright ones.

    Args:
        moving: name -> frames of the moving plane, uint8 (T, H, W, C).
        turning: name -> frames of the turning plane, uint8 (T, H, W, C).
        notes: name -> what is written beside it.
        title: of the figure.

    Returns:
        The figure.

    Example:
        >>> import numpy as np
        >>> from subband.plots import sticking
        >>> frames = np.zeros((6, 16, 16, 3), np.uint8)
        >>> figure = sticking({"StyleGAN3": frames}, {"StyleGAN3": frames}, notes={"StyleGAN3": "EQ-T 60 dB"})
        >>> len(figure.axes)
        3
    """
    figure = sheet(height=0.4 + 1.5 * len(moving), title=title or None)
    rows = figure.add_gridspec(len(moving), 3, width_ratios=(_SHOWN, 1.6, _SHOWN))
    for k, (name, frames) in enumerate(moving.items()):
        parts = (
            (_strip(frames), f"{name}: {notes.get(name, '')}"),
            (_grey(frames)[:, frames.shape[1] // 2], "x-t slice, time down"),
            (_strip(turning[name]), "turning"),
        )
        for column, (image, label) in enumerate(parts):
            axes = figure.add_subplot(rows[k, column])
            aspect = "auto" if column == 1 else "equal"
            axes.imshow(image, cmap="gray", interpolation="nearest", aspect=aspect)
            axes.set_xticks([])
            axes.set_yticks([])
            dress(axes, title=label, grid=False)
            for spine in axes.spines.values():
                spine.set_visible(False)
    return figure


def _grey(frames: np.ndarray) -> np.ndarray:
    return frames.mean(axis=-1)


def _strip(frames: np.ndarray) -> np.ndarray:
    chosen = frames[np.linspace(0, len(frames) - 1, _SHOWN).astype(int)]
    gap = np.full((*chosen.shape[1:2], 1, *chosen.shape[3:]), 255, chosen.dtype)
    strip = np.concatenate([part for frame in chosen for part in (gap, frame)][1:], axis=1)
    return strip if strip.shape[-1] == 3 else strip[..., 0]
