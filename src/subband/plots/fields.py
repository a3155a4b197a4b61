"""Fields and their measures: realisations side by side, curves of real and synthesised windows."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, LABEL, PALETTE, WIDTH, dress, legend, sheet


class Curves(Protocol):
    """A measure of windows, real and synthesised; (windows, P) each."""

    @property
    def name(self) -> str: ...
    @property
    def at(self) -> np.ndarray: ...
    @property
    def real(self) -> np.ndarray: ...
    @property
    def synthesised(self) -> np.ndarray: ...
    @property
    def distance(self) -> float: ...
    @property
    def floor(self) -> float: ...


AXES = {
    "spectrum": ("frequency (cycles/sample)", "power (dB)"),
    "marginal": ("probability", "quantile (standard deviations)"),
    "structure": ("lag (samples)", "log₂ ⟨|δx|^q⟩, q = 1, 2, 4"),
}


def measures(curves: Sequence[Curves], *, title: str = "") -> Figure:
    """Draw each measure: range and mean of real windows, mean of synthesised ones.

    Raises:
        InvalidInput: no measure.

    Example:
        >>> from types import SimpleNamespace
        >>> import numpy as np
        >>> from subband.plots import measures
        >>> windows, at = np.random.default_rng(0).normal(size=(2, 5, 8)), np.linspace(0.05, 0.5, 8)
        >>> spectrum = SimpleNamespace(
        ...     name="spectrum", at=at, real=windows[0], synthesised=windows[1], distance=0.3, floor=0.2
        ... )
        >>> measures([spectrum]).axes[0].get_xlabel()
        'frequency (cycles/sample)'
    """
    if not curves:
        raise InvalidInput("no measure to draw: give validate=('spectrum',) to synthesise")
    figure = sheet(height=2.9, title=title or None)
    panels = figure.subplots(1, len(curves), squeeze=False)[0]
    for axes, curve in zip(panels, curves, strict=True):
        _measure(axes, curve)
    return figure


def _measure(axes: Axes, curve: Curves) -> None:
    parts = np.split(np.arange(len(curve.at)), np.flatnonzero(np.diff(curve.at) <= 0) + 1)
    for k, part in enumerate(parts):
        at, real, made = curve.at[part], curve.real[:, part], curve.synthesised[:, part]
        labels = ("real, range", "real, mean", "synthesised, mean") if k == 0 else (None,) * 3
        axes.fill_between(at, real.min(0), real.max(0), color=FADED, alpha=0.25, lw=0, label=labels[0])
        axes.plot(at, real.mean(0), color=FADED, lw=1.6, label=labels[1])
        axes.plot(at, made.mean(0), "--", color=PALETTE[1], lw=1.6, label=labels[2])
    if curve.name != "marginal":
        axes.set_xscale("log", base=2)
    x, y = AXES.get(curve.name, ("", curve.name))
    dress(axes, title=f"{curve.name}: {curve.distance:.3g}, real–real {curve.floor:.3g}", x=x, y=y)
    legend(axes)


def fields(strips: Mapping[str, np.ndarray], *, columns: int = 6, title: str = "") -> Figure:
    """Draw strips of fields in grey, all of one strip on one scale.

    Args:
        strips: Name → (n, rows, columns); the first `columns` are drawn.
        columns: Fields in a strip.
        title: Title of the figure.

    Raises:
        InvalidInput: no strip, or arrays of another rank.
    """
    if not strips or any(x.ndim != 3 for x in strips.values()):
        raise InvalidInput("give one strip of fields (n, rows, columns) or more")
    side = WIDTH / columns
    figure = sheet(WIDTH, 0.3 + len(strips) * (side + 0.22), title=title or None)
    grid = figure.subplots(len(strips), columns, squeeze=False)
    for row, (name, x) in zip(grid, strips.items(), strict=True):
        low, high = np.quantile(x, [0.002, 0.998])
        for k, axes in enumerate(row):
            axes.set_axis_off()
            if k < len(x):
                axes.imshow(x[k], cmap="gray", vmin=low, vmax=high, interpolation="nearest")
        row[0].set_title(name, fontsize=LABEL, loc="left", pad=3)
    return figure


def lines(
    panels: Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray]]],
    *,
    labels: Mapping[str, tuple[str, str]],
    logarithmic: str = "",
    title: str = "",
    columns: int = 3,
) -> Figure:
    """Draw panels of named lines.

    Args:
        panels: Title → name → (x, y); y of shape (P,), or (2, P) for a range.
        labels: Title → labels of x and y.
        logarithmic: Titles of panels with logarithmic axes, joined by ";": "name:x", "name:xy".
        title: Title of the figure.
        columns: Panels in a row.

    Raises:
        InvalidInput: no panel.
    """
    if not panels:
        raise InvalidInput("no panel to draw")
    rows = -(-len(panels) // columns)
    wide = min(columns, len(panels))
    figure = sheet(height=0.3 + 2.7 * rows, title=title or None)
    grid = figure.subplots(rows, wide, squeeze=False).ravel()
    scales = dict(part.split(":") for part in logarithmic.split(";") if part)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    for axes, (name, drawn) in zip(grid, panels.items(), strict=False):
        for k, (line, (x, y)) in enumerate(drawn.items()):
            colour = FADED if line.startswith(("real", "exact")) else PALETTE[k % len(PALETTE)]
            if np.ndim(y) == 2:
                axes.fill_between(x, y[0], y[1], color=colour, alpha=0.25, lw=0, label=line)
            else:
                axes.plot(x, y, "-" if k == 0 else "--", color=colour, lw=1.5, label=line)
        for axis in scales.get(name, ""):
            (axes.set_xscale if axis == "x" else axes.set_yscale)("log")
        x_label, y_label = labels.get(name, ("", ""))
        dress(axes, title=name, x=x_label, y=y_label)
        legend(axes)
    return figure
