"""Energy densities of one signal over time and frequency, from several transforms."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from subband.errors import InvalidInput
from subband.metrics.time_frequency import EnergyDensity, Law
from subband.plots.style import FADED, INK, LABEL, PALETTE, TICK, WIDTH, legend, sheet

COLOURS = "magma"  # perceptually uniform, black at zero, so that thin lines are visible
# Dashed, so that the density below stays visible.
_LAW: dict[str, Any] = {"color": PALETTE[5], "linewidth": 0.9, "linestyle": (0, (4, 6))}
_VEIL = 0.22  # opacity of the cone of influence


def time_frequency(
    panels: Mapping[str, EnergyDensity],
    *,
    law: Law | None = None,
    decibels: tuple[float, float] = (-15.0, 25.0),
    columns: int = 2,
    title: str = "",
) -> Figure:
    """Draw energy densities of one signal with common time, frequency and colour axes.

    The colour scale is in decibels relative to a uniform density: a panel with higher values concentrates the
    energy in a smaller area. The cone of influence, where boundary effects matter, is shaded.

    Args:
        panels: Title → density, row by row; a title may have several lines.
        law: Times in seconds and the true frequency in hertz at each, drawn as a thin dashed line.
        decibels: Values at the ends of the colour scale.
        columns: Panels per row.
        title: Title of the figure.

    Raises:
        InvalidInput: no panel, or densities of signals of different durations.
    """
    if not panels:
        raise InvalidInput("no panel to draw: give at least one energy density")
    durations = sorted({d.duration for d in panels.values()})
    if len(durations) > 1:
        raise InvalidInput(f"densities of signals of {durations} s: give densities of one signal")
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    figure = sheet(WIDTH, 0.9 + rows * (1.5 + 2.2 / columns), title=title or None)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    highest = max(float(d.frequency_edges[-1]) for d in panels.values())
    for axes, (name, d) in zip(grid.flat, panels.items(), strict=False):
        mesh = _show(axes, d, decibels, 1 / (d.duration * highest))
        if law is not None:
            axes.plot(*law, **_LAW)
        axes.set(xlim=(0, d.duration), ylim=(0, highest))
        axes.set_title(name, fontsize=LABEL, color=INK)
        axes.tick_params(labelsize=TICK, colors=FADED, length=3, width=0.6)
        for spine in axes.spines.values():
            spine.set(color=FADED, linewidth=0.6)
    for axes in grid.flat[len(panels) - columns : len(panels)]:  # the bottom panel of each column
        axes.set_xlabel("time (s)", fontsize=LABEL, color=INK)
        axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        axes.set_ylabel("frequency (Hz)", fontsize=LABEL, color=INK)
    bar = figure.colorbar(mesh, ax=list(grid.flat), shrink=0.92, aspect=34, pad=0.015, extend="both")
    bar.set_label("energy density (dB; 0 = uniform)", fontsize=TICK, color=INK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2, width=0.6)
    bar.outline.set_visible(False)
    _explain(figure, law is not None, any(d.cone is not None for d in panels.values()))
    return figure


def _explain(figure: Figure, line: bool, cone: bool) -> None:
    """Legend of the true frequency and the cone of influence, where drawn."""
    marks: list[Artist] = []
    if line:
        marks.append(Line2D([], [], label="true frequency", **_LAW))
    if cone:
        marks.append(Patch(label="cone of influence", facecolor=FADED, alpha=_VEIL))
    if marks:
        legend(figure, handles=marks, loc="outside lower center", ncols=2)


def _show(axes: Axes, d: EnergyDensity, decibels: tuple[float, float], uniform: float) -> QuadMesh:
    """Draw the density in decibels relative to `uniform`, and shade the cone of influence."""
    level = 10 * np.log10(np.maximum(d.density / uniform, 1e-12))
    mesh = axes.pcolormesh(
        d.time_edges,
        d.frequency_edges,
        level,
        cmap=COLOURS,
        vmin=decibels[0],
        vmax=decibels[1],
        rasterized=True,
    )
    axes.set_facecolor(mesh.get_cmap()(0.0))
    if d.cone is not None:
        for start, end in ((0, d.cone), (d.duration, d.duration - d.cone)):
            axes.fill_betweenx(d.frequencies, start, end, facecolor="white", alpha=_VEIL, linewidth=0)
            axes.plot(end, d.frequencies, color="white", linewidth=0.5, alpha=0.7)
    return mesh
