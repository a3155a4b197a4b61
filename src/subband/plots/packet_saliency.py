"""Saliency over packets of several detectors, beside samples of what they tell apart."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.packet_maps import MapRow, draw_rows
from subband.plots.samples import mosaic
from subband.plots.style import LABEL, sheet

_SIDE, _MARGIN = 2.0, 1.9  # inches of a map, and of labels and colour bar


def packet_saliency(rows: Sequence[MapRow], shown: Mapping[str, np.ndarray], *, title: str = "") -> Figure:
    """Draw a strip of samples for each source, and below them rows of packet maps, one column for each detector.

    Args:
        rows: Rows of maps over the same columns.
        shown: Source → (N, H, W, 3) uint8 samples.
        title: Title of the figure.

    Raises:
        InvalidInput: no rows or no samples.

    Example:
        >>> import numpy as np
        >>> from subband.plots import MapRow, packet_saliency
        >>> rows = [MapRow("saliency", "1/nat", {"linear on packets": np.ones((4, 4))}, kind="heat")]
        >>> figure = packet_saliency(rows, {"real": np.zeros((4, 16, 16, 3), np.uint8)})
        >>> len(figure.axes)
        3
    """
    if not rows or not shown:
        raise InvalidInput("nothing to draw: give at least one row of maps and one source")
    columns = list(dict.fromkeys(name for row in rows for name in row.maps))
    heights = (0.72 * len(shown) + 0.1, _SIDE * len(rows) + 0.6)
    figure = sheet(_MARGIN + _SIDE * len(columns), sum(heights) + 0.4, title=title or None)
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (name, images) in zip(
        upper.subplots(len(shown), 1, squeeze=False)[:, 0], shown.items(), strict=True
    ):
        axes.imshow(mosaic(images, columns=len(images)), interpolation="nearest")
        axes.set_title(name, fontsize=LABEL, loc="left", pad=2)
        axes.set_axis_off()
    draw_rows(lower, rows, columns)
    return figure
