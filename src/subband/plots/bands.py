"""Packets tiled in frequency order, with frequency axes and the diagonal."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, LABEL, TICK, annotate_wrapped

NYQUIST = 0.5  # cycles per pixel


def tile(bands: np.ndarray) -> np.ndarray:
    """Tile packets, (F, F, h, w) → (F·h, F·w); (F, F) is returned unchanged.

    Raises:
        InvalidInput: another shape.
    """
    bands = np.asarray(bands)
    if bands.ndim not in (2, 4) or bands.shape[0] != bands.shape[1]:
        raise InvalidInput(f"packets have shape {bands.shape}: give (F, F) or (F, F, h, w)")
    if bands.ndim == 2:
        return bands
    vertical, horizontal, height, width = bands.shape
    return bands.transpose(0, 2, 1, 3).reshape(vertical * height, horizontal * width)


def show(
    axes: Axes,
    bands: np.ndarray,
    *,
    cmap: str,
    limits: tuple[float, float],
    labels: tuple[bool, bool] = (True, True),
) -> AxesImage:
    """Draw packets in frequency order: lowest top left, Nyquist bottom right, the diagonal dashed.

    Args:
        axes: Axes to draw on.
        bands: (F, F) or (F, F, h, w); the first axis is vertical frequency, the second horizontal.
        cmap: Name of the colour map.
        limits: Values at the ends of the colour map.
        labels: Whether to label the horizontal and the vertical axis.
    """
    image = axes.imshow(
        tile(bands), cmap=cmap, vmin=limits[0], vmax=limits[1],
        extent=(0, NYQUIST, NYQUIST, 0), interpolation="nearest",
    )  # fmt: skip
    for edge in np.linspace(0, NYQUIST, np.asarray(bands).shape[0] + 1)[1:-1]:
        axes.axhline(edge, color="white", linewidth=0.35, alpha=0.55)
        axes.axvline(edge, color="white", linewidth=0.35, alpha=0.55)
    axes.plot([0, NYQUIST], [0, NYQUIST], color="white", linewidth=1.1, alpha=0.7)
    axes.plot([0, NYQUIST], [0, NYQUIST], color=INK, linewidth=0.7, linestyle=(0, (4, 3)))
    axes.set(xlim=(0, NYQUIST), ylim=(NYQUIST, 0), xticks=(0, 0.25, 0.5), yticks=(0, 0.25, 0.5))
    axes.tick_params(
        labelsize=TICK, colors=FADED, length=2, width=0.6, labelbottom=labels[0], labelleft=labels[1]
    )
    if labels[0]:
        axes.set_xlabel("horizontal frequency\n(cycles per pixel)", fontsize=TICK, color=INK)
    if labels[1]:
        axes.set_ylabel("vertical frequency\n(cycles per pixel)", fontsize=TICK, color=INK)
    for spine in axes.spines.values():
        spine.set(color=FADED, linewidth=0.5)
    return image


def name_row(axes: Axes, text: str) -> None:
    """Write the label of a row of maps to the left of its first map."""
    annotate_wrapped(
        axes, text, (0, 0.5), (-58, 0), characters=16, size=LABEL, rotation=90,
        xycoords="axes fraction", ha="center", va="center", fontweight="bold",
    )  # fmt: skip
