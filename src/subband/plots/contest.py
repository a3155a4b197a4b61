"""Comparison of generators: a metric with its interval beside sample images."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.samples import mosaic
from subband.plots.style import INK, LABEL, PALETTE, TICK, WIDTH, annotate_wrapped, dress, sheet

LONGEST_LINE = 42
"""Characters of a line beside the images."""


@dataclass(frozen=True, eq=False)
class Contestant:
    """One generator.

    Attributes:
        value: Value of the metric.
        spread: Half the length of its interval.
        images: (N, H, W, 3 or 1) uint8 samples.
    """

    value: float
    spread: float
    images: np.ndarray


def contest(groups: Mapping[str, Mapping[str, Contestant]], *, measure: str, title: str = "") -> Figure:
    """Draw one row per generator: sample images, and a bar of its metric with the interval.

    Args:
        groups: Title of a group → name → generator; each group has its own scale.
        measure: Name of the metric, the label of the axis.
        title: Title of the figure.

    Raises:
        InvalidInput: no group, or an empty one.

    Example:
        >>> import numpy as np
        >>> from subband.plots import Contestant, contest
        >>> images = np.zeros((4, 8, 8, 1), np.uint8)
        >>> figure = contest(
        ...     {"16 × 16": {"VAE": Contestant(0.8, 0.1, images), "diffusion": Contestant(0.3, 0.05, images)}},
        ...     measure="KID",
        ... )
        >>> len(figure.axes)
        4
    """
    if not groups or not all(groups.values()):
        raise InvalidInput("nothing to compare: give at least one generator in each group")
    rows = [len(generators) for generators in groups.values()]
    figure = sheet(WIDTH, 0.5 + 0.62 * sum(rows) + 0.6 * len(rows), title=title or None)
    figure.get_layout_engine().set(h_pad=0.01, hspace=0.0)  # type: ignore[union-attr]
    grids = figure.subfigures(len(rows), 1, height_ratios=[n + 1.2 for n in rows], squeeze=False)[:, 0]
    for grid, (heading, generators) in zip(grids, groups.items(), strict=True):
        panels = grid.subplots(len(generators), 2, width_ratios=(3, 2), squeeze=False)
        far = max(generator.value + generator.spread for generator in generators.values())
        near = min(0.0, *(generator.value - generator.spread for generator in generators.values()))
        for k, ((pictures, bar), (name, generator)) in enumerate(
            zip(panels, generators.items(), strict=True)
        ):
            strip = mosaic(generator.images, columns=len(generator.images))
            pictures.imshow(strip if strip.shape[2] == 3 else strip[..., 0], cmap="gray", vmin=0, vmax=255)
            pictures.set_axis_off()
            bar.barh([0], [generator.value], 0.5, color=PALETTE[k % len(PALETTE)])
            bar.plot(
                [generator.value - generator.spread, generator.value + generator.spread],
                [0, 0],
                color=INK,
                lw=1.2,
            )
            label = f"{name}: {generator.value:.3g} ± {float(f'{generator.spread:.1g}'):g}"
            annotate_wrapped(bar, label, (0, 0.33), characters=LONGEST_LINE, size=TICK)
            bar.set(xlim=(1.05 * near, 1.1 * far), ylim=(-0.3, 1.15), yticks=[])
            last = k == len(generators) - 1
            dress(bar, x=measure if last else "")
            if not last:
                bar.set_xticklabels([])
        grid.suptitle(heading, fontsize=LABEL, x=0.01, ha="left")
    return figure
