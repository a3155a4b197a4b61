"""Generated and real images with the metrics of their comparison."""

from typing import Protocol

import numpy as np
from matplotlib.figure import Figure

from subband.plots.samples import mosaic
from subband.plots.style import FADED, LABEL, PALETTE, TICK, WIDTH, dress, legend, sheet

_SHOWN = 49
_SHARES = ("precision", "recall", "coverage", "accuracy")


class Compared(Protocol):
    """The part of an evaluation that is drawn: metrics, generated and real images."""

    @property
    def numbers(self) -> dict[str, float]: ...
    @property
    def generated(self) -> np.ndarray: ...
    @property
    def real(self) -> "Pixels": ...
    @property
    def reconstructed(self) -> np.ndarray | None: ...


class Pixels(Protocol):
    """Images, (N, H, W, C) uint8."""

    @property
    def pixels(self) -> np.ndarray: ...


def evaluation(found: Compared) -> Figure:
    """Draw real and generated images, bars of precision, recall, coverage and accuracy, and distances in the title.

    Args:
        found: Returned by `subband.generate.evaluate`.
    """
    numbers = found.numbers
    title = (
        f"KID {numbers['kid']:.4f} (real against real {numbers['floor_kid']:.4f}), Fréchet distance "
        f"{numbers['frechet']:.2f} ({numbers['floor_frechet']:.2f}), {numbers['count']:.0f} images each"
    )
    pictures = {"real": found.real.pixels, "reconstructed": found.reconstructed, "generated": found.generated}
    drawn = {name: pixels for name, pixels in pictures.items() if pixels is not None}
    figure = sheet(WIDTH, 3.4 if len(drawn) == 2 else 2.6, title=title)
    *panels, right = figure.subplots(1, len(drawn) + 1, width_ratios=[*(3 for _ in drawn), 2])
    for axes, (name, pixels) in zip(panels, drawn.items(), strict=True):
        picture = mosaic(pixels[:_SHOWN], columns=7)
        axes.imshow(picture if picture.shape[2] == 3 else picture[..., 0], cmap="gray", vmin=0, vmax=255)
        axes.set_title(name, fontsize=LABEL)
        axes.set_axis_off()
    names = [name for name in _SHARES if name in numbers]
    y = np.arange(len(names))
    right.barh(y - 0.2, [numbers[n] for n in names], 0.38, color=PALETTE[1], label="generated")
    right.barh(
        y + 0.2, [numbers.get(f"floor_{n}", np.nan) for n in names], 0.38, color=PALETTE[0], label="real"
    )
    right.set_yticks(y, names, fontsize=TICK, color=FADED)
    right.set_xlim(0, 1)
    right.invert_yaxis()
    dress(right, title="shares")
    legend(figure, loc="outside lower right", ncols=2)
    return figure
