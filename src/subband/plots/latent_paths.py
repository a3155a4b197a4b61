"""Images along straight lines between codes, and how sure a classifier is of them."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import INK, PALETTE, TICK, WIDTH, dress, legend, sheet


def latent_paths(
    confidence: Mapping[str, np.ndarray], images: Mapping[str, np.ndarray], *, title: str = ""
) -> Figure:
    """Draw rows of images for each model, and the mean confidence along the lines.

    Args:
        confidence: Model → (points,) 0 … 1.
        images: Model → (lines, points, h, w, 1 or 3) uint8.
        title: Title of the figure.

    Raises:
        InvalidInput: no model, or other models in one than in the other.
    """
    if not confidence or set(confidence) != set(images):
        raise InvalidInput("give confidences and images of the same models, one at the least")
    figure = sheet(WIDTH, 1.6 + 1.7 * len(images), title=title or None)
    grid = figure.add_gridspec(len(images) + 1, 1, height_ratios=[1.5] * len(images) + [1.2])
    for k, (name, rows) in enumerate(images.items()):
        axes = figure.add_subplot(grid[k])
        lines, points, h, w, channels = rows.shape
        tiled = rows.transpose(0, 2, 1, 3, 4).reshape(lines * h, points * w, channels)
        axes.imshow(tiled[..., 0] if channels == 1 else tiled, cmap="gray", vmin=0, vmax=255)
        axes.set_axis_off()
        axes.set_title(name, fontsize=TICK, color=INK)
    axes = figure.add_subplot(grid[len(images)])
    for k, (name, values) in enumerate(confidence.items()):
        axes.plot(np.linspace(0, 1, len(values)), values, "o-", ms=3, lw=1.5, color=PALETTE[k], label=name)
    dress(axes, x="place on the line", y="confidence")
    legend(axes, loc="lower right")
    return figure
