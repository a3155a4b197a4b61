"""Accuracy of detectors against the strength of a treatment of the images."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, PALETTE, TICK, dress, legend, sheet

_COLOURS = {"packets": PALETTE[0], "pixels": PALETTE[1]}


@dataclass(frozen=True, eq=False)
class Treated:
    """One detector.

    Attributes:
        accuracy: (T,) 0..1.
        intervals: (T, 2) 95 % intervals.
        input: "packets" or "pixels"; sets the colour.
        solid: Whether the line is solid (with augmentation) or dashed.
    """

    accuracy: np.ndarray
    intervals: np.ndarray
    input: str = ""
    solid: bool = True


def treated_accuracy(
    strengths: np.ndarray, curves: Mapping[str, Treated], *, x: str, title: str = "", chance: float = 0.5
) -> Figure:
    """Draw accuracy, with intervals, against the strength of a treatment.

    Args:
        strengths: (T,), e.g. JPEG qualities.
        curves: Detector → accuracies.
        x: Label of the axis of strengths.
        title: Title of the figure.
        chance: Accuracy at chance, drawn as a thin line.

    Raises:
        InvalidInput: no curve, or one of another length than the strengths.

    Example:
        >>> import numpy as np
        >>> from subband.plots import Treated, treated_accuracy
        >>> accuracy = np.array([0.95, 0.8, 0.6])
        >>> curve = Treated(accuracy, np.stack([accuracy - 0.03, accuracy + 0.03], 1), input="packets")
        >>> figure = treated_accuracy(np.array([100, 75, 50]), {"CNN on packets": curve}, x="JPEG quality")
        >>> figure.axes[0].get_xlabel()
        'JPEG quality'
    """
    if not curves or any(len(curve.accuracy) != len(strengths) for curve in curves.values()):
        raise InvalidInput(f"give at least one curve, each with {len(strengths)} accuracies")
    figure = sheet(height=3.9)
    axes = figure.add_subplot()
    for k, (name, curve) in enumerate(curves.items()):
        colour = _COLOURS.get(curve.input, PALETTE[2 + k % 5])
        axes.plot(
            strengths, 100 * curve.accuracy, "-o" if curve.solid else "--o", color=colour, linewidth=1.7,
            markersize=3.5, markerfacecolor=colour if curve.solid else "white", label=name,
        )  # fmt: skip
        axes.fill_between(strengths, *(100 * curve.intervals.T), color=colour, alpha=0.15, linewidth=0)
    axes.axhline(100 * chance, color=FADED, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.annotate(
        "chance", (1, 100 * chance), (-2, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
        ha="right", fontsize=TICK, color=FADED,
    )  # fmt: skip
    axes.set_xticks(strengths)
    dress(axes, title=title, x=x, y="accuracy (%)")
    legend(figure, loc="outside lower center", ncols=2)
    return figure
