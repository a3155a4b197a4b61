"""Errors of predictions against how far they are ahead."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.lettering import columns
from subband.plots.style import PALETTE, TICK, WIDTH, dress, legend, sheet


def error_over_time(
    ahead: np.ndarray, errors: Mapping[str, np.ndarray], *, x: str, y: str, title: str = "", log: bool = False
) -> Figure:
    """Draw mean errors, and with several seeds their range.

    Args:
        ahead: (T,) how far ahead.
        errors: Name → (seeds, T).
        x, y: Labels with units.
        title: Of the figure.
        log: Whether errors are on a logarithmic scale.

    Raises:
        InvalidInput: nothing to draw.

    Example:
        >>> import numpy as np
        >>> from subband.plots import error_over_time
        >>> errors = {"GRU": np.array([[0.4, 0.7, 1.1, 1.2], [0.3, 0.7, 1.0, 1.3]])}
        >>> figure = error_over_time(np.array([80.0, 160, 320, 400]), errors, x="ahead (ms)", y="error (rad)")
        >>> figure.axes[0].get_xlabel(), len(figure.axes[0].lines)
        ('ahead (ms)', 1)
    """
    if not errors:
        raise InvalidInput("no errors to draw: give those of one model at least")
    figure = sheet(height=3.4, title=title or None)
    axes = figure.add_subplot()
    for k, (name, rows) in enumerate(errors.items()):
        values, colour = np.atleast_2d(rows), PALETTE[k % len(PALETTE)]
        axes.plot(
            ahead,
            values.mean(0),
            color=colour,
            lw=1.5,
            marker="o" if len(ahead) < 30 else "",
            ms=3,
            label=name,
        )
        if len(values) > 1:
            axes.fill_between(ahead, values.min(0), values.max(0), color=colour, alpha=0.15, lw=0)
    if log:
        axes.set_yscale("log")
    dress(axes, x=x, y=y)
    legend(
        figure, loc="outside lower center", ncols=columns(errors, min(3, len(errors)), width=WIDTH, size=TICK)
    )
    return figure
