"""Figures for a dark page: the same figure with light text and lines; maps and palette stay."""

from matplotlib.artist import Artist
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.spines import Spine
from matplotlib.text import Text

from subband.plots.style import FADED, INK, PALETTE, RULE

PAPER = "#171a21"
LIGHT = {INK: "#eceef2", "#000000": "#eceef2", FADED: "#a3aab8", RULE: "#343a46", PALETTE[0]: "#4aa8e0"}
"""Colour on white → colour on a dark page."""


def darkened(figure: Figure) -> Figure:
    """Recolour a figure, in place, for a dark page.

    Example:
        >>> import numpy as np
        >>> from matplotlib.colors import to_hex
        >>> from subband.plots import confusion, darkened
        >>> figure = darkened(confusion(np.eye(2, dtype=int), ["real", "GAN"]))
        >>> to_hex(figure.get_facecolor()), to_hex(figure.axes[0].title.get_color())
        ('#171a21', '#eceef2')
    """
    figure.set_facecolor(PAPER)
    for axes in figure.axes:
        axes.set_facecolor(PAPER)
    for part in figure.findobj(_is_drawn):
        if isinstance(part, Spine):
            part.set_edgecolor(_light(part.get_edgecolor()))
        elif isinstance(part, Text | Line2D):
            part.set_color(_light(part.get_color()))
    return figure


def _is_drawn(part: Artist) -> bool:
    return isinstance(part, Text | Line2D | Spine)


def _light(colour) -> str:
    dark = to_hex(colour)
    return {key.lower(): value for key, value in LIGHT.items()}.get(dark, dark)
