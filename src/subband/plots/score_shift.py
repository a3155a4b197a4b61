"""Change of a detector's score by changes of the pictures, for photographs and for generated pictures."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, PALETTE, TICK, WIDTH, dress, legend, sheet

Shift = tuple[float, float, float]
"""Mean, and the ends of its interval; NaN where there is none."""


def score_shift(rows: Mapping[str, Mapping[str, Shift]], *, title: str = "") -> Figure:
    """Draw one row per change and a dot per class: the mean change of the log-odds of "generated".

    A row whose dots lie on one side moves the threshold, one whose dots are far apart changes the ranking too.

    Args:
        rows: Change → "real" and "generated" → shift in nats.
        title: Title of the figure.

    Raises:
        InvalidInput: no row.

    Example:
        >>> from subband.plots import score_shift
        >>> rows = {"JPEG 50": {"real": (0.4, 0.2, 0.6), "generated": (-2.0, -2.5, -1.5)}}
        >>> figure = score_shift(rows)
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['JPEG 50']
    """
    if not rows:
        raise InvalidInput("no shift to draw: give at least one change")
    figure = sheet(WIDTH, 0.9 + 0.19 * len(rows))
    axes = figure.add_subplot()
    colours = {"real": PALETTE[0], "generated": PALETTE[1]}
    for k, shifts in enumerate(rows.values()):
        y = len(rows) - k
        means = [shift[0] for shift in shifts.values() if np.isfinite(shift[0])]
        if means:
            axes.plot([min(means), max(means)], [y, y], color=FADED, linewidth=0.7, zorder=1)
        for name, (mean, low, high) in shifts.items():
            label = {"real": "photographs", "generated": "generated pictures"}[name] if k == 0 else None
            axes.plot(
                [low, high], [y, y], color=colours[name], linewidth=3.0, alpha=0.3, solid_capstyle="butt"
            )
            axes.plot(mean, y, "o", color=colours[name], markersize=4.5, label=label)
    axes.axvline(0, color=FADED, linewidth=0.8)
    axes.set_yticks([len(rows) - k for k in range(len(rows))], labels=list(rows))
    axes.set_ylim(0.3, len(rows) + 0.7)
    dress(axes, title=title, x="mean change of ln P(generated)/P(real) (nats): left towards real")
    axes.tick_params(labelsize=TICK - 0.5, axis="y")
    legend(figure, loc="outside lower center", ncols=2)
    return figure
