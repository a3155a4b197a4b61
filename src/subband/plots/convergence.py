"""How fast, and how far, each detector learns."""

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
    """One detector while it learns.

    Attributes:
        steps: (T,).
        accuracy: (S, T) on validation images, 0..1, a row for each seed.
        input: what it looks at; sets the colour.
        net: the kind of its network; sets the line style.
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
    """Draw mean ± one standard deviation over seeds of every detector, per training step.

    Args:
        curves: detector → its curve. Colour says what is looked at, line style by which net, so that four lines
            read as two pairs; inputs without a colour of their own take the next free one.
        chance: accuracy of guessing, drawn as a thin line, 0..1.
        title: heading of the figure.

    Raises:
        InvalidInput: `curves` is empty, or steps and accuracies differ in length.
    """
    if not curves:
        raise InvalidInput("no curve to draw: give at least one detector's convergence")
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
        "guessing", (1, 100 * chance), (-2, 3), xycoords=("axes fraction", "data"),
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
