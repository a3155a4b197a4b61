"""Common style of the figures: colours, sizes, grid and legend.

No global state of matplotlib (pyplot, rcParams) is used, so threads may draw at the same time.
"""

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from subband.plots.lettering import Lettering

# Okabe & Ito (2008), "Color Universal Design". Without their yellow, which is illegible on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
INK, FADED, RULE = "#1d1f24", "#5d6370", "#d9dce2"

LEVELS = "cividis"  # sequential, perceptually uniform, also for colour-blind readers
CHANGES = "RdBu_r"  # diverging around zero, also for colour-blind readers
HEAT = "magma"  # saliency: dark is zero

TITLE, LABEL, TICK = 10.0, 9.0, 8.0  # points; figures are displayed at about 100 pixels per inch
WIDTH = 7.4  # inches: the text column of the report


def sheet(width: float = WIDTH, height: float = 3.2, *, title: str | None = None) -> Figure:
    """Empty white figure, `width` × `height` inches, with constrained layout and literal text."""
    figure = Figure(figsize=(width, height), layout=Lettering(), facecolor="white")
    if title:
        figure.suptitle(title, fontsize=TITLE, color=INK, fontweight="bold")
    return figure


def dress(axes: Axes, *, title: str = "", x: str = "", y: str = "", grid: bool = True) -> None:
    """Set title, labels (with units), tick style, two spines and a light grid."""
    axes.set_title(title, fontsize=LABEL, color=INK)
    axes.set_xlabel(x, fontsize=LABEL, color=INK)
    axes.set_ylabel(y, fontsize=LABEL, color=INK)
    axes.tick_params(labelsize=TICK, colors=FADED, length=3, width=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=FADED, linewidth=0.6)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(True, color=RULE, linewidth=0.6)


def annotate_wrapped(
    axes: Axes,
    text: str,
    xy: tuple[float, float],
    offset: tuple[float, float] = (0, 0),
    *,
    characters: int,
    size: float,
    rotation: int = 0,
    **options: Any,
) -> None:
    """Annotate a point with text in lines of at most `characters`; the last line is at `offset` points.

    Line by line, because a line break in a name is drawn escaped (`subband.plots.lettering`).
    """
    x, y = -math.sin(math.radians(rotation)), math.cos(math.radians(rotation))  # towards the line before
    for k, line in enumerate(reversed(wrap(text, characters))):
        away = 1.2 * size * k
        axes.annotate(
            line, xy, (offset[0] + away * x, offset[1] + away * y), textcoords="offset points",
            fontsize=size, rotation=rotation, color=INK, **options,
        )  # fmt: skip


def legend(parent: Axes | Figure, **options) -> None:
    """Add a legend without a frame to axes or, with loc="outside …", to a figure."""
    parent.legend(**{"fontsize": TICK, "frameon": False, "labelcolor": INK, "handlelength": 2.2} | options)


def colours(names: Sequence[str]) -> dict[str, str]:
    """One colour per name: blue for "real", the others in order, repeating after six (see `strokes`)."""
    ordered = ["real", *(name for name in names if name != "real")]
    return {name: PALETTE[0] if k == 0 else PALETTE[1 + (k - 1) % 6] for k, name in enumerate(ordered)}


def strokes(names: Sequence[str]) -> dict[str, str]:
    """One line style per name: solid for the first seven, then dashed, dash-dotted, dotted."""
    ordered = ["real", *(name for name in names if name != "real")]
    return {name: ("-", "--", "-.", ":")[max(0, k - 1) // 6 % 4] for k, name in enumerate(ordered)}
