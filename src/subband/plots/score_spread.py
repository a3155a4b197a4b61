"""Spread of a detector's scores on each source of pictures."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, PALETTE, TICK, WIDTH, dress, sheet


def score_spread(
    photographs: Mapping[str, np.ndarray],
    generated: Mapping[str, np.ndarray],
    *,
    threshold: float | None = None,
    title: str = "",
) -> Figure:
    """Draw one row per source: median (dot), quartiles (thick) and 5 to 95 % (thin) of the scores.

    Args:
        photographs: Source → (n,) log-odds of "generated", nats; drawn blue, on top.
        generated: Generator → the same; drawn in vermilion.
        threshold: Log-odds from which a forced answer is "generated"; drawn as a line.
        title: Title of the figure.

    Raises:
        InvalidInput: no scores.

    Example:
        >>> import numpy as np
        >>> from subband.plots import score_spread
        >>> scores = np.linspace(-1, 1, 20)
        >>> figure = score_spread({"phone": scores - 3}, {"GAN": scores + 3, "LDM": scores}, threshold=0.0)
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['phone', 'GAN', 'LDM']
    """
    rows = [(name, values, PALETTE[0]) for name, values in photographs.items()]
    rows += [(name, values, PALETTE[1]) for name, values in generated.items()]
    if not rows or any(len(values) == 0 for _, values, _ in rows):
        raise InvalidInput("no score to draw: give at least one of each source")
    figure = sheet(WIDTH, 0.9 + 0.24 * len(rows))
    axes = figure.add_subplot()
    for k, (_, values, colour) in enumerate(rows):
        y = len(rows) - k
        low, q1, median, q3, high = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
        axes.plot([low, high], [y, y], color=colour, linewidth=1.0)
        axes.plot([q1, q3], [y, y], color=colour, linewidth=5, alpha=0.4, solid_capstyle="butt")
        axes.plot(median, y, "o", color=colour, markersize=5)
        axes.annotate(
            f"{len(values)}", (1.01, y), xycoords=("axes fraction", "data"), fontsize=TICK - 1, color=FADED,
            va="center",
        )  # fmt: skip
    if threshold is not None:
        axes.axvline(threshold, color=INK, linewidth=0.9, linestyle="--")
    if photographs and generated:
        axes.axhline(len(generated) + 0.5, color=FADED, linewidth=0.5)
    axes.set_yticks([len(rows) - k for k in range(len(rows))], labels=[name for name, *_ in rows])
    axes.set_ylim(0.4, len(rows) + 0.6)
    dress(axes, title=title, x="ln P(generated)/P(real) (nats)")
    return figure
