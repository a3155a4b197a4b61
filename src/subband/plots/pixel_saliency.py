"""Saliency of a detector over the image plane."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, HEAT, INK, LABEL, TICK, WIDTH, sheet


def pixel_saliency(maps: Mapping[str, np.ndarray], *, title: str) -> Figure:
    """Draw saliency maps, one (H, W) map per source, on a common colour scale.

    Raises:
        InvalidInput: no map, or a map that is not two-dimensional.

    Example:
        >>> import numpy as np
        >>> from subband.plots import pixel_saliency
        >>> figure = pixel_saliency({"real": np.zeros((8, 8)), "GAN": np.ones((8, 8))}, title="Saliency")
        >>> [axes.get_title() for axes in figure.axes][:2]
        ['real', 'GAN']
    """
    if not maps or any(np.ndim(plane) != 2 for plane in maps.values()):
        raise InvalidInput("pixel saliency: give at least one source, each with an (H, W) map")
    side = min(WIDTH / 3.3, (WIDTH - 1.3) / len(maps))
    figure = sheet(min(WIDTH, 1.3 + side * len(maps)), side + 0.8, title=title)
    row = figure.subplots(1, len(maps), squeeze=False)[0]
    high = max(float(np.max(plane)) for plane in maps.values()) or 1.0
    for axes, (source, plane) in zip(row, maps.items(), strict=True):
        axes.imshow(plane, cmap=HEAT, vmin=0, vmax=high, interpolation="nearest")
        axes.set_title(source, fontsize=LABEL)
        axes.set_xlabel("column (pixels)", fontsize=TICK, color=INK)
        axes.tick_params(labelsize=TICK, colors=FADED, length=2, labelleft=axes is row[0])
    row[0].set_ylabel("row (pixels)", fontsize=TICK, color=INK)
    bar = figure.colorbar(row[0].images[0], ax=list(row), shrink=0.92, pad=0.015)
    bar.set_label("saliency", fontsize=TICK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2)
    bar.outline.set_visible(False)
    return figure
