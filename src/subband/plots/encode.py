"""A figure as bytes. The same figure gives the same bytes: no dates, versions or random ids in the file."""

from io import BytesIO

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

DPI = 200  # twice the pixels a page shows it at, so that it is sharp on dense screens and in print


def png(figure: Figure, *, dpi: float = DPI) -> bytes:
    """Encode `figure` as PNG at `dpi` pixels per inch."""
    _settle(figure)
    file = BytesIO()
    FigureCanvasAgg(figure).print_figure(
        file, format="png", dpi=dpi, facecolor=figure.get_facecolor(), metadata={"Software": None}
    )
    return file.getvalue()


def svg(figure: Figure) -> bytes:
    """Encode `figure` as SVG with its text kept as text, which search and screen readers can use."""
    _settle(figure)
    file = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "subband", "svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_figure(
            file, format="svg", facecolor=figure.get_facecolor(), metadata={"Date": None, "Creator": None}
        )
    return file.getvalue()


def _settle(figure: Figure) -> None:
    """Lay the figure out once and for all: a layout that is solved again at every drawing creeps a little."""
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.execute(figure)
        figure.set_layout_engine("none")
