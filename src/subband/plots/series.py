"""Series and their predictions."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import INK, PALETTE, dress, legend, sheet


def series(panels: Mapping[str, Mapping[str, np.ndarray]], *, title: str = "") -> Figure:
    """Draw series one above the other; the first of each panel is the true one, in black.

    Args:
        panels: Title → (name → (T,)).
        title: Of the figure.

    Raises:
        InvalidInput: nothing to draw.
    """
    if not panels or not all(panels.values()):
        raise InvalidInput("no series to draw: give one in each panel")
    figure = sheet(height=2.4 * len(panels) + 0.4, title=title or None)
    for row, (name, lines) in enumerate(panels.items()):
        axes = figure.add_subplot(len(panels), 1, row + 1)
        for k, (label, values) in enumerate(lines.items()):
            first = k == 0
            axes.plot(
                values, color=INK if first else PALETTE[(k - 1) % 6], lw=1.8 if first else 1.0, label=label
            )
        dress(axes, title=name, x="sample")
        legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
