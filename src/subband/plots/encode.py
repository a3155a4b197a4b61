"""Encoding of figures as PNG and SVG; deterministic, without dates, versions or random ids."""

from io import BytesIO

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

DPI = 200  # twice the display resolution, for dense screens and print


def png(figure: Figure, *, dpi: float = DPI) -> bytes:
    """Encode `figure` as PNG at `dpi` pixels per inch."""
    _fix_layout(figure)
    file = BytesIO()
    FigureCanvasAgg(figure).print_figure(
        file, format="png", dpi=dpi, facecolor=figure.get_facecolor(), metadata={"Software": None}
    )
    return file.getvalue()


def svg(figure: Figure) -> bytes:
    """Encode `figure` as SVG; text stays text, for search and screen readers.

    Example:
        >>> import numpy as np
        >>> from subband.plots import confusion, svg
        >>> text = svg(confusion(np.eye(2, dtype=int), ["real", "GAN"])).decode()
        >>> "<svg" in text, ">GAN<" in text  # words stay words
        (True, True)
    """
    _fix_layout(figure)
    file = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "subband", "svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_figure(
            file, format="svg", facecolor=figure.get_facecolor(), metadata={"Date": None, "Creator": None}
        )
    return file.getvalue()


def _fix_layout(figure: Figure) -> None:
    """Lay out the figure once: constrained layout, repeated at every drawing, changes a little each time.

    Positions are rounded, as its solver's last digits depend on where objects lie in memory, and ids in SVG are
    digests of all digits.
    """
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.execute(figure)
        figure.set_layout_engine("none")
        for part in figure.subfigs:
            part.bbox_relative.set_points(np.round(part.bbox_relative.get_points(), 9))
        for axes in figure.axes:
            for which in ("original", "active"):
                box = axes.get_position(original=which == "original")
                axes.set_position(tuple(np.round(box.bounds, 9)), which=which)
