"""Activations of complex numbers: modulus and phase of the output over the plane."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import LEVELS, TICK, dress, sheet


def complex_surfaces(values: Mapping[str, np.ndarray], extent: float, *, title: str = "") -> Figure:
    """Draw |f(z)| above arg f(z), one function a column.

    Args:
        values: Name → (n, n) complex f(z), rows from Im z = −extent upwards, columns from Re z = −extent.
        extent: Half the side of the square, so that axes show numbers.
        title: Of the figure.

    Raises:
        InvalidInput: nothing to draw.
    """
    if not values:
        raise InvalidInput("no function to draw: give the values of one at least")
    figure = sheet(width=1.9 * len(values) + 0.6, height=4.2, title=title or None)
    sides = (-extent, extent, -extent, extent)
    for k, (name, z) in enumerate(values.items()):
        for row, (part, colours, limits) in enumerate(
            ((np.abs(z), LEVELS, (0, None)), (np.angle(z), "twilight", (-np.pi, np.pi)))
        ):
            axes = figure.add_subplot(2, len(values), row * len(values) + k + 1)
            shown = axes.imshow(
                part, origin="lower", extent=sides, cmap=colours, vmin=limits[0], vmax=limits[1]
            )
            bar = figure.colorbar(shown, ax=axes, fraction=0.046)
            bar.ax.tick_params(labelsize=TICK - 2)
            label = ("modulus", "phase")[row] if k == 0 else ""
            dress(axes, title=name if row == 0 else "", x="Re z" if row else "", y=label, grid=False)
    return figure
