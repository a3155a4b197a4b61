"""A table of scores as a heat map: training sets against tested generators, or detectors against generators."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, TICK, WIDTH, dress, sheet

_MARGIN = 2.6  # inches beside the cells


def score_table(
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    score: str,
    x: str = "",
    y: str = "",
    title: str = "",
    apart: int = 0,
) -> Figure:
    """Draw a table of scores in per cent; 50 % is white, better is blue, worse is red.

    Args:
        values: (R, C) scores, 0..1; NaN is drawn as an empty cell.
        rows: R names.
        columns: C names.
        score: Label of the colours.
        x: Label of the columns.
        y: Label of the rows.
        title: Title of the figure.
        apart: Number of last rows below a line.

    Raises:
        InvalidInput: `values` is not (R, C).

    Example:
        >>> import numpy as np
        >>> from subband.plots import score_table
        >>> values, names = np.array([[0.99, 0.61], [0.58, np.nan]]), ["GAN", "LDM"]
        >>> figure = score_table(values, names, names, score="AUROC", x="tested on", y="learnt from")
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['99', '61', '58']
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (len(rows), len(columns)):
        raise InvalidInput(
            f"scores of shape {values.shape} for {len(rows)} rows and {len(columns)} columns: give "
            f"({len(rows)}, {len(columns)})"
        )
    cell = min(0.62, (WIDTH - _MARGIN) / len(columns))
    figure = sheet(_MARGIN + cell * len(columns), 1.5 + 0.42 * len(rows))
    axes = figure.add_subplot()
    image = axes.imshow(100 * values, cmap="RdBu", vmin=0, vmax=100, aspect="auto")
    for row in range(len(rows)):
        for column in range(len(columns)):
            value = 100 * values[row, column]
            if np.isfinite(value):
                strong = abs(value - 50) > 36
                axes.annotate(
                    f"{value:.0f}", (column, row), ha="center", va="center", fontsize=TICK,
                    color="white" if strong else INK,
                )  # fmt: skip
    if apart:
        axes.axhline(len(rows) - apart - 0.5, color=INK, linewidth=1.2)
    axes.set_xticks(range(len(columns)), columns, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), rows)
    dress(axes, title=title, x=x, y=y, grid=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = figure.colorbar(image, ax=axes, pad=0.02, shrink=0.9)
    bar.set_label(score, fontsize=TICK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2)
    bar.outline.set_visible(False)  # type: ignore[operator]
    return figure
