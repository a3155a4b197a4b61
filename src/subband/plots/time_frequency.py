"""How one signal lies over time and frequency, as several transforms see it: one axis of each for all."""

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

COLOURS = "magma"  # even in lightness, and black where there is nothing, so that thin lines stand out
_LAW: dict[str, Any] = {
    "color": PALETTE[5],
    "linewidth": 0.9,
    "linestyle": (0, (4, 6)),
}  # gaps show what lies below
_VEIL = 0.22  # opacity of the cone of influence


def time_frequency(
    panels: Mapping[str, EnergyDensity],
    *,
    law: Law | None = None,
    decibels: tuple[float, float] = (-15.0, 25.0),
    columns: int = 2,
    title: str = "",
) -> Figure:
    """Draw energy densities of one signal with one time axis, one frequency axis in hertz and one scale.

    The scale is in decibels above a density that is the same everywhere: a panel with higher values holds the
    energy in a smaller area. Within the cone of influence, which is veiled, the ends of the signal are felt.

    Args:
        panels: title → density, row by row; a title may have several lines.
        law: times in seconds and the true frequency in hertz at each, drawn as a thin dashed line.
        decibels: values at the ends of the colours.
        columns: panels in a row.
        title: heading of the figure.

    Raises:
        InvalidInput: there is no panel, or the densities are of signals of different duration.
    """
    if not panels:
        raise InvalidInput("no panel to draw: give at least one energy density")
    durations = sorted({d.duration for d in panels.values()})
    if len(durations) > 1:
        raise InvalidInput(f"signals of {durations} s share no time axis: give densities of one signal")
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
    for axes in grid.flat[len(panels) - columns : len(panels)]:  # the lowest of each column
        axes.set_xlabel("time (s)", fontsize=LABEL, color=INK)
        axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        axes.set_ylabel("frequency (Hz)", fontsize=LABEL, color=INK)
    bar = figure.colorbar(mesh, ax=list(grid.flat), shrink=0.92, aspect=34, pad=0.015, extend="both")
    bar.set_label("energy density (dB; 0 = evenly spread)", fontsize=TICK, color=INK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2, width=0.6)
    bar.outline.set_visible(False)
    _explain(figure, law is not None, any(d.cone is not None for d in panels.values()))
    return figure


def _explain(figure: Figure, line: bool, cone: bool) -> None:
    """Say below what the line and the veil are, where there are any."""
    marks: list[Artist] = []
    if line:
        marks.append(Line2D([], [], label="true frequency", **_LAW))
    if cone:
        marks.append(Patch(label="cone of influence", facecolor=FADED, alpha=_VEIL))
    if marks:
        legend(figure, handles=marks, loc="outside lower center", ncols=2)


def _show(axes: Axes, d: EnergyDensity, decibels: tuple[float, float], even: float) -> QuadMesh:
    """Colour the cells in decibels above an even density, and veil the cone of influence."""
    level = 10 * np.log10(np.maximum(d.density / even, 1e-12))
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
