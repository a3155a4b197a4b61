"""Images as they were, as they were measured, and as each prior restores them."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import TICK, WIDTH, annotate_wrapped, sheet

LETTERS = 13
"""Letters of a name in a line: what fits beside nine columns."""


def restorations(rows: Mapping[str, Mapping[str, np.ndarray]], *, title: str = "") -> Figure:
    """Draw a row for each measurement and a column for each estimate, on the grey scale of the true image.

    Args:
        rows: Name of the row → name of the column → image (rows, columns), the true image first; the same columns
            in each row. Images of other sizes, such as measurements, are drawn on a scale of their own.
        title: Title of the figure.

    Raises:
        InvalidInput: no row, rows with other columns, or arrays of another rank.
    """
    names = list(next(iter(rows.values()), {}))
    if not names or any(list(row) != names for row in rows.values()):
        raise InvalidInput("give one row of images or more, the same columns in each")
    if any(image.ndim != 2 for row in rows.values() for image in row.values()):
        raise InvalidInput("give images as arrays (rows, columns)")
    side = WIDTH / len(names)
    figure = sheet(WIDTH, 0.7 + len(rows) * (side + 0.02), title=title or None)
    grid = figure.subplots(len(rows), len(names), squeeze=False)
    for k, (line, (label, row)) in enumerate(zip(grid, rows.items(), strict=True)):
        true = next(iter(row.values()))
        for axes, (name, image) in zip(line, row.items(), strict=True):
            low, high = (true.min(), true.max()) if image.shape == true.shape else (image.min(), image.max())
            axes.imshow(image, cmap="gray", vmin=low, vmax=high, interpolation="nearest", aspect="auto")
            axes.set_box_aspect(1)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
            if k == 0:
                _named(axes, name, (0.5, 1), (0, 3), 0)
        _named(line[0], label, (0, 0.5), (-3, 0), 90)
    return figure


def _named(
    axes: Axes, name: str, place: tuple[float, float], offset: tuple[float, float], rotation: int
) -> None:
    """Write the name of a column above an image, or that of a row beside it."""
    annotate_wrapped(
        axes, name, place, offset, characters=LETTERS, size=TICK, rotation=rotation,
        xycoords="axes fraction", ha="right" if rotation else "center", va="center" if rotation else "bottom",
    )  # fmt: skip
