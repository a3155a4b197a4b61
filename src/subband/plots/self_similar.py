"""The copies that a fractal image is made of: blocks beside those that they are turned, flatter versions of."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from subband.errors import InvalidInput
from subband.plots.style import FADED, INK, PALETTE, TICK, WIDTH, dress, sheet

Box = tuple[int, int, int]
"""y, x and size in pixels."""


def self_similar(
    image: np.ndarray,
    boxes: Sequence[Box],
    copies: Sequence[tuple[Box, Box, float, int]],
    *,
    title: str = "",
) -> Figure:
    """Draw an image with its partition, and some of its copies.

    Args:
        image: (h, w) or (h, w, 3), 0 … 255.
        boxes: All leaves of the partition.
        copies: Block, domain, contrast and isometry (4 transposed, + 2 rows reversed, + 1 columns reversed).
        title: Title of the figure.

    Raises:
        InvalidInput: no copy.

    Example:
        >>> import numpy as np
        >>> from subband.plots import self_similar
        >>> boxes = [(row, column, 4) for row in (0, 4) for column in (0, 4)]
        >>> figure = self_similar(np.eye(8) * 255, boxes, [((0, 0, 4), (0, 0, 8), 0.75, 0)])
        >>> len(figure.axes)
        4
    """
    if not copies:
        raise InvalidInput("this image has no block that is copied from another one: compress a larger one")
    shown = copies[: len(PALETTE) - 1]
    figure = sheet(WIDTH, 4.6, title=title or None)
    grid = figure.add_gridspec(len(shown), 4, width_ratios=(6, 1, 1, 1))
    main = figure.add_subplot(grid[:, 0])
    grey = {"cmap": "gray", "vmin": 0, "vmax": 255}
    main.imshow(image, **grey)
    for y, x, size in boxes:
        main.add_patch(Rectangle((x - 0.5, y - 0.5), size, size, fill=False, lw=0.25, ec="#ffffff66"))
    for k, (block, domain, contrast, isometry) in enumerate(shown):
        colour = PALETTE[k]
        for y, x, size in (block, domain):
            main.add_patch(Rectangle((x - 0.5, y - 0.5), size, size, fill=False, lw=1.6, ec=colour))
        start, end = ((x + size / 2, y + size / 2) for y, x, size in (domain, block))
        main.annotate(
            "",
            end,
            start,
            arrowprops={"arrowstyle": "->", "color": colour, "lw": 1.2},
        )
        pieces = _pieces(image, block, domain, contrast, isometry)
        for column, (name, piece) in enumerate(pieces.items()):
            axes = figure.add_subplot(grid[k, column + 1])
            axes.imshow(piece, **grey, interpolation="nearest")
            _bare(axes, colour)
            if k == 0:
                axes.set_title(name, fontsize=TICK, color=INK)
            if column == 1:
                axes.set_xlabel(f"× {contrast:.2g}", fontsize=TICK - 1, color=FADED, labelpad=1)
    dress(main, grid=False)
    _bare(main, FADED)
    return figure


def _pieces(
    image: np.ndarray, block: Box, domain: Box, contrast: float, isometry: int
) -> dict[str, np.ndarray]:
    """The domain; its copy, with the block's mean; and the block."""
    plane = np.asarray(image, float)
    plane = plane.mean(axis=2) if plane.ndim == 3 else plane
    large, small = (plane[y : y + size, x : x + size] for y, x, size in (domain, block))
    size = block[2]
    copy = large[: 2 * size, : 2 * size].reshape(size, 2, size, 2).mean(axis=(1, 3))
    if isometry & 4:
        copy = copy.T
    if isometry & 2:
        copy = copy[::-1]
    if isometry & 1:
        copy = copy[:, ::-1]
    return {"domain": large, "its copy": small.mean() + contrast * (copy - copy.mean()), "block": small}


def _bare(axes: Axes, colour: str) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(visible=True, color=colour, linewidth=1.2)
