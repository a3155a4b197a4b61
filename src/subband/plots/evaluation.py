"""Generated images beside real ones, and how far apart they are."""

from typing import Protocol

import numpy as np
from matplotlib.figure import Figure

from subband.plots.samples import mosaic
from subband.plots.style import FADED, LABEL, PALETTE, TICK, WIDTH, dress, legend, sheet

_SHOWN = 49
_SHARES = ("precision", "recall", "coverage", "accuracy")


class Compared(Protocol):
    """What the figure needs of an evaluation: its numbers, the generated images and the real ones."""

    @property
    def numbers(self) -> dict[str, float]: ...
    @property
    def generated(self) -> np.ndarray: ...
    @property
    def real(self) -> "Pixels": ...
    @property
    def reconstructed(self) -> np.ndarray | None: ...


class Pixels(Protocol):
    """Images, uint8 (N, size, size, C)."""

    @property
    def pixels(self) -> np.ndarray: ...


def evaluation(found: Compared) -> Figure:
    """Draw real and generated images, the shares with their floors, and the distances in the title.

    Args:
        found: of `subband.generate.evaluate`.
    """
    numbers = found.numbers
    title = (
        f"KID {numbers['kid']:.4f} (real against real {numbers['floor_kid']:.4f}), Fréchet distance "
        f"{numbers['frechet']:.2f} ({numbers['floor_frechet']:.2f}), {numbers['count']:.0f} images each"
    )
    pictures = {"real": found.real.pixels, "reconstructed": found.reconstructed, "generated": found.generated}
    there = {name: pixels for name, pixels in pictures.items() if pixels is not None}
    figure = sheet(WIDTH, 3.4 if len(there) == 2 else 2.6, title=title)
    *panels, right = figure.subplots(1, len(there) + 1, width_ratios=[*(3 for _ in there), 2])
    for axes, (name, pixels) in zip(panels, there.items(), strict=True):
        picture = mosaic(pixels[:_SHOWN], columns=7)
        axes.imshow(picture if picture.shape[2] == 3 else picture[..., 0], cmap="gray", vmin=0, vmax=255)
        axes.set_title(name, fontsize=LABEL)
        axes.set_axis_off()
    shown = [name for name in _SHARES if name in numbers]
    places = np.arange(len(shown))
    right.barh(places - 0.2, [numbers[n] for n in shown], 0.38, color=PALETTE[1], label="generated")
    right.barh(
        places + 0.2, [numbers.get(f"floor_{n}", np.nan) for n in shown], 0.38, color=PALETTE[0], label="real"
    )
    right.set_yticks(places, shown, fontsize=TICK, color=FADED)
    right.set_xlim(0, 1)
    right.invert_yaxis()
    dress(right, title="shares")
    legend(figure, loc="outside lower right", ncols=2)
    return figure
