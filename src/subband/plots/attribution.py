"""Attribution to generators, and detection of generators across and beyond those of the training."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from subband.errors import InvalidInput
from subband.plots.samples import mosaic
from subband.plots.style import FADED, INK, LABEL, TICK, WIDTH, dress, sheet

_STRIP = 0.56  # inches, height of a strip of samples


def attribution(
    counts: np.ndarray,
    names: Sequence[str],
    cross: Mapping[str, np.ndarray],
    shown: Mapping[str, np.ndarray],
    *,
    title: str = "",
) -> Figure:
    """Draw samples of the sources, the confusion matrix of attribution, and AUROC by training and test generator.

    Args:
        counts: (K, K) numbers of images; row: true source, column: predicted source.
        names: K sources, "real" first.
        cross: What a detector learnt from → (K − 1,) AUROC of photographs against each generator.
        shown: Source → (N, H, W, 3) uint8 samples.
        title: Title of the figure.

    Raises:
        InvalidInput: matrices of other sizes than the names.

    Example:
        >>> import numpy as np
        >>> from subband.plots import attribution
        >>> names = ["real", "GAN", "LDM"]
        >>> shown = {name: np.zeros((4, 16, 16, 3), np.uint8) for name in names}
        >>> figure = attribution(10 * np.eye(3, dtype=int), names, {"GAN": np.array([0.99, 0.7])}, shown)
        >>> len(figure.axes)
        5
    """
    counts, table = np.asarray(counts), np.stack([np.asarray(row) for row in cross.values()])
    if counts.shape != (len(names), len(names)) or table.shape[1] != len(names) - 1:
        raise InvalidInput(
            f"{len(names)} sources need counts ({len(names)}, {len(names)}) and rows of {len(names) - 1}, "
            f"not {counts.shape} and {table.shape}"
        )
    heights = (_STRIP * len(names) + 0.1, 0.4 * (len(names) + 1) + 1.5)
    figure = sheet(1.25 * WIDTH, sum(heights) + 0.4, title=title or None)
    upper, lower = figure.subfigures(2, 1, height_ratios=heights, squeeze=False)[:, 0]
    _samples(upper, names, shown)
    left, right = lower.subplots(1, 2, width_ratios=(len(names), len(names) - 1))
    share = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    _matrix(left, share, names, names, "Blues", (0, 100), "{:.0f}", lambda value: value > 55)
    dress(left, title="Attribution (% of the true source)", x="predicted source", y="true source", grid=False)
    _matrix(
        right, table, list(cross), list(names[1:]), "cividis", (0.5, 1), "{:.2f}", lambda value: value < 0.78
    )
    dress(right, title="AUROC against photographs", x="tested on", y="trained on", grid=False)
    right.axhline(len(cross) - 1.5, color="white", linewidth=3)
    return figure


def _samples(figure, names: Sequence[str], shown: Mapping[str, np.ndarray]) -> None:
    for axes, name in zip(figure.subplots(len(names), 1, squeeze=False)[:, 0], names, strict=True):
        axes.imshow(mosaic(shown[name], columns=len(shown[name])), interpolation="nearest")
        axes.set_axis_off()
        axes.annotate(
            name, (0, 0.5), (-6, 0), xycoords="axes fraction", textcoords="offset points", ha="right",
            va="center", fontsize=LABEL, color=INK,
        )  # fmt: skip


def _matrix(
    axes: Axes,
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    cmap: str,
    limits: tuple[float, float],
    form: str,
    dark,
) -> None:
    axes.imshow(values, cmap=cmap, vmin=limits[0], vmax=limits[1], aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        axes.annotate(
            form.format(value), (column, row), ha="center", va="center", fontsize=TICK + 0.5,
            color="white" if dark(value) else INK,
        )  # fmt: skip
    axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(labelsize=TICK, colors=FADED, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
