"""Does "90 % sure" mean right nine times in ten?"""

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.style import FADED, PALETTE, TICK, dress, legend, sheet


def reliability(
    confidence: np.ndarray,
    observed: np.ndarray,
    count: np.ndarray,
    *,
    error: float,
    title: str = "Calibration",
) -> Figure:
    """Draw a reliability diagram: said probability against observed share, and images per bin.

    Args:
        confidence: (B,) mean probability "generated" of each bin, 0..1.
        observed: (B,) share of generated images in it, 0..1.
        count: (B,) images in it; empty bins are not drawn.
        error: expected calibration error, 0..1.
        title: heading of the figure.

    Raises:
        InvalidInput: the three arrays differ in length or every bin is empty.
    """
    confidence, observed, count = map(np.asarray, (confidence, observed, count))
    if not confidence.shape == observed.shape == count.shape or not count.sum():
        raise InvalidInput(
            f"reliability needs three arrays of one length and an image in some bin; shapes are "
            f"{confidence.shape}, {observed.shape}, {count.shape}"
        )
    filled = count > 0
    figure = sheet(4.2, 4.2)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color=FADED, linewidth=0.8, linestyle="--", label="perfectly calibrated")
    upper.plot(
        confidence[filled], observed[filled], "-o", color=PALETTE[0], linewidth=1.5, markersize=4,
        label=f"detector (calibration error {100 * error:.1f} %)",
    )  # fmt: skip
    upper.set(xlim=(0, 1), ylim=(-0.03, 1.03))
    dress(upper, title=title, y="share that is generated")
    legend(upper, loc="upper left")
    lower.bar(confidence[filled], count[filled], width=0.04, color=PALETTE[5])
    lower.set_yscale("symlog", linthresh=1)
    dress(lower, x='said probability of "generated"', y="images")
    lower.tick_params(labelsize=TICK - 1, axis="y")
    return figure
