"""Losses while training, one panel for each task."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.lettering import columns
from subband.plots.style import FADED, PALETTE, TICK, WIDTH, dress, legend, sheet


def loss_curves(
    panels: Mapping[str, tuple[Mapping[str, np.ndarray], float | None]], *, title: str = "", y: str = "loss"
) -> Figure:
    """Draw losses against steps on a logarithmic scale; with several seeds their mean and range.

    Args:
        panels: Task → (network → (seeds, steps) losses, level of a baseline or None).
        title: Of the figure.
        y: Label of the losses.

    Raises:
        InvalidInput: nothing to draw.

    Example:
        >>> import numpy as np
        >>> from subband.plots import loss_curves
        >>> losses = np.array([[1.0, 0.5, 0.2], [1.2, 0.6, 0.3]])
        >>> figure = loss_curves({"copying": ({"LSTM": losses}, 0.17), "adding": ({"LSTM": losses}, None)})
        >>> [axes.get_title() for axes in figure.axes], figure.axes[0].get_yscale()
        (['copying', 'adding'], 'log')
    """
    names = list(dict.fromkeys(name for lines, _ in panels.values() for name in lines))
    if not names:
        raise InvalidInput("no losses to draw: give one network's at least")
    figure = sheet(height=3.4, title=title or None)
    for k, (task, (lines, level)) in enumerate(panels.items()):
        axes = figure.add_subplot(1, len(panels), k + 1)
        for name, losses in lines.items():
            values = np.maximum(np.atleast_2d(losses), 1e-12)
            colour, steps = PALETTE[names.index(name) % len(PALETTE)], np.arange(1, values.shape[1] + 1)
            label = name if k == 0 else None
            axes.plot(steps, np.exp(np.log(values).mean(0)), color=colour, lw=1.3, label=label)
            if len(values) > 1:
                axes.fill_between(steps, values.min(0), values.max(0), color=colour, alpha=0.15, lw=0)
        if level is not None:
            axes.axhline(level, color=FADED, lw=0.8, ls=":")
        axes.set_yscale("log")
        dress(axes, title=task, x="step", y=y if k == 0 else "")
    legend(
        figure, loc="outside lower center", ncols=columns(names, min(4, len(names)), width=WIDTH, size=TICK)
    )
    return figure
