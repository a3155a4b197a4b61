"""The one look of every figure: colours, sizes, grid, and how a sheet is begun.

Nothing here touches matplotlib's global state: no pyplot, no rcParams. A figure is an object that is made,
dressed and handed back, so two threads may draw at the same time.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from subband.plots.lettering import Lettering

# Okabe & Ito (2008), "Color Universal Design". Their yellow is left out: it can't be read on white paper.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
INK, FADED, RULE = "#1d1f24", "#5d6370", "#d9dce2"

LEVELS = "cividis"  # sequential, even in lightness, made for colour-blind readers
CHANGES = "RdBu_r"  # diverging around zero, distinguishable by every common colour vision
HEAT = "magma"  # saliency: dark is "not looked at"

TITLE, LABEL, TICK = 10.0, 9.0, 8.0  # points; a sheet is shown at about 100 pixels per inch
WIDTH = 7.4  # inches: the text column of the report


def sheet(width: float = WIDTH, height: float = 3.2, *, title: str | None = None) -> Figure:
    """Return an empty white figure of `width` × `height` inches that lays itself out when it is drawn.

    All text in it is drawn as it stands, whatever characters it has; see `subband.plots.lettering`.
    """
    figure = Figure(figsize=(width, height), layout=Lettering(), facecolor="white")
    if title:
        figure.suptitle(title, fontsize=TITLE, color=INK, fontweight="bold")
    return figure


def dress(axes: Axes, *, title: str = "", x: str = "", y: str = "", grid: bool = True) -> None:
    """Give axes their title and labels (with units), readable ticks, two spines and a light grid."""
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


def legend(place: Axes | Figure, **where) -> None:
    """Add a legend without a frame to axes or, for "outside …" places, to a figure."""
    place.legend(**{"fontsize": TICK, "frameon": False, "labelcolor": INK, "handlelength": 2.2} | where)


def colours(names: Sequence[str]) -> dict[str, str]:
    """Return one colour per name, the same in every figure: "real" is blue, the others follow in order.

    With more than six generated sources colours repeat; line styles (`strokes`) keep them apart.
    """
    ordered = ["real", *(name for name in names if name != "real")]
    return {name: PALETTE[0] if k == 0 else PALETTE[1 + (k - 1) % 6] for k, name in enumerate(ordered)}


def strokes(names: Sequence[str]) -> dict[str, str]:
    """Return one line style per name: solid for the first seven, then dashed, dash-dotted, dotted."""
    ordered = ["real", *(name for name in names if name != "real")]
    return {name: ("-", "--", "-.", ":")[max(0, k - 1) // 6 % 4] for k, name in enumerate(ordered)}
