"""Aliasing: spectra before and after a non-linearity, and the share of aliased energy by frequency."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.plots.style import FADED, INK, PALETTE, dress, legend, sheet

_FLOOR = -110.0  # dB


def aliasing(
    spectra: Mapping[str, tuple[np.ndarray, np.ndarray]],
    shares: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    nyquist: float = 0.5,
    title: str = "",
) -> Figure:
    """Spectra above, one panel each, and the share of aliased energy of several layers below.

    Args:
        spectra: name -> frequencies in cycles a sample of the coarse grid, and amplitudes in dB; equally long.
        shares: name of a layer -> frequencies of its input, and aliased energy in dB of the input's.
        nyquist: of the coarse grid, marked in each spectrum.
        title: of the figure.

    Returns:
        The figure.
    """
    figure = sheet(height=4.6, title=title or None)
    rows = figure.add_gridspec(2, max(len(spectra), 1), height_ratios=(1, 1.3))
    for k, (name, (frequency, level)) in enumerate(spectra.items()):
        axes = figure.add_subplot(rows[0, k])
        level = np.maximum(level, _FLOOR)
        inside = frequency <= nyquist
        axes.fill_between(frequency, _FLOOR, np.where(inside, level, np.nan), color=PALETTE[0], linewidth=0)
        axes.fill_between(frequency, _FLOOR, np.where(~inside, level, np.nan), color=PALETTE[1], linewidth=0)
        axes.axvline(nyquist, color=INK, linewidth=0.8, linestyle=":")
        axes.set_ylim(_FLOOR, 5)
        dress(axes, title=name, x="cycles a sample", y="dB" if k == 0 else "", grid=False)
    axes = figure.add_subplot(rows[1, :])
    for k, (name, (frequency, share)) in enumerate(shares.items()):
        colour, dashes = PALETTE[k % len(PALETTE)], "-" if k < len(PALETTE) else "--"
        axes.plot(frequency, np.maximum(share, _FLOOR), dashes, color=colour, linewidth=1.4, label=name)
    axes.axhline(0, color=FADED, linewidth=0.6)
    dress(axes, x="frequency of the input, cycles a sample", y="aliased energy, dB of the input")
    legend(axes, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
