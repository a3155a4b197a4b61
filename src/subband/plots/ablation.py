"""Accuracy that survives without each band of a data set."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from subband.plots import bands
from subband.plots.style import CHANGES, FADED, INK, LABEL, PALETTE, TICK, dress, sheet

if TYPE_CHECKING:
    from subband.forensics import BandAblation


def ablation(found: "BandAblation", *, title: str = "Accuracy without each band") -> Figure:
    """Draw what the accuracy loses without each band, as a map, and what survives without each group, as bars.

    Args:
        found: From `subband.forensics.band_ablation`.
        title: Title of the figure.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import BandAblation
        >>> from subband.plots import ablation
        >>> groups = {"the finest detail": 0.55, "smooth areas": 0.9}
        >>> found = BandAblation(0.92, np.full((4, 4), 0.9), groups, error=0.02, images=(100, 100), how="remove")
        >>> figure = ablation(found)
        >>> [label.get_text() for label in figure.axes[1].get_yticklabels()]
        ['the finest detail', 'smooth areas']
    """
    rows = found.table()
    figure = sheet(9.2, max(3.4, 1.1 + 0.24 * len(rows)), title=title)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
    change = 100 * (found.bands - found.accuracy)
    most = max(float(np.abs(change).max()), 0.5)
    image = bands.show(left, change, cmap=CHANGES, limits=(-most, most))
    left.set_title("change without one band", fontsize=LABEL, color=INK)
    bar = figure.colorbar(image, ax=left, shrink=0.8, pad=0.02)
    bar.set_label("balanced accuracy (percentage points)", fontsize=TICK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2)
    bar.outline.set_visible(False)

    y = np.arange(len(rows))[::-1]
    right.barh(y, [100 * value for _, value, _ in rows], 0.62, color=PALETTE[5])
    right.axvline(100 * found.accuracy, color=INK, linewidth=1.2)
    spread = 100 * found.error
    right.axvspan(
        100 * found.accuracy - spread, 100 * found.accuracy + spread, color=INK, alpha=0.12, linewidth=0
    )
    for height, (_, value, _) in zip(y, rows, strict=True):
        right.annotate(
            f"{100 * value:.1f}", (0, height), (4, 0), textcoords="offset points", va="center",
            fontsize=TICK, color=INK,
        )  # fmt: skip
    right.set_yticks(y, [name for name, _, _ in rows])
    right.set_xlim(0, 102)
    right.set_xticks((0, 25, 50, 75, 100))
    what = "removed" if found.how == "remove" else "replaced"
    dress(right, title=f"left without … (bands {what}; line: with all)", x="balanced accuracy (%)")
    return figure
