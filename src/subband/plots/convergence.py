"""Validation accuracy of detectors during training."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from subband.errors import InvalidInput
from subband.plots.lettering import columns
from subband.plots.style import FADED, PALETTE, TICK, WIDTH, dress, legend, sheet


@dataclass(frozen=True)
class Curve:
    """Validation accuracy of one detector.

    Attributes:
        steps: (T,) training steps.
        accuracy: (S, T) accuracy, 0..1, one row per seed.
        input: "packets" or "pixels"; sets the colour.
        net: "linear", "CNN" or "normalised CNN"; sets the line style.
    """

    steps: np.ndarray
    accuracy: np.ndarray
    input: str = ""
    net: str = ""


_COLOURS = {"packets": PALETTE[0], "pixels": PALETTE[1]}
_STROKES = {"linear": "--", "CNN": "-", "normalised CNN": "-."}


def convergence(
    curves: Mapping[str, Curve], *, chance: float, title: str = "Validation accuracy while training"
) -> Figure:
    """Draw mean ± one standard deviation over seeds against the training step.

    Args:
        curves: Detector → curve. Colours encode the input, line styles the net; another input takes a colour by its
            position.
        chance: Accuracy at chance, 0..1, drawn as a thin line.
        title: Title of the figure.

    Raises:
        InvalidInput: no curve, or steps and accuracies of different lengths.

    Example:
        >>> import numpy as np
        >>> from subband.plots import Curve, convergence
        >>> steps = np.array([1, 10, 100])
        >>> curve = Curve(steps, np.array([[0.5, 0.7, 0.9], [0.5, 0.6, 0.9]]), input="packets", net="linear")
        >>> figure = convergence({"linear on packets": curve}, chance=0.5)
        >>> figure.axes[0].get_xlabel()
        'training step (batches, logarithmic)'
    """
    if not curves:
        raise InvalidInput("no curve to draw: give the curve of at least one detector")
    figure = sheet(height=4.0)
    axes = figure.add_subplot()
    for k, (name, curve) in enumerate(curves.items()):
        steps, values = np.asarray(curve.steps), 100 * np.atleast_2d(curve.accuracy)
        if values.shape[1] != steps.shape[0]:
            raise InvalidInput(f"curve {name!r} has {steps.shape[0]} steps but {values.shape[1]} accuracies")
        colour = _COLOURS.get(curve.input, PALETTE[2 + k % 5])
        stroke = _STROKES.get(curve.net, "-")
        mean = values.mean(axis=0)
        spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros_like(mean)
        marker = "o" if len(steps) < 25 else ""
        axes.plot(steps, mean, stroke, color=colour, linewidth=1.7, marker=marker, markersize=3, label=name)
        axes.fill_between(steps, mean - spread, mean + spread, color=colour, alpha=0.16, linewidth=0)
    axes.axhline(100 * chance, color=FADED, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.annotate(
        "chance", (1, 100 * chance), (-2, 3), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha="right", fontsize=TICK, color=FADED,
    )  # fmt: skip
    axes.set_ylim(min(45.0, 100 * chance - 5, _floor(curves.values()) - 3), 101.5)
    seeds = max(np.atleast_2d(curve.accuracy).shape[0] for curve in curves.values())
    dress(
        axes,
        title=f"{title} (mean ± std over {seeds} seeds)" if seeds > 1 else f"{title} (one seed)",
        x="training step (batches)",
        y="balanced accuracy, validation (%)",
    )
    first, last = min(c.steps[0] for c in curves.values()), max(c.steps[-1] for c in curves.values())
    if 0 < 20 * first < last:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:g}"))
        axes.set_xlabel("training step (batches, logarithmic)")
    legend(
        figure, loc="outside lower center", ncols=columns(curves, min(3, len(curves)), width=WIDTH, size=TICK)
    )
    return figure


def _floor(curves: Iterable[Curve]) -> float:
    return 100 * min(float(np.min(curve.accuracy)) for curve in curves)
