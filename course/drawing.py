"""Style of the course's figures. Nothing here is global, so a figure looks the same wherever it is drawn."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe & Ito (2008), "Color Universal Design".
BLUE, RED, GREEN, PINK, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
INK, FADED, RULE = "#1d1f24", "#5d6370", "#d9dce2"
COLOURS = (BLUE, RED, GREEN, PINK, ORANGE, SKY)


def sheet(title: str, width: float = 9.0, height: float = 6.0) -> Figure:
    """Empty white figure, `width` × `height` inches, with a bold title."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08, wspace=0.03, hspace=0.04)  # type: ignore[union-attr]
    figure.suptitle(title, fontsize=12, color=INK, fontweight="bold")
    return figure


def dress(axes: Axes, title: str = "", x: str = "", y: str = "", *, legend: bool = False) -> None:
    """Title, labels, two spines and a light grid; with `legend`, one without a frame."""
    axes.set_title(title, fontsize=9.5, color=INK)
    axes.set_xlabel(x, fontsize=8.5, color=INK)
    axes.set_ylabel(y, fontsize=8.5, color=INK)
    axes.tick_params(which="both", labelsize=8, colors=FADED, length=3, width=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=FADED, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.grid(True, color=RULE, linewidth=0.6)
    if legend:
        axes.legend(fontsize=8, frameon=False, labelcolor=INK, handlelength=1.8)


def show(axes: Axes, image, title: str = "", *, colours: str = "gray", **options) -> None:
    """An image without ticks; pixels are drawn as they are."""
    axes.imshow(image, cmap=colours, interpolation="nearest", **options)
    axes.set_title(title, fontsize=9, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(color=RULE, linewidth=0.6)


def save(figure: Figure, file: Path) -> None:
    """Write the figure as PNG, 120 pixels an inch."""
    FigureCanvasAgg(figure).print_figure(
        file, format="png", dpi=120, facecolor="white", metadata={"Software": None}
    )
