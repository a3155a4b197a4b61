"""Scalograms of sounds beside their rate–scale planes, by direction of frequency modulation."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import HEAT, INK, LABEL, LEVELS, TICK, WIDTH, dress, sheet


class Moving(NamedTuple):
    """One sound.

    Attributes:
        scalogram: (F, T) modulus.
        frequencies: (F,) hertz, ascending or descending.
        times: (T,) seconds.
        plane: (2, S, R) energy of falling patterns, then of rising ones.
        scales: (S,) cycles per octave, in any order.
        rates: (R,) hertz, in any order.
    """

    scalogram: np.ndarray
    frequencies: np.ndarray
    times: np.ndarray
    plane: np.ndarray
    scales: np.ndarray
    rates: np.ndarray


def rate_scale(sounds: Mapping[str, Moving], *, title: str = "") -> Figure:
    """Draw scalograms on the left and rate–scale planes on the right, falling patterns on the left half.

    The colours of each plane range from 0 to its maximum.

    Args:
        sounds: Title → sound, from top to bottom.
        title: Title of the figure.

    Raises:
        InvalidInput: no sound, or a plane and its axes differ in size.
    """
    if not sounds:
        raise InvalidInput("no sound to draw: give at least one")
    figure = sheet(WIDTH, 0.7 + 2.1 * len(sounds), title=title or None)
    grid = figure.subplots(len(sounds), 2, squeeze=False, width_ratios=(1.2, 1))
    for (name, sound), (left, right) in zip(sounds.items(), grid, strict=True):
        if np.shape(sound.plane) != (2, len(sound.scales), len(sound.rates)):
            raise InvalidInput(
                f"{name!r} has a plane of shape {np.shape(sound.plane)} for {len(sound.scales)} scales and "
                f"{len(sound.rates)} rates: give (2, scales, rates)"
            )
        left.pcolormesh(
            sound.times, sound.frequencies, sound.scalogram, cmap=HEAT, shading="nearest", rasterized=True
        )
        left.set_yscale("log", base=2)
        left.yaxis.set_major_formatter(lambda f, _: f"{f:.0f}")
        dress(left, title=name, y="frequency (Hz)", grid=False)
        _draw_plane(right, sound)
    dress(grid[-1, 0], title=grid[-1, 0].get_title(), x="time (s)", y="frequency (Hz)", grid=False)
    grid[-1, 1].set_xlabel("rate (Hz)", fontsize=LABEL, color=INK)
    return figure


def _draw_plane(axes: Axes, sound: Moving) -> None:
    """Draw the plane: falling patterns from fast to slow, then rising ones from slow to fast."""
    by_rate, by_scale = np.argsort(sound.rates), np.argsort(sound.scales)
    falling, rising = np.asarray(sound.plane)[:, by_scale][:, :, by_rate]
    rates = [f"{rate:.3g}" for rate in np.asarray(sound.rates)[by_rate]]
    axes.imshow(
        np.concatenate([falling[:, ::-1], rising], axis=1), origin="lower", aspect="auto", cmap=LEVELS, vmin=0
    )
    dress(axes, title="falling  |  rising", y="scale (cycles/octave)", grid=False)
    axes.axvline(len(rates) - 0.5, color="white", linewidth=1.2)
    ticks = [*range(0, 2 * len(rates), max(1, len(rates) // 4))]
    axes.set_xticks(ticks, [[*rates[::-1], *rates][tick] for tick in ticks], fontsize=TICK)
    axes.set_yticks(range(len(by_scale)), [f"{scale:.2g}" for scale in np.asarray(sound.scales)[by_scale]])
