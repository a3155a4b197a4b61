"""Confusion matrix of the sources."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, TICK, dress, sheet


def confusion(
    counts: np.ndarray, names: Sequence[str], *, title: str = "Confusion of sources (held-out images)"
) -> Figure:
    """Draw a confusion matrix: shade and large number are per cent of the row, the small number is the count.

    Args:
        counts: (K, K) numbers of images; row: true source, column: predicted source.
        names: K source names.
        title: Title of the figure.

    Raises:
        InvalidInput: `counts` is not (K, K).

    Example:
        >>> import numpy as np
        >>> from subband.plots import confusion
        >>> figure = confusion(np.array([[45, 5], [10, 40]]), ["real", "GAN"])
        >>> [text.get_text() for text in figure.axes[0].texts][:2]  # per cent of the row
        ['90%', '45']
    """
    counts = np.asarray(counts)
    if counts.shape != (len(names), len(names)):
        raise InvalidInput(
            f"confusion matrix of shape {counts.shape} for {len(names)} names: give ({len(names)}, {len(names)})"
        )
    share = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 1.9 + 0.72 * len(names)
    figure = sheet(side + 0.5, side)
    axes = figure.add_subplot()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
    for row in range(len(names)):
        for column in range(len(names)):
            dark = share[row, column] > 55
            axes.annotate(
                f"{share[row, column]:.0f}%", (column, row), (0, 2), textcoords="offset points", ha="center",
                va="center", fontsize=TICK + 1.5, color="white" if dark else INK,
                fontweight="bold" if row == column else "normal",
            )  # fmt: skip
            axes.annotate(
                f"{counts[row, column]:g}", (column, row), (0, -9), textcoords="offset points", ha="center",
                va="center", fontsize=TICK - 2, color="white" if dark else FADED,
            )  # fmt: skip
    slanted = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if max(map(len, names)) > 8 else {}
    axes.set_xticks(range(len(names)), names, **slanted)
    axes.set_yticks(range(len(names)), names)
    dress(axes, title=title, x="predicted source", y="true source", grid=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label("share of the true source (%)", fontsize=TICK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2)
    bar.outline.set_visible(False)
    return figure
