"""Risk–coverage curve: errors among the answers if only the surest ones are given."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import INK, PALETTE, TICK, dress, legend, sheet


def risk_coverage(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    chosen: Mapping[str, tuple[float, float]] | None = None,
    title: str = "Risk and coverage",
) -> Figure:
    """Draw the error among the answers against the share of pictures with an answer, from the surest on.

    Args:
        curves: Detector → (coverage, risk), each (P,) in 0..1.
        chosen: Detector → (coverage, error) of its own verdicts, drawn as a diamond; NaN for none.
        title: Title of the figure.

    Raises:
        InvalidInput: no curve.
    """
    if not curves:
        raise InvalidInput("no curve to draw: give at least one detector")
    figure = sheet(4.6, 3.6)
    axes = figure.add_subplot()
    for k, (name, (coverage, risk)) in enumerate(curves.items()):
        colour = PALETTE[k % len(PALETTE)]
        axes.plot(100 * np.asarray(coverage), 100 * np.asarray(risk), color=colour, linewidth=1.6, label=name)
        covered, error = (chosen or {}).get(name, (np.nan, np.nan))
        if np.isfinite(covered) and np.isfinite(error):
            axes.plot(100 * covered, 100 * error, "D", color=colour, markersize=6, markeredgecolor="white")
            axes.annotate(
                "its verdicts", (100 * covered, 100 * error), (-6, 6), textcoords="offset points",
                fontsize=TICK, color=INK, ha="right",
            )  # fmt: skip
    axes.set(xlim=(0, 101))
    axes.set_ylim(bottom=0)
    dress(axes, title=title, x="pictures with an answer (%)", y="wrong among the answers (%)")
    if len(curves) > 1:
        legend(axes, loc="upper left")
    return figure
