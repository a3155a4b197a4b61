"""Stability of signal representations under deformation and translation, and energy by scattering order."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, PALETTE, TICK, dress, legend, sheet

STROKES = ("-", "--", ":", "-.")


def stability(
    slopes: Sequence[float],
    bent: Mapping[str, Mapping[str, np.ndarray]],
    shifts: Sequence[int],
    shifted: Mapping[str, np.ndarray],
    energy: Mapping[str, np.ndarray],
    *,
    title: str = "",
) -> Figure:
    """Draw three panels: changes by deformations, changes by translations, and energy by order.

    Args:
        slopes: ‖∇τ‖∞ of the deformations.
        bent: Signal → representation → (slopes,) ‖Φ(D_τ x) − Φ(x)‖ / ‖x‖.
        shifts: Translations c in samples.
        shifted: Representation → (shifts,) ‖Φ(x(· − c)) − Φ(x)‖ / ‖x‖.
        energy: Signal → (orders,) share of ‖x‖² in the scattering coefficients of each order, 0..1.
        title: Title of the figure.

    Raises:
        InvalidInput: an empty panel.

    Example:
        >>> import numpy as np
        >>> from subband.plots import stability
        >>> line = np.array([0.01, 0.1])
        >>> figure = stability(
        ...     slopes=[0.01, 0.1], bent={"chirp": {"scattering": line, "modulus of Fourier": 5 * line}},
        ...     shifts=[1, 8], shifted={"scattering": line}, energy={"chirp": np.array([0.6, 0.3, 0.1])},
        ... )
        >>> len(figure.axes)
        3
    """
    if not (bent and shifted and energy):
        raise InvalidInput("nothing to draw: give deformations, translations and energies")
    figure = sheet(height=6.4, title=title or None)
    grid = figure.add_gridspec(2, 2, height_ratios=(3, 2))
    _bent(figure.add_subplot(grid[0, 0]), slopes, bent)
    _shifted(figure.add_subplot(grid[0, 1]), shifts, shifted)
    _energy(figure.add_subplot(grid[1, :]), energy)
    return figure


def _bent(axes: Axes, slopes: Sequence[float], bent: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    names = list(dict.fromkeys(name for found in bent.values() for name in found))
    for k, found in enumerate(bent.values()):
        for name, values in found.items():
            axes.plot(
                slopes, values, STROKES[k % len(STROKES)], marker="o", ms=2.5, lw=1.4,
                color=PALETTE[names.index(name) % len(PALETTE)],
            )  # fmt: skip
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(list(slopes), labels=[f"{100 * s:g} %" for s in slopes])
    axes.minorticks_off()
    _room_below(axes)
    dress(axes, title="deformation: x(t − st)", x="slope s", y="‖Φ(D x) − Φ(x)‖ / ‖x‖")
    marks = [Line2D([], [], color=PALETTE[k % len(PALETTE)], lw=1.7, label=n) for k, n in enumerate(names)]
    marks += [
        Line2D([], [], ls=STROKES[k % len(STROKES)], color=FADED, lw=1.2, label=n) for k, n in enumerate(bent)
    ]
    legend(
        axes,
        handles=marks,
        loc="lower right",
        ncols=2,
        fontsize=TICK - 1,
        columnspacing=1.2,
        handlelength=1.8,
    )


def _shifted(axes: Axes, shifts: Sequence[int], shifted: Mapping[str, np.ndarray]) -> None:
    for k, (name, values) in enumerate(shifted.items()):
        whole = name == "signal"
        axes.plot(
            shifts, values, "--" if whole else "-", marker="o", ms=2.5, lw=1.4, label=name,
            color=FADED if whole else PALETTE[k % len(PALETTE)],
        )  # fmt: skip
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(list(shifts), labels=[str(c) for c in shifts])
    axes.minorticks_off()
    _room_below(axes)
    dress(axes, title="translation: x(t − c)", x="shift c (samples)", y="‖Φ(x(· − c)) − Φ(x)‖ / ‖x‖")
    legend(axes, loc="lower right", ncols=2, fontsize=TICK - 1, columnspacing=1.2, handlelength=1.8)


def _room_below(axes: Axes) -> None:
    """Extend a logarithmic axis by half its length downwards, for the legend."""
    lowest, highest = axes.get_ylim()
    axes.set_ylim(lowest * (lowest / highest) ** 0.5, highest)


def _energy(axes: Axes, energy: Mapping[str, np.ndarray]) -> None:
    names = list(energy)
    shares = 100 * np.array([energy[name] for name in names])
    place = np.arange(len(names))[::-1]
    left = np.zeros(len(names))
    for order, column in enumerate(shares.T):
        axes.barh(
            place, column, left=left, height=0.62, color=PALETTE[order % len(PALETTE)], label=f"order {order}"
        )
        for y, start, share in zip(place, left, column, strict=True):
            if share > 4:
                axes.text(
                    start + share / 2,
                    y,
                    f"{share:.1f}",
                    ha="center",
                    va="center",
                    fontsize=TICK - 0.5,
                    color="white",
                )
        left += column
    for y, whole in zip(place, left, strict=True):
        axes.text(101, y, f"{whole:.1f}", ha="left", va="center", fontsize=TICK, color=INK)
    axes.set_yticks(place, labels=names)
    axes.set_xlim(0, 108)
    dress(
        axes,
        title="energy by order",
        x="share of ‖x‖² in the coefficients of each order (%); right: sum",
    )
    axes.set_xticks(range(0, 101, 20))
    axes.grid(False, axis="y")
    legend(axes, loc="upper center", bbox_to_anchor=(0.5, -0.28), ncols=4)
