"""Rate–distortion curves of image codecs."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, PALETTE, TICK, dress, legend, sheet

MARKS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2, 1.6, 2.4, 3.2)  # bits a pixel


def rate_distortion(
    panels: Mapping[str, Mapping[str, np.ndarray]],
    *,
    published: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    title: str = "",
) -> Figure:
    """Draw PSNR against bits a pixel, one panel for each set of images.

    Args:
        panels: Title → codec → (points, 2) bits a pixel and dB.
        published: Name → points from the literature, drawn into the first panel.
        title: Title of the figure.

    Raises:
        InvalidInput: no curve.

    Example:
        >>> import numpy as np
        >>> from subband.plots import rate_distortion
        >>> curves = {"JPEG": np.array([[0.3, 29], [1.0, 34]]), "fractal": np.array([[0.3, 28], [1.0, 32]])}
        >>> figure = rate_distortion({"Kodak": curves}, published={"Fisher 1995": [(0.5, 30.0)]})
        >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
        ('bits a pixel', 'PSNR (dB)')
    """
    if not any(panels.values()):
        raise InvalidInput("no curve to draw: give the points of at least one codec")
    figure = sheet(height=3.6, title=title or None)
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    for axes, (panel, curves) in zip(row, panels.items(), strict=True):
        for name, points in curves.items():
            ordered = np.asarray(points)[np.argsort(np.asarray(points)[:, 0])]
            axes.plot(
                *ordered.T, "o-", ms=3, lw=1.5, color=PALETTE[names.index(name) % len(PALETTE)], label=name
            )
        axes.set_xscale("log", base=2)
        lowest, highest = axes.get_xlim()
        axes.set_xticks([bits for bits in MARKS if lowest <= bits <= highest])
        axes.xaxis.set_major_formatter(lambda bits, _: f"{bits:g}")
        dress(axes, title=panel, x="bits a pixel", y="PSNR (dB)")
    for name, points in (published or {}).items():
        for k, (bits, level) in enumerate(points):
            row[0].plot(bits, level, "x", ms=5, color=FADED)
            if k == 0:
                row[0].annotate(
                    name, (bits, level), (4, -8), textcoords="offset points", fontsize=TICK - 1, color=INK
                )
    handles, labels = row[0].get_legend_handles_labels()
    legend(figure, handles=handles, labels=labels, loc="outside lower center", ncols=len(names))
    return figure
