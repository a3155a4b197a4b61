"""Mean and standard deviation of each packet, from low to high frequency, as one curve per source."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.lettering import columns
from subband.plots.style import FADED, RULE, TICK, WIDTH, colours, dress, legend, sheet, strokes


def packet_curves(
    mean: Mapping[str, np.ndarray],
    std: Mapping[str, np.ndarray],
    *,
    title: str = "ln-packet coefficients, packet by packet (band: ± std)",
) -> Figure:
    """Draw the packets of each source as a curve, ordered by distance from zero frequency.

    Grey stripes mark packets of equal horizontal and vertical frequency.

    Args:
        mean: Source → (F, F) mean of ln|c| over images, channels and positions, in frequency order.
        std: Source → (F, F) standard deviation; drawn as a band and, below, as a curve.
        title: Title of the figure.

    Raises:
        InvalidInput: no source, or different sources or shapes in `mean` and `std`.

    Example:
        >>> import numpy as np
        >>> from subband.plots import packet_curves
        >>> mean = {"real": np.arange(16.0).reshape(4, 4), "GAN": np.ones((4, 4))}
        >>> figure = packet_curves(mean, {name: np.ones((4, 4)) for name in mean})
        >>> len(figure.axes), len(figure.axes[0].lines)
        (2, 2)
    """
    if not mean or mean.keys() != std.keys():
        raise InvalidInput(
            f"mean has sources {sorted(mean)} and std {sorted(std)}: both need the same, at least one"
        )
    shapes = {np.shape(values) for values in (*mean.values(), *std.values())}
    if len(shapes) > 1 or len(next(iter(shapes))) != 2:
        raise InvalidInput(
            f"packet curves have shapes {sorted(shapes)}: give one (F, F) array per source, all of one shape"
        )
    shape = shapes.pop()
    order = frequency_path(shape[0])
    vertical, horizontal = np.unravel_index(order, shape)

    figure = sheet(height=4.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for index in np.flatnonzero(vertical == horizontal):
        for axes in (upper, lower):
            axes.axvspan(index - 0.5, index + 0.5, color=RULE, alpha=0.7, linewidth=0)
    colour, stroke, x = colours(list(mean)), strokes(list(mean)), np.arange(order.size)
    for source in mean:
        look = {"linestyle": stroke[source], "color": colour[source], "linewidth": 1.6}
        centre, spread = np.ravel(mean[source])[order], np.ravel(std[source])[order]
        upper.plot(x, centre, label=source, **look)
        upper.fill_between(x, centre - spread, centre + spread, color=colour[source], alpha=0.08, linewidth=0)
        lower.plot(x, spread, **look)
    ticks = x[:: max(1, order.size // 16)]
    lower.set_xticks(ticks, [f"{vertical[t]},{horizontal[t]}" for t in ticks])
    lower.set_xlim(-0.5, order.size - 0.5)
    dress(upper, title=title, y="mean of ln |c| (nats)")
    dress(lower, x="packet (vertical, horizontal band), from low to high frequency", y="std of ln |c| (nats)")
    upper.annotate(
        "grey: on the diagonal", (1, 1), (-4, -4), xycoords="axes fraction", textcoords="offset points",
        ha="right", va="top", fontsize=TICK, color=FADED,
    )  # fmt: skip
    legend(upper, loc="lower left", ncols=columns(mean, min(4, len(mean)), width=0.85 * WIDTH, size=TICK))
    return figure


def frequency_path(bands: int) -> np.ndarray:
    """Flat indices of a (bands, bands) array, sorted by distance from zero frequency."""
    vertical, horizontal = np.divmod(np.arange(bands * bands), bands)
    return np.lexsort((horizontal, vertical, vertical**2 + horizontal**2))
