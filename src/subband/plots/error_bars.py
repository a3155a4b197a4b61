"""Errors of several methods under several splits of the data, as dots with intervals."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import INK, PALETTE, TICK, dress, sheet


def error_bars(groups: Mapping[str, Mapping[str, tuple[float, float, float]]], *, title: str = "") -> Figure:
    """Draw one panel per group and one row per method: a dot, its interval, and its value.

    Args:
        groups: Title of a panel → method → error and the ends of its interval, in per cent; with equal ends no
            interval is drawn.
        title: Title of the figure.

    Raises:
        InvalidInput: no errors.

    Example:
        >>> from subband.plots import error_bars
        >>> mnist = {"scattering": (0.7, 0.5, 0.9), "CNN": (0.5, 0.5, 0.5)}
        >>> figure = error_bars({"MNIST": mnist, "FSDD": {"CNN": (3.0, 2.0, 4.0)}})
        >>> [axes.get_title() for axes in figure.axes]
        ['MNIST', 'FSDD']
    """
    if not any(groups.values()):
        raise InvalidInput("no error to draw: give at least one method")
    names = list(dict.fromkeys(name for rows in groups.values() for name in rows))
    figure = sheet(height=1.2 + 0.38 * len(names), title=title or None)
    panels = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    for axes, (heading, rows) in zip(panels, groups.items(), strict=True):
        highest = max(high for *_, high in rows.values())
        for name, (error, low, high) in rows.items():
            y, colour = len(names) - names.index(name), PALETTE[names.index(name) % len(PALETTE)]
            axes.plot([low, high], [y, y], color=colour, lw=2.2, alpha=0.35, solid_capstyle="round")
            axes.plot(error, y, "o", color=colour, ms=6)
            axes.annotate(
                f"{error:.3g}",
                (error, y),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=TICK,
                color=INK,
            )
        axes.set_yticks([len(names) - k for k in range(len(names))], labels=names)
        axes.set(ylim=(0.5, len(names) + 0.7), xlim=(0, 1.15 * highest))
        dress(axes, title=heading, x="class-wise error (%)")
    return figure
