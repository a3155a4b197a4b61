"""Several makers of images: a number for each, and what their images look like."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.samples import mosaic
from subband.plots.style import INK, LABEL, PALETTE, TICK, WIDTH, dress, sheet


@dataclass(frozen=True, eq=False)
class Contestant:
    """One maker of images.

    Attributes:
        value: its number.
        spread: half of the length of its interval.
        images: some of its images, uint8 (N, size, size, 3 or 1).
    """

    value: float
    spread: float
    images: np.ndarray


def contest(groups: Mapping[str, Mapping[str, Contestant]], *, measure: str, title: str = "") -> Figure:
    """Draw one row for each maker: its images, and beside them its number with an interval.

    Args:
        groups: heading → maker → its number and images; each group has a scale of its own.
        measure: what the numbers are, for the axis.
        title: heading of the figure.

    Raises:
        InvalidInput: there is nothing to draw.
    """
    if not groups or not all(groups.values()):
        raise InvalidInput("no one to compare: give at least one maker of images in each group")
    rows = [len(makers) for makers in groups.values()]
    figure = sheet(WIDTH, 0.5 + 0.56 * sum(rows) + 0.6 * len(rows), title=title or None)
    figure.get_layout_engine().set(h_pad=0.01, hspace=0.0)  # type: ignore[union-attr]
    grids = figure.subfigures(len(rows), 1, height_ratios=[n + 1.2 for n in rows], squeeze=False)[:, 0]
    for grid, (heading, makers) in zip(grids, groups.items(), strict=True):
        panels = grid.subplots(len(makers), 2, width_ratios=(3, 2), squeeze=False)
        far = max(maker.value + maker.spread for maker in makers.values())
        near = min(0.0, *(maker.value - maker.spread for maker in makers.values()))
        for k, ((pictures, bar), (name, maker)) in enumerate(zip(panels, makers.items(), strict=True)):
            strip = mosaic(maker.images, columns=len(maker.images))
            pictures.imshow(strip if strip.shape[2] == 3 else strip[..., 0], cmap="gray", vmin=0, vmax=255)
            pictures.set_axis_off()
            bar.barh([0], [maker.value], 0.5, color=PALETTE[k % len(PALETTE)])
            bar.plot([maker.value - maker.spread, maker.value + maker.spread], [0, 0], color=INK, lw=1.2)
            bar.annotate(
                f"{name}: {maker.value:.3g} ± {maker.spread:.1g}",
                (0, 0.4), xycoords="data", fontsize=TICK, color=INK,
            )  # fmt: skip
            bar.set(xlim=(1.05 * near, 1.1 * far), ylim=(-0.35, 0.95), yticks=[])
            last = k == len(makers) - 1
            dress(bar, x=measure if last else "")
            if not last:
                bar.set_xticklabels([])
        panels[0, 0].set_title(heading, fontsize=LABEL, loc="left")
    return figure
