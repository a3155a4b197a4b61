"""The insides of vision transformers: filters, positions, attention."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from subband.errors import InvalidInput
from subband.plots.error_curves import ErrorCurve, draw_error_curves
from subband.plots.style import (
    CHANGES,
    FADED,
    HEAT,
    INK,
    LABEL,
    LEVELS,
    PALETTE,
    TICK,
    WIDTH,
    dress,
    legend,
    sheet,
)


@dataclass(frozen=True, eq=False)
class Insides:
    """What was found in one vision transformer.

    Attributes:
        patterns: (components, channels, h, w) principal components of the filters.
        shares: (components,) of their variance.
        similarity: (rows, columns, rows, columns) of position embeddings.
        distance: (depth, heads) mean attention distances, in patches.
        rollout: (images, rows, columns) attention that was followed through all blocks.
    """

    patterns: np.ndarray
    shares: np.ndarray
    similarity: np.ndarray
    distance: np.ndarray
    rollout: np.ndarray


def filter_components(patterns: np.ndarray, shares: np.ndarray, *, title: str = "") -> Figure:
    """Draw principal components of the filters that embed patches, in order, each on its own scale.

    Args:
        patterns: (components, channels, h, w); with three channels they are drawn as colours, else the first is.
        shares: (components,) of the variance.
        title: Title of the figure.

    Raises:
        InvalidInput: no components, or as many shares are missing.
    """
    _check_components(patterns, shares)
    columns = min(7, len(patterns))
    rows = -(-len(patterns) // columns)
    figure = sheet(WIDTH, 0.6 + rows * (WIDTH / columns + 0.12), title=title or None)
    for k, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.set_axis_off()
        if k < len(patterns):
            image, options = _pattern(patterns[k])
            axes.imshow(image, **options)
            axes.set_title(f"{k + 1}: {100 * shares[k]:.1f} %", fontsize=TICK, color=FADED, pad=2)
    return figure


def position_similarity(similarity: np.ndarray, *, title: str = "") -> Figure:
    """Draw, for each patch, the similarity of its position embedding with those of all patches.

    Args:
        similarity: (rows, columns, rows, columns) cosines.
        title: Title of the figure.

    Raises:
        InvalidInput: another shape.
    """
    figure = sheet(5.2, 5.0, title=title or None)
    axes = figure.add_subplot()
    shown = _draw_similarity(axes, similarity)
    dress(axes, x="column of the patch", y="row of the patch", grid=False)
    _bar(figure, shown, axes, "cosine similarity")
    return figure


def attention_rollout(images: np.ndarray, rollouts: Mapping[str, np.ndarray], *, title: str = "") -> Figure:
    """Draw images, and below each where what the model read of it came from.

    Args:
        images: (N, H, W) grey, or (N, H, W, 3) uint8.
        rollouts: Model → (N, rows, columns).
        title: Title of the figure.

    Raises:
        InvalidInput: no model, or another number of maps than of images.
    """
    if not rollouts or not len(images):
        raise InvalidInput("nothing to draw: give at least one image, and the rollout of at least one model")
    figure = sheet(WIDTH, 0.5 + (1 + len(rollouts)) * (WIDTH / len(images) + 0.1), title=title or None)
    panels = figure.subplots(1 + len(rollouts), len(images), squeeze=False)
    _draw_images(panels[0], images, "images")
    for row, (name, maps) in zip(panels[1:], rollouts.items(), strict=True):
        if len(maps) != len(images):
            raise InvalidInput(f"{len(images)} images need as many maps of {name!r}, not {len(maps)}")
        _draw_images(row, maps, name, cmap=HEAT)
    return figure


def transformer_insides(
    curves: Mapping[str, ErrorCurve], insides: Mapping[str, Insides], images: np.ndarray, *, title: str = ""
) -> Figure:
    """Draw errors against training size, and the insides of some vision transformers, a row for each.

    Args:
        curves: Method → errors.
        insides: Model → what was found in it; of sub-band tokens, rows and columns are bands by frequency.
        images: (N, H, W) that the rollouts are of.
        title: Title of the figure.

    Raises:
        InvalidInput: no curve or no model.

    Example:
        >>> import numpy as np
        >>> from subband.plots import ErrorCurve, Insides, transformer_insides
        >>> insides = Insides(
        ...     patterns=np.zeros((4, 1, 4, 4)), shares=np.array([0.5, 0.2, 0.1, 0.1]),
        ...     similarity=np.zeros((2, 2, 2, 2)), distance=np.ones((3, 2)), rollout=np.full((2, 2, 2), 0.25),
        ... )
        >>> curve = ErrorCurve(np.array([100, 1000]), np.array([20.0, 5.0]))
        >>> figure = transformer_insides({"ViT": curve}, {"ViT": insides}, np.zeros((2, 8, 8)))
        >>> figure.axes[0].get_yscale(), len(figure.axes)
        ('log', 9)
    """
    if not curves or not insides:
        raise InvalidInput("nothing to draw: give at least one curve, and the insides of at least one model")
    n = len(insides)
    figure = sheet(9.6, 4.0 + 2.75 * n + 0.85 * (1 + n), title=title or None)
    heights = [4.0, *[2.75] * n, 0.85 * (1 + n)]
    above, *rows, below = figure.subfigures(n + 2, 1, height_ratios=heights, squeeze=False)[:, 0]
    axes = above.add_subplot()
    draw_error_curves(axes, curves, {})
    legend(axes, loc="center left", bbox_to_anchor=(1.01, 0.5))
    for part, (name, found) in zip(rows, insides.items(), strict=True):
        part.suptitle(name, fontsize=LABEL, x=0.01, ha="left", color=INK, fontweight="bold")
        _draw_row(part, found)
    panels = below.subplots(1 + n, len(images), squeeze=False)
    heading = "attention rollout, each map on a scale of its own"
    below.suptitle(heading, fontsize=LABEL, x=0.01, ha="left", color=INK, fontweight="bold")
    _draw_images(panels[0], images, "digit")
    for row, (name, found) in zip(panels[1:], insides.items(), strict=True):
        _draw_images(row, found.rollout, name, cmap=HEAT)
    return figure


def _draw_row(part: SubFigure, found: Insides) -> None:
    """Filters, positions and distances of one model, side by side."""
    left, middle, right = part.subplots(1, 3, width_ratios=(1.6, 1.15, 1))
    count = min(len(found.patterns), 28)
    tiles = [_unit(found.patterns[k, 0]) for k in range(count)]
    left.imshow(_sheet_of(tiles, 7), cmap=CHANGES, vmin=-1, vmax=1, interpolation="nearest")
    left.set_axis_off()
    left.set_title(
        f"components of the filters (first 3: {100 * found.shares[:3].sum():.0f} %)",
        fontsize=LABEL,
        color=INK,
    )
    shown = _draw_similarity(middle, found.similarity)
    dress(middle, title="similarity of positions", x="column of the token", y="row of the token", grid=False)
    _bar(part, shown, middle, "cosine")
    depth, heads = found.distance.shape
    blocks = np.repeat(np.arange(1, depth + 1), heads)
    right.scatter(blocks, found.distance.ravel(), s=22, color=PALETTE[0], alpha=0.75, linewidths=0)
    right.set(
        xticks=range(1, depth + 1), xlim=(0.5, depth + 0.5), ylim=(0, 1.08 * float(found.distance.max()))
    )
    dress(right, title="attention of each head", x="block", y="mean distance (patches)")


def _draw_similarity(axes: Axes, similarity: np.ndarray) -> Any:
    if similarity.ndim != 4 or similarity.shape[:2] != similarity.shape[2:]:
        raise InvalidInput(f"similarities of shape {similarity.shape}: give (rows, columns, rows, columns)")
    rows, columns = similarity.shape[:2]
    sheet_ = _sheet_of(list(similarity.reshape(-1, rows, columns)), columns)
    # The scale leaves out each patch with itself, which is 1 by definition.
    off = similarity.reshape(rows * columns, -1)[~np.eye(rows * columns, dtype=bool)]
    low, high = (float(off.min()), float(off.max())) if off.size else (0.0, 1.0)
    shown = axes.imshow(sheet_, cmap=LEVELS, vmin=low, vmax=max(high, low + 1e-6), interpolation="nearest")
    steps = [
        ((rows + 1) * np.arange(rows) + (rows - 1) / 2),
        ((columns + 1) * np.arange(columns) + (columns - 1) / 2),
    ]
    axes.set_yticks(steps[0], [str(k + 1) for k in range(rows)])
    axes.set_xticks(steps[1], [str(k + 1) for k in range(columns)])
    return shown


def _draw_images(row: np.ndarray, images: np.ndarray, name: str, **options: Any) -> None:
    for k, axes in enumerate(row):
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(False)
        shown = {"cmap": "gray"} | options
        axes.imshow(images[k], interpolation="nearest", **shown)
    row[0].set_ylabel(name, fontsize=TICK, color=INK, rotation=0, ha="right", va="center")


def _pattern(pattern: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """An image of a component: colours around grey for three channels, else red and blue around zero."""
    if len(pattern) == 3:
        return 0.5 + 0.5 * _unit(pattern).transpose(1, 2, 0), {"interpolation": "nearest"}
    return _unit(pattern[0]), {"cmap": CHANGES, "vmin": -1, "vmax": 1, "interpolation": "nearest"}


def _unit(pattern: np.ndarray) -> np.ndarray:
    return pattern / (np.abs(pattern).max() or 1.0)


def _sheet_of(tiles: list[np.ndarray], columns: int) -> np.ndarray:
    """Tiles in rows, with gaps of one cell that are drawn white."""
    height, width = tiles[0].shape
    rows = -(-len(tiles) // columns)
    out = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for k, tile in enumerate(tiles):
        y, x = divmod(k, columns)
        out[y * (height + 1) : y * (height + 1) + height, x * (width + 1) : x * (width + 1) + width] = tile
    return out


def _bar(parent: Figure | SubFigure, shown: Any, axes: Axes, label: str) -> None:
    bar = parent.colorbar(shown, ax=axes, shrink=0.8, pad=0.02)
    bar.set_label(label, fontsize=TICK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2)
    bar.outline.set_visible(False)  # type: ignore[operator]


def _check_components(patterns: np.ndarray, shares: np.ndarray) -> None:
    if patterns.ndim != 4 or not len(patterns) or len(shares) != len(patterns):
        raise InvalidInput(
            f"components of shape {patterns.shape} with {len(shares)} shares: give (components, channels, "
            "h, w), at least one, and the share of each"
        )
