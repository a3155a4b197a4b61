"""Test error against the size of the training set."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from subband.errors import InvalidInput
from subband.plots.style import PALETTE, dress, legend, sheet


@dataclass(frozen=True)
class ErrorCurve:
    """One method: training `sizes` (T,), mean `errors` (T,) and, if known, 95 % `intervals` (T, 2), in per cent."""

    sizes: np.ndarray
    errors: np.ndarray
    intervals: np.ndarray | None = None


def error_curves(
    ours: Mapping[str, ErrorCurve], published: Mapping[str, ErrorCurve], *, title: str = ""
) -> Figure:
    """Draw test error against training size on logarithmic axes: ours with intervals, published values dotted.

    Args:
        ours: Method → curve.
        published: Method → published curve, in the colour of ours.
        title: Title of the figure.

    Raises:
        InvalidInput: no curve, or sizes and errors of different lengths.

    Example:
        >>> import numpy as np
        >>> from subband.plots import ErrorCurve, error_curves
        >>> sizes = np.array([300, 1000, 5000])
        >>> ours = ErrorCurve(sizes, np.array([5.0, 2.5, 1.1]), intervals=np.array([[4, 6], [2, 3], [0.9, 1.3]]))
        >>> published = ErrorCurve(sizes, np.array([4.7, 2.3, 1.0]))
        >>> figure = error_curves({"scattering": ours}, {"scattering": published})
        >>> figure.axes[0].get_yscale()
        'log'
    """
    if not ours:
        raise InvalidInput("no curve to draw: give the errors of at least one method")
    figure = sheet(height=4.8, title=title or None)
    draw_error_curves(figure.add_subplot(), ours, published)
    legend(figure, loc="outside lower center", ncols=2)
    return figure


def draw_error_curves(
    axes: Axes, ours: Mapping[str, ErrorCurve], published: Mapping[str, ErrorCurve]
) -> None:
    """`error_curves` without sheet and legend."""
    colours = {name: PALETTE[k % len(PALETTE)] for k, name in enumerate(dict.fromkeys([*ours, *published]))}
    for name, curve in ours.items():
        _check(name, curve)
        axes.plot(curve.sizes, curve.errors, "o-", color=colours[name], lw=1.7, ms=4, label=name)
        if curve.intervals is not None:
            axes.fill_between(curve.sizes, *curve.intervals.T, color=colours[name], alpha=0.13, linewidth=0)
    for name, curve in published.items():
        _check(name, curve)
        axes.plot(
            curve.sizes, curve.errors, "D:", color=colours[name], lw=1.1, ms=3.5, markerfacecolor="white",
            label=f"{name}, published",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    sizes = sorted({int(n) for curve in (*ours.values(), *published.values()) for n in curve.sizes})
    axes.set_xticks(sizes, labels=[f"{n / 1000:g}k" if n >= 1000 else str(n) for n in sizes])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda error, _: f"{error:g}"))
    lowest, highest = axes.get_ylim()
    marks = [mark for mark in (0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20, 50) if lowest <= mark <= highest]
    axes.set_yticks(marks)
    axes.yaxis.set_minor_formatter(NullFormatter())
    dress(axes, x="training images", y="test error (%)")
    axes.minorticks_off()


def _check(name: str, curve: ErrorCurve) -> None:
    if len(curve.sizes) != len(curve.errors):
        raise InvalidInput(f"curve {name!r} has {len(curve.sizes)} sizes but {len(curve.errors)} errors")
