"""Explanation of a verdict: image, packets, saliency and source probabilities."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from subband.plots import bands
from subband.plots.style import FADED, HEAT, LABEL, LEVELS, PALETTE, TICK, colours, dress, sheet

NOTE = 150  # characters of a line below the panels
LINE = 0.17  # its height in inches


def explanation(
    photo: np.ndarray,
    packets: np.ndarray,
    saliency: np.ndarray,
    sources: Mapping[str, float],
    *,
    verdict: str,
    notes: Sequence[str] = (),
    crop: tuple[int, int, int] | None = None,
) -> Figure:
    """Draw an image, its packets, their saliency, and the probability of every source.

    Args:
        photo: (H, W, 3) uint8 image.
        packets: (F, F) or (F, F, h, w), ln|c| in frequency order.
        saliency: Saliency of the packets, 0..1, of the same shape.
        sources: Source → probability, 0..1.
        verdict: Title of the figure.
        notes: Sentences below the panels: the reason, and what is known of the detector.
        crop: Row, column and side, in pixels, of the explained crop; drawn as a frame.
    """
    lines = [line for note in notes for line in textwrap.wrap(note, NOTE)]
    figure = sheet(10.4, 3.3 + LINE * len(lines), title=verdict)
    rows = figure.add_gridspec(
        2, 4, width_ratios=(1, 1.12, 1.12, 0.9), height_ratios=(3.3, LINE * len(lines) or 0.01)
    )
    left, middle, right, bars = (figure.add_subplot(rows[0, k]) for k in range(4))
    below = figure.add_subplot(rows[1, :])
    below.set_axis_off()
    for k, line in enumerate(lines):
        below.text(0, 1 - (k + 0.5) / len(lines), line, fontsize=TICK, color=FADED, va="center")
    left.imshow(photo, interpolation="nearest")
    left.set_title(f"image, {photo.shape[1]} × {photo.shape[0]} pixels", fontsize=LABEL)
    if crop is not None:
        row, column, side = crop
        frame = {"xy": (column - 0.5, row - 0.5), "width": side, "height": side, "fill": False, "zorder": 3}
        left.add_patch(Rectangle(**frame, edgecolor="white", linewidth=2.6))
        left.add_patch(Rectangle(**frame, edgecolor=PALETTE[1], linewidth=1.3))
        left.annotate(
            "the crop on the right", (0.5, 0), (0, -6), xycoords="axes fraction", textcoords="offset points",
            ha="center", va="top", fontsize=TICK, color=PALETTE[1],
        )  # fmt: skip
    left.set_axis_off()

    image = bands.show(middle, packets, cmap=LEVELS, limits=_spread(packets))
    middle.set_title("packets", fontsize=LABEL)
    _bar(figure, image, middle, "ln |coefficient| (nats)")
    image = bands.show(
        right, saliency, cmap=HEAT, limits=(0.0, float(np.max(saliency)) or 1.0), labels=(True, False)
    )
    right.set_title("saliency of the packets", fontsize=LABEL)
    _bar(figure, image, right, "saliency (0–1)")

    names = list(sources)
    colour = colours(names)
    y = np.arange(len(names))[::-1]
    bars.barh(y, [100 * sources[name] for name in names], 0.6, color=[colour[name] for name in names])
    for height, name in zip(y, names, strict=True):
        bars.annotate(
            f"{100 * sources[name]:.0f} %", (100 * sources[name], height), (3, 0), textcoords="offset points",
            va="center", fontsize=TICK, color=FADED,
        )  # fmt: skip
    bars.set_yticks(y, names)
    bars.set_xlim(0, 118)
    bars.set_xticks((0, 50, 100))
    dress(bars, title="source", x="probability (%)")
    return figure


def _spread(packets: np.ndarray) -> tuple[float, float]:
    """Colour limits from percentiles: exact zeros, with very low logarithms, would compress the range."""
    low, high = np.percentile(packets, (2, 99.8))
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)


def _bar(figure: Figure, image, axes, label: str) -> None:
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label(label, fontsize=TICK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2)
    bar.outline.set_visible(False)
