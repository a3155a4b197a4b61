"""Receiver operating characteristic, with the rates of the detector's own verdicts."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, PALETTE, TICK, dress, legend, sheet


def roc(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    chosen: Mapping[str, tuple[float, float]] | None = None,
    title: str = "Receiver operating characteristic",
) -> Figure:
    """Draw the share of generated pictures that are found against the share of false alarms.

    Args:
        curves: Detector → (false positive rate, true positive rate), each (P,) in 0..1.
        chosen: Detector → the two rates of its own verdicts, drawn as a diamond.
        title: Title of the figure.

    Raises:
        InvalidInput: no curve.

    Example:
        >>> import numpy as np
        >>> from subband.metrics import roc_curve
        >>> from subband.plots import roc
        >>> curve = roc_curve(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
        >>> figure = roc({"mine": (curve.fpr, curve.tpr)}, chosen={"mine": (0.0, 0.5)})
        >>> figure.axes[0].get_xlabel()
        'photographs called generated (%)'
    """
    if not curves:
        raise InvalidInput("no curve to draw: give at least one detector")
    figure = sheet(4.0, 3.8)
    axes = figure.add_subplot()
    axes.plot([0, 100], [0, 100], color=FADED, linewidth=0.8, linestyle="--")
    for k, (name, (false, true)) in enumerate(curves.items()):
        colour = PALETTE[k % len(PALETTE)]
        axes.plot(
            100 * np.asarray(false), 100 * np.asarray(true), color=colour, linewidth=1.6, label=name,
            drawstyle="steps-post",
        )  # fmt: skip
        at = (chosen or {}).get(name, (np.nan, np.nan))
        if np.isfinite(at).all():
            axes.plot(100 * at[0], 100 * at[1], "D", color=colour, markersize=6, markeredgecolor="white")
            axes.annotate(
                "its verdicts", (100 * at[0], 100 * at[1]), (7, -3), textcoords="offset points",
                fontsize=TICK, color=INK,
            )  # fmt: skip
    axes.set(xlim=(-1, 101), ylim=(-1, 101), aspect="equal")
    dress(axes, title=title, x="photographs called generated (%)", y="generated pictures found (%)")
    if len(curves) > 1:
        legend(axes, loc="lower right")
    return figure
