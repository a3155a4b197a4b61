"""Packet maps: one column per source, one row per statistic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure, SubFigure
from matplotlib.image import AxesImage

from subband.errors import InvalidInput
from subband.plots import bands
from subband.plots.style import CHANGES, FADED, HEAT, LABEL, LEVELS, TICK, WIDTH, sheet

_MARGIN = 1.7  # inches for the labels on the left and the colour bar on the right


@dataclass(frozen=True)
class MapRow:
    """One row of packet maps.

    Attributes:
        label: Label of the row.
        unit: Label of the colour bar.
        maps: Source → (F, F) or (F, F, h, w) packets; the column of a missing source stays empty.
        kind: Colours: "level" (sequential), "change" (diverging around zero) or "heat" (saliency, from zero).
    """

    label: str
    unit: str
    maps: Mapping[str, np.ndarray]
    kind: str = "level"


def packet_maps(rows: Sequence[MapRow], *, title: str) -> Figure:
    """Draw rows of packet maps in frequency order; the maps of a row share a colour scale.

    Args:
        rows: E.g. mean and standard deviation of ln-packet coefficients, per source.
        title: Title of the figure.

    Raises:
        InvalidInput: no row, a row without maps, or a map of another shape.

    Example:
        >>> import numpy as np
        >>> from subband.plots import MapRow, packet_maps
        >>> maps = {"real": np.arange(16.0).reshape(4, 4), "GAN": np.ones((4, 4))}
        >>> figure = packet_maps([MapRow("mean", "ln|c| (nats)", maps)], title="Packets")
        >>> len(figure.axes)  # two maps and a colour bar
        3
    """
    if not rows or not all(row.maps for row in rows):
        raise InvalidInput("no packet map to draw: give at least one source in every row")
    sources = list(dict.fromkeys(name for row in rows for name in row.maps))
    # At most a third of the page width, also for one or two sources.
    side = min(WIDTH / 3.3, max(1.3, (WIDTH - _MARGIN) / len(sources)))
    figure = sheet(_MARGIN + side * len(sources), 0.95 + len(rows) * side, title=title)
    draw_rows(figure, rows, sources)
    return figure


def draw_rows(figure: Figure | SubFigure, rows: Sequence[MapRow], sources: Sequence[str]) -> None:
    """Draw the rows on a figure or a part of one."""
    grid = figure.subplots(len(rows), len(sources), squeeze=False)
    for r, row in enumerate(rows):
        limits = _limits(row)
        images: list[AxesImage] = []
        for c, source in enumerate(sources):
            axes = grid[r, c]
            if r == 0:
                axes.set_title(source, fontsize=LABEL)
            if source not in row.maps:
                axes.set_axis_off()
                continue
            cmap = {"level": LEVELS, "change": CHANGES, "heat": HEAT}[row.kind]
            labels = (r == len(rows) - 1, c == 0)
            images.append(bands.show(axes, row.maps[source], cmap=cmap, limits=limits, labels=labels))
        bands.name_row(grid[r, 0], row.label)
        bar = figure.colorbar(images[0], ax=list(grid[r]), shrink=0.92, aspect=18, pad=0.015)
        bar.set_label(row.unit, fontsize=TICK)
        bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2, width=0.6)
        bar.outline.set_visible(False)


def _limits(row: MapRow) -> tuple[float, float]:
    values = np.concatenate([np.ravel(packets) for packets in row.maps.values()])
    low, high = float(values.min()), float(values.max())
    if row.kind == "change":
        high = float(np.abs(values).max()) or 1.0
        return -high, high
    if row.kind == "heat":
        low = min(0.0, low)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
