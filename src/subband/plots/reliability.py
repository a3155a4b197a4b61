"""Reliability diagram: predicted probability against observed frequency."""

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, PALETTE, TICK, dress, legend, sheet

FEW = 10  # images; bins with fewer are hollow dots


def reliability(
    confidence: np.ndarray,
    observed: np.ndarray,
    count: np.ndarray,
    *,
    error: float,
    title: str = "Calibration",
) -> Figure:
    """Draw a reliability diagram: observed frequency against predicted probability, and images per bin.

    Bins of fewer than `FEW` images are hollow dots, not joined to the line: their frequency is mostly noise.

    Args:
        confidence: (B,) mean predicted probability of "generated" per bin, 0..1.
        observed: (B,) fraction of generated images per bin, 0..1.
        count: (B,) images per bin; empty bins are not drawn.
        error: Expected calibration error, 0..1.
        title: Title of the figure.

    Raises:
        InvalidInput: arrays of different lengths, or only empty bins.
    """
    confidence, observed, count = map(np.asarray, (confidence, observed, count))
    if not confidence.shape == observed.shape == count.shape or not count.sum():
        raise InvalidInput(
            f"give three arrays of one length with an image in some bin; their shapes are "
            f"{confidence.shape}, {observed.shape}, {count.shape}"
        )
    filled, few = count > 0, (count > 0) & (count < FEW)
    figure = sheet(4.2, 4.2)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color=FADED, linewidth=0.8, linestyle="--", label="perfectly calibrated")
    style = {"color": PALETTE[0], "markersize": 4, "clip_on": False}
    many = filled & ~few
    upper.plot(confidence[many], observed[many], "-o", linewidth=1.5, label="detector", **style)
    if few.any():
        label = f"fewer than {FEW} images"
        upper.plot(confidence[few], observed[few], "o", markerfacecolor="white", label=label, **style)
    upper.set(xlim=(0, 1), ylim=(-0.03, 1.03))
    dress(upper, title=f"{title}: error {100 * error:.1f} %", y="fraction generated")
    legend(upper, loc="lower right")
    lower.bar(confidence[filled], count[filled], width=0.04, color=PALETTE[5])
    lower.set_yscale("symlog", linthresh=1)
    dress(lower, x='predicted probability of "generated"', y="images")
    lower.tick_params(labelsize=TICK - 1, axis="y")
    return figure
