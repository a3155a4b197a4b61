"""A score of detectors under changes of the pictures: one panel per kind of change."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, PALETTE, TICK, WIDTH, dress, sheet

_COLUMNS = 4


@dataclass(frozen=True, eq=False)
class Robustness:
    """A score of one detector at several strengths of a change.

    Attributes:
        strengths: (T,) strengths, in any order.
        mean: (T,) score, 0..1; NaN where it is undefined.
        low: (T,) lower end of its interval; NaN without one.
        high: (T,) upper end.
    """

    strengths: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def robustness(
    panels: Mapping[str, Mapping[str, Robustness]],
    *,
    axes_labels: Mapping[str, str],
    untouched: Mapping[str, float | None],
    score: str,
    level: float | None = None,
    title: str = "",
) -> Figure:
    """Draw a score against the strength of each change; the unchanged picture is the hollow dot at the left.

    Args:
        panels: Kind of change → detector → score at its strengths; the first point is the unchanged picture if
            `untouched` has a strength for it.
        axes_labels: Kind of change → label of its strength, with the unit.
        untouched: Kind of change → strength of no change; None if there is none.
        score: Label of the score.
        level: Score of guessing, drawn as a thin line; None for none.
        title: Title of the figure.

    Raises:
        InvalidInput: no panel.

    Example:
        >>> import numpy as np
        >>> from subband.plots import Robustness, robustness
        >>> auroc = np.array([0.98, 0.9, 0.7])
        >>> curve = Robustness(np.array([100.0, 85, 50]), auroc, low=auroc - 0.02, high=auroc + 0.02)
        >>> figure = robustness(
        ...     {"JPEG": {"mine": curve}}, axes_labels={"JPEG": "quality"}, untouched={"JPEG": 100}, score="AUROC"
        ... )
        >>> figure.axes[0].get_title(), figure.axes[0].get_xlabel()
        ('JPEG', 'quality')
    """
    if not panels:
        raise InvalidInput("no change to draw: give at least one kind")
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = sheet(WIDTH, 0.6 + 2.0 * rows, title=title or None)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    for axes, (kind, curves) in zip(grid.flat, panels.items(), strict=False):
        for name, curve in curves.items():
            k = names.index(name)
            colour, order = PALETTE[k % len(PALETTE)], np.argsort(curve.strengths)
            x, mean = curve.strengths[order], 100 * curve.mean[order]
            axes.fill_between(
                x, 100 * curve.low[order], 100 * curve.high[order], color=colour, alpha=0.15, linewidth=0
            )
            axes.plot(x, mean, "-o", color=colour, linewidth=1.5, markersize=3.2, label=name)
            if (start := untouched.get(kind)) is not None and (at := x == start).any():
                axes.plot(x[at], mean[at], "o", color=colour, markerfacecolor="white", markersize=4.5)
        if level is not None:
            axes.axhline(100 * level, color=FADED, linewidth=0.8, linestyle=(0, (1, 2)))
        if (start := untouched.get(kind)) is not None:
            strengths = np.concatenate([curve.strengths for curve in curves.values()])
            if start == strengths.max() and (strengths < start).any():
                axes.invert_xaxis()  # mild at the left, severe at the right
        dress(axes, title=kind, x=axes_labels.get(kind, ""))
        axes.tick_params(labelsize=TICK - 0.5)
    for axes in list(grid.flat)[len(panels) :]:
        axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set_ylabel(score, fontsize=TICK)
    if len(names) > 1:
        handles, labels = grid.flat[0].get_legend_handles_labels()
        figure.legend(
            handles,
            labels,
            loc="outside lower center",
            ncols=min(3, len(names)),
            frameon=False,
            fontsize=TICK,
        )
    return figure
