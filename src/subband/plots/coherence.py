"""Wavelet coherence over time and frequency: level of significance, phase arrows, cone of influence."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from subband.arrays.concrete import values
from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, LABEL, TICK, WIDTH, legend, sheet
from subband.transforms.continuous.coherence import WaveletCoherence

# Sequential, without its darkest part, so that black lines and arrows stay visible at all values.
COLOURS = ListedColormap(colormaps["YlGnBu"](np.linspace(0, 0.72, 256)))
_VEIL = 0.55  # opacity of the cone of influence
_MOST_COLUMNS = 1600  # more than a figure has pixels
_ARROWS = (34, 20)  # along time and frequency


def coherence(
    c: WaveletCoherence,
    *,
    level: Any = None,
    least: float | None = None,
    periods: bool = False,
    start: float = 0.0,
    unit: str = "s",
    names: tuple[str, str] = ("x", "y"),
    title: str = "",
) -> Figure:
    """Draw the coherence of two signals, their relative phase where they are coherent, and the cone of influence.

    An arrow points to the right in phase and to the left in antiphase; upwards, x leads by 90°, downwards, y does.

    Args:
        c: Result of `wavelet_coherence` for one pair of real signals.
        level: (S,) result of `coherence_significance`; a line encloses what is above.
        least: Coherence from which on phases are drawn, outside the cone of influence; by default `level`, or 0.5.
        periods: Whether the vertical axis has periods, short ones on top, in place of frequencies.
        start: Time of the first sample.
        unit: Name of the unit of time, the inverse of which `fs` was given in.
        names: Short names of x and y, for the legend.
        title: Title of the figure.

    Raises:
        InvalidInput: several pairs, another kind of result, fewer than two frequencies, negative ones, or levels of
            another shape.
    """
    if not isinstance(c, WaveletCoherence) or c.array.ndim != 2:
        raise InvalidInput(
            "can't draw c: give the result of wavelet_coherence for one pair of signals, e.g. of x[0] and y[0]"
        )
    frequencies = np.asarray(c.spec.frequencies)
    if len(frequencies) < 2 or frequencies.min() < 0:
        raise InvalidInput("c has no grid of frequencies above 0: draw two or more, of real signals")
    order = np.argsort(frequencies)
    frequencies, power, phase = frequencies[order], values(c.coherence)[order], values(c.phase)[order]
    times = start + np.arange(power.shape[1]) / c.spec.fs
    figure = sheet(WIDTH, 3.9, title=title or None)
    axes = figure.subplots()
    at = 1 / frequencies if periods else frequencies
    columns = slice(None, None, -(-len(times) // _MOST_COLUMNS))
    mesh = axes.pcolormesh(
        times[columns], at, power[:, columns], cmap=COLOURS, vmin=0, vmax=1, shading="gouraud", rasterized=True,
        zorder=0.1,
    )  # fmt: skip
    if level is not None:
        _enclose(axes, times[columns], at, power[:, columns], np.asarray(level, dtype=float), order)
    _shade(axes, times, at, c, periods)
    limit = (
        (0.5 if level is None else np.asarray(level, dtype=float)[order, None]) if least is None else least
    )
    _point(axes, times, at, (power >= limit) & values(c.trusted)[order].astype(bool), phase)
    _scale(axes, at, times, periods, unit)
    bar = figure.colorbar(mesh, ax=axes, aspect=28, pad=0.015)
    bar.set_label("coherence", fontsize=TICK, color=INK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2, width=0.6)
    bar.outline.set_visible(False)
    _explain(figure, names, level is not None)
    return figure


def _enclose(
    axes: Axes, times: np.ndarray, at: np.ndarray, power: np.ndarray, level: np.ndarray, order: np.ndarray
) -> None:
    """Line around what is above the level."""
    if level.shape != order.shape:
        raise InvalidInput(
            f"level has shape {level.shape}: give one for each of the {len(order)} frequencies"
        )
    limit = level[order][:, None]
    excess = np.ma.masked_invalid(np.where(np.isfinite(limit), power - limit, np.nan))
    if excess.count():
        axes.contour(times, at, excess, levels=[0.0], colors=[INK], linewidths=1.1, zorder=0.5)


def _shade(axes: Axes, times: np.ndarray, at: np.ndarray, c: WaveletCoherence, periods: bool) -> None:
    """Veil over the cone of influence."""
    with np.errstate(divide="ignore"):
        edge = values(c.cone_frequencies)
        edge = 1 / edge if periods else edge
    beyond = at.max() * 4 if periods else at.min() / 4
    edge = np.clip(edge, at.min() / 4, at.max() * 4)
    axes.fill_between(times, edge, beyond, facecolor="white", alpha=_VEIL, linewidth=0, zorder=0.9)
    axes.plot(times, edge, color=FADED, linewidth=0.8, linestyle=(0, (4, 3)))


def _point(axes: Axes, times: np.ndarray, at: np.ndarray, coherent: np.ndarray, phase: np.ndarray) -> None:
    """Arrows of the phase on a coarse grid, where the signals are coherent."""
    across, up = (
        np.unique(np.round((np.arange(count) + 0.5) * size / count).astype(int).clip(0, size - 1))
        for count, size in zip(_ARROWS, phase.shape[::-1], strict=True)
    )
    x, y = np.meshgrid(times[across], at[up])
    turn = phase[np.ix_(up, across)]
    shown = coherent[np.ix_(up, across)]
    axes.quiver(
        x[shown], y[shown], np.cos(turn[shown]), np.sin(turn[shown]), color=INK, pivot="middle", angles="uv",
        units="inches", scale=6.2, width=0.012, headwidth=4.2, headlength=4.2, headaxislength=3.8, zorder=3,
    )  # fmt: skip


def _scale(axes: Axes, at: np.ndarray, times: np.ndarray, periods: bool, unit: str) -> None:
    """Logarithmic axis of frequency or period, with plain numbers."""
    axes.set_yscale("log", base=2 if periods else 10)
    low, high = at.min(), at.max()
    axes.set(xlim=(times[0], times[-1]), ylim=(high, low) if periods else (low, high))
    if not periods:
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(f"time ({unit})", fontsize=LABEL, color=INK)
    inverse = "Hz" if unit == "s" else f"1/{unit}"
    label = f"period ({unit})" if periods else f"frequency ({inverse})"
    axes.set_ylabel(label, fontsize=LABEL, color=INK)
    axes.tick_params(which="both", labelsize=TICK, colors=FADED, length=3, width=0.6)
    for spine in axes.spines.values():
        spine.set(color=FADED, linewidth=0.6)


def _explain(figure: Figure, names: tuple[str, str], line: bool) -> None:
    """Legend of the line, the arrows and the veil."""
    marks: list[Artist] = [
        Patch(
            label="cone of influence",
            facecolor="#eceef2",
            edgecolor=FADED,
            linewidth=0.8,
            linestyle=(0, (4, 3)),
        ),
        _arrow("→", "in phase"),
        _arrow("↑", f"{names[0]} leads by 90°"),
    ]
    if line:
        marks.insert(0, Line2D([], [], label="significant", color=INK, linewidth=1.1))
    legend(figure, handles=marks, loc="outside lower center", ncols=len(marks), columnspacing=1.6)


def _arrow(sign: str, label: str) -> Line2D:
    return Line2D([], [], label=label, color=INK, linestyle="none", marker=f"${sign}$", markersize=8)
