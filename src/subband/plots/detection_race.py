"""Detectors trained with equal processor time: validation error over time, and calibration on the test images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, PALETTE, TICK, dress, legend, sheet

_COLOURS = {"packets": PALETTE[0], "pixels": PALETTE[1]}
_MARKS = (0.2, 0.5, 1, 2, 3, 5, 10, 20, 30, 50)  # per cent
LINE = 1.15  # ratio of errors whose numbers would overlap
FEW = 20  # images; bins with fewer are not joined to the line


@dataclass(frozen=True, eq=False)
class Race:
    """One detector.

    Attributes:
        minutes: (T,) processor minutes.
        errors: (S, T) validation error, 0..1, one row per seed.
        final: error on the test images, 0..1.
        input: "packets" or "pixels"; sets the colour.
        predicted: (B,) mean predicted probability of "generated" on the test images, per bin.
        observed: (B,) frequency of generated images.
        count: (B,) number of images.
    """

    minutes: np.ndarray
    errors: np.ndarray
    final: float
    input: str
    predicted: np.ndarray
    observed: np.ndarray
    count: np.ndarray


def detection_race(races: Mapping[str, Race], *, title: str = "") -> Figure:
    """Draw error against time on logarithmic axes (mean ± std over seeds), and reliability diagrams.

    Args:
        races: Detector → its curves.
        title: Title of the figure.

    Raises:
        InvalidInput: no detector, or times and errors of different lengths.

    Example:
        >>> import numpy as np
        >>> from subband.plots import Race, detection_race
        >>> minutes, bins = np.array([0.1, 1.0, 10.0]), np.array([0.1, 0.5, 0.9])
        >>> errors, count = np.array([[0.4, 0.2, 0.1]]), np.array([50, 10, 50])
        >>> race = Race(minutes, errors, 0.1, "packets", predicted=bins, observed=bins, count=count)
        >>> figure = detection_race({"CNN on packets": race})
        >>> figure.axes[0].get_xscale(), len(figure.axes)
        ('log', 2)
    """
    if not races:
        raise InvalidInput("nothing to draw: give at least one detector")
    figure = sheet(height=3.9, title=title or None)
    left, right = figure.subplots(1, 2, width_ratios=(1.45, 1))
    heights = _apart([race.final for race in races.values()])
    for k, (name, race) in enumerate(races.items()):
        colour = _COLOURS.get(race.input, PALETTE[2 + k % 5])
        _errors(left, name, race, colour, heights[k])
        few = race.count < FEW
        right.plot(
            race.predicted[~few], race.observed[~few], "-o", color=colour, linewidth=1.4, markersize=3.5
        )
        thin = few & (race.count > 0)
        right.plot(
            race.predicted[thin],
            race.observed[thin],
            "o",
            color=colour,
            markersize=3.5,
            markerfacecolor="white",
        )
    seeds = max(np.atleast_2d(race.errors).shape[0] for race in races.values())
    left.set(xscale="log", yscale="log")
    left.set_xlim(right=4.5 * max(race.minutes[-1] for race in races.values()))  # room for the numbers
    left.xaxis.set_major_formatter(FuncFormatter(lambda minutes, _: f"{minutes:g}"))
    low, high = left.get_ylim()
    left.set_yticks([mark for mark in _MARKS if low <= mark <= high])
    left.yaxis.set_major_formatter(FuncFormatter(lambda error, _: f"{error:g}"))
    left.yaxis.set_minor_formatter(NullFormatter())
    left.tick_params(which="minor", length=0)
    dress(
        left,
        title=f"Validation error (mean ± std over {seeds} seeds); stars: test"
        if seeds > 1
        else "Validation error; stars: test",
        x="processor time of one core (minutes)",
        y="error (%)",
    )
    right.plot([0, 1], [0, 1], color=FADED, linewidth=0.8, linestyle="--")
    right.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    dress(
        right,
        title="Calibration on the test images",
        x='predicted probability of "generated"',
        y="fraction generated",
    )
    legend(figure, loc="outside lower center", ncols=2)
    return figure


def _apart(finals: Sequence[float]) -> list[float]:
    """How many points above its star each number stands, so that those of nearly equal errors can be read."""
    order = np.argsort(finals)
    sorted_finals = np.asarray(finals)[order]
    new = np.concatenate([[True], sorted_finals[1:] >= LINE * sorted_finals[:-1]])
    heights = np.zeros(len(finals))
    for group in np.split(order, np.flatnonzero(new)[1:]):
        heights[group] = TICK * (np.arange(len(group)) - (len(group) - 1) / 2)
    return heights.tolist()


def _errors(axes: Axes, name: str, race: Race, colour: str, height: float) -> None:
    minutes, errors = np.asarray(race.minutes), 100 * np.atleast_2d(race.errors)
    if errors.shape[1] != len(minutes):
        raise InvalidInput(f"curve {name!r} has {len(minutes)} times but {errors.shape[1]} errors")
    mean = errors.mean(0)
    spread = errors.std(0, ddof=1) if len(errors) > 1 else np.zeros_like(mean)
    axes.plot(minutes, mean, "-o", color=colour, linewidth=1.7, markersize=3, label=name)
    axes.fill_between(
        minutes, np.maximum(mean - spread, 0.05), mean + spread, color=colour, alpha=0.16, linewidth=0
    )
    axes.plot(
        minutes[-1:], [100 * race.final], "*", color=colour, markersize=11, markeredgecolor="white", zorder=4
    )
    axes.annotate(
        f"{100 * race.final:.2f} %", (minutes[-1], 100 * race.final), (7, height), textcoords="offset points",
        va="center", fontsize=TICK, color=INK,
    )  # fmt: skip
