"""Units of the codes of a variational autoencoder: what each changes, and how much it holds."""

from typing import Protocol

import numpy as np
from matplotlib.figure import Figure

from subband.plots.samples import mosaic
from subband.plots.style import FADED, INK, LABEL, PALETTE, RULE, TICK, WIDTH, dress, legend, sheet


class CodesLike(Protocol):
    """The part of a report on codes that is drawn; see `subband.generate.Codes`."""

    @property
    def active(self) -> np.ndarray: ...
    @property
    def divergence(self) -> np.ndarray: ...
    @property
    def shown(self) -> np.ndarray: ...
    @property
    def values(self) -> np.ndarray: ...
    @property
    def traversals(self) -> np.ndarray: ...


def latent_units(codes: CodesLike, *, title: str = "") -> Figure:
    """Draw images with one unit changed at a time, and each unit's divergence from the prior, in falling order.

    Args:
        codes: report on the units, of `subband.generate.evaluate`.
        title: of the figure.

    Example:
        >>> from types import SimpleNamespace
        >>> codes = SimpleNamespace(
        ...     active=np.array([True, False]), divergence=np.array([2.0, 0.0]), shown=np.array([0]),
        ...     values=np.ones((1, 3)), traversals=np.zeros((1, 3, 8, 8, 1), np.uint8),
        ... )
        >>> len(latent_units(codes).axes)
        2
    """
    rows, columns = codes.traversals.shape[:2]
    active = codes.active
    if not title:
        title = f"Codes: {int(active.sum())} of {len(active)} units are active"
    figure = sheet(WIDTH, 0.9 + 0.36 * max(rows, 4), title=title)
    left, right = figure.subplots(1, 2, width_ratios=(columns * 0.36, 3.2))
    picture = mosaic(codes.traversals.reshape(-1, *codes.traversals.shape[2:]), columns=columns)
    left.imshow(picture if picture.shape[2] == 3 else picture[..., 0], cmap="gray", vmin=0, vmax=255)
    height = picture.shape[0] / rows
    names = [f"unit {unit}" for unit in codes.shown]
    left.set_yticks(height * (np.arange(rows) + 0.5), names, fontsize=TICK, color=FADED)
    left.set_xticks([])
    left.tick_params(length=0)
    for side in left.spines.values():
        side.set_visible(False)
    left.set_title("one unit from −2.5 to 2.5 deviations", fontsize=LABEL, color=INK)
    order = np.argsort(-codes.divergence, kind="stable")
    place = np.arange(len(order))
    for chosen, colour, name in ((active, PALETTE[0], "active"), (~active, RULE, "collapsed to the prior")):
        where = chosen[order]
        if where.any():
            right.bar(place[where], codes.divergence[order][where], 0.8, color=colour, label=name)
    dress(
        right,
        title="information in each unit",
        x="unit, in falling order",
        y="KL divergence from N(0, 1) (nats)",
    )
    legend(right, loc="upper right")
    return figure
