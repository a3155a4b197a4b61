"""Explanation of an answer to one picture: where it comes from, on which bands it rests, and who says it."""

from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from subband.errors import InvalidInput
from subband.plots import bands
from subband.plots.as_pixels import LEAST, LEAST_ADDED, MOST_PIXELS, heat_limit, overlay
from subband.plots.style import CHANGES, FADED, HEAT, INK, LABEL, LEVELS, PALETTE, TICK, colours, dress, sheet

if TYPE_CHECKING:
    from subband.forensics import HeatMap, PictureExplanation, Spectrum
    from subband.forensics.judgement import Judgement, Opinion

VERDICTS = {"real": PALETTE[0], "generated": PALETTE[1], "can't tell": FADED}
_ODDS = ((-4.6, "1 %"), (-2.2, "10 %"), (0.0, "50 %"), (2.2, "90 %"), (4.6, "99 %"))
_MOST_SOURCES = 8


def explanation(
    photo: np.ndarray, found: "PictureExplanation", judgement: "Judgement", *, name: str
) -> Figure:
    """Draw a picture, its heat map, packets, saliency, effects of bands and spectrum, and the answer in words.

    Args:
        photo: (H, W, 3) uint8, the whole picture.
        found: What the answer rests on.
        judgement: The answer; its opinion is that of the detector that is explained.
        name: Of the picture: the title.
    """
    figure = sheet(11.2, 6.6, title=name)
    grid = figure.add_gridspec(2, 1, height_ratios=(1.05, 1))
    upper = grid[0].subgridspec(1, 4, width_ratios=(1.2, 1.2, 1.45, 0.8))
    lower = grid[1].subgridspec(1, 4, width_ratios=(1.12, 1.12, 1.12, 1.05))
    left, warm, card, bars = (figure.add_subplot(cell) for cell in upper)
    tiles, salient, effects, radial = (figure.add_subplot(cell) for cell in lower)

    picture(left, photo)
    if found.cut:
        mark(left, found.place, found.cut)
    left.set_title(f"picture, {photo.shape[1]} × {photo.shape[0]} pixels", fontsize=LABEL, color=INK)
    heat(warm, photo, found.heat)
    for axes in (left, warm):
        axes.set_anchor("N")
    _card(card, found.sentence, judgement)
    if judgement.opinion is None:
        bars.set_axis_off()
    else:
        sources(bars, judgement.opinion)

    tiles_of(tiles, found)
    saliency_of(salient, found, labels=(True, False))
    effects_of(effects, found, labels=(True, False))
    radial_spectrum(radial, {"": found.spectrum})
    return figure


def panel(kind: str, found: "PictureExplanation") -> Figure:
    """One part of the explanation as a figure of its own: "packets", "saliency", "bands" or "spectrum".

    Raises:
        InvalidInput: another kind.

    Example:
        >>> import numpy as np
        >>> from subband.data import Chain
        >>> from subband.forensics import Detector, Shape, build, explain_picture, subject_of
        >>> from subband.forensics.detectors.detector import config_of
        >>> from subband.plots import panel
        >>> config = config_of("linear on pixels", ("real", "GAN"), Chain(16), Shape(16, 2, level=1), 1.0, {})
        >>> subject = subject_of(Detector(build(config.name, config.shape, seed=0), config))
        >>> picture = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
        >>> found = explain_picture(subject, picture)
        >>> panel("spectrum", found).axes[0].get_xlabel()
        'frequency (cycles per pixel)'
    """
    draw = {"packets": tiles_of, "saliency": saliency_of, "bands": effects_of}
    if kind not in (*draw, "spectrum"):
        raise InvalidInput(f"no panel is called {kind!r}: packets, saliency, bands or spectrum")
    if kind == "spectrum":
        return spectra({"": found.spectrum})
    figure = sheet(4.1, 3.5)
    draw[kind](figure.subplots(), found)
    return figure


def spectra(named: "Mapping[str, Spectrum]") -> Figure:
    """Radial spectra of pictures, with their power laws; one picture needs no name."""
    figure = sheet(5.4, 3.5)
    radial_spectrum(figure.subplots(), named)
    return figure


def tiles_of(axes: Axes, found: "PictureExplanation") -> None:
    """The packets of the explained square."""
    image = bands.show(axes, found.packets, cmap=LEVELS, limits=spread(found.packets))
    what = "marked square" if found.cut else "picture"
    axes.set_title(f"packets of the {what}", fontsize=LABEL, color=INK)
    _bar(axes, image, "ln |coefficient| (nats)")


def saliency_of(axes: Axes, found: "PictureExplanation", labels: tuple[bool, bool] = (True, True)) -> None:
    """The saliency of these packets, or a line that there is none."""
    if found.packet_saliency is None:
        axes.set_axis_off()
        _lines(axes, ["This detector has no derivative,", "so no saliency."], TICK, FADED, 60)
        return
    most = float(np.max(found.packet_saliency)) or 1.0
    image = bands.show(axes, found.packet_saliency, cmap=HEAT, limits=(0.0, most), labels=labels)
    axes.set_title("saliency of its packets", fontsize=LABEL, color=INK)
    _bar(axes, image, "|slope| (nats per nat)")


def effects_of(axes: Axes, found: "PictureExplanation", labels: tuple[bool, bool] = (True, True)) -> None:
    """What each band adds to the answer."""
    most = max(float(np.abs(found.removal.effects).max()), 0.05)
    image = bands.show(axes, found.removal.effects, cmap=CHANGES, limits=(-most, most), labels=labels)
    axes.set_title("what each band says", fontsize=LABEL, color=INK)
    _bar(axes, image, "← real    (nats)    generated →")


def picture(axes: Axes, photo: np.ndarray) -> None:
    """Show a picture, reduced to what a figure can show, on axes in its own pixels."""
    height, width = photo.shape[:2]
    step = max(1, -(-max(height, width) // MOST_PIXELS))
    small = max(height, width) < 200
    axes.imshow(
        photo[::step, ::step], extent=(0, width, height, 0), interpolation="nearest" if small else None
    )
    axes.set_axis_off()


def mark(axes: Axes, place: tuple[int, int], side: int) -> None:
    """Frame a square of a picture."""
    frame = {"xy": (place[1], place[0]), "width": side, "height": side, "fill": False, "zorder": 3}
    axes.add_patch(Rectangle(**frame, edgecolor="white", linewidth=2.8))
    axes.add_patch(Rectangle(**frame, edgecolor=INK, linewidth=1.3))


def heat(axes: Axes, photo: np.ndarray, found: "HeatMap") -> None:
    """Show log-odds over a grey picture: red where it looks generated, blue where real."""
    height, width = photo.shape[:2]
    least = LEAST_ADDED if found.covered else LEAST
    most = heat_limit(found.log_odds, least)
    axes.imshow(overlay(photo, found.log_odds, least=least), extent=(0, width, height, 0))
    axes.set_axis_off()
    image = ScalarMappable(Normalize(-most, most), CHANGES)
    box = (0.04, -0.1, 0.92, 0.045)
    if found.covered:
        axes.set_title("what speaks for generated (red) or real (blue)", fontsize=LABEL, color=INK)
        _bar(axes, image, "log-odds that each part adds (nats)", within=box)
        return
    axes.set_title("where it looks generated (red) or real (blue)", fontsize=LABEL, color=INK)
    bar = _bar(axes, image, "probability of “generated”, square by square", within=box)
    ticks = [(at, label) for at, label in _ODDS if abs(at) <= most]
    bar.set_ticks([at for at, _ in ticks], labels=[label for _, label in ticks])


def sources(axes: Axes, opinion: "Opinion") -> None:
    """Bars of the most likely sources."""
    ordered = sorted(opinion.sources, key=lambda name: -opinion.sources[name])[:_MOST_SOURCES]
    colour = colours(list(opinion.sources))
    y = np.arange(len(ordered))[::-1]
    axes.barh(
        y, [100 * opinion.sources[name] for name in ordered], 0.6, color=[colour[name] for name in ordered]
    )
    for height, name in zip(y, ordered, strict=True):
        axes.annotate(
            percent(opinion.sources[name]), (100 * opinion.sources[name], height), (3, 0),
            textcoords="offset points", va="center", fontsize=TICK, color=FADED,
        )  # fmt: skip
    axes.set_yticks(y, ordered)
    axes.set(xlim=(0, 128), xticks=(0, 50, 100), ylim=(-0.6, max(len(ordered), 4) - 0.4))
    dress(axes, title="source, says the detector", x="probability (%)")


def radial_spectrum(axes: Axes, named: "Mapping[str, Spectrum]") -> None:
    """Radial spectra with their power laws, in decibels; one needs no name."""
    for (name, one), colour in zip(named.items(), PALETTE, strict=False):
        axes.plot(
            one.frequency, 10 * np.log10(one.density), color=colour, linewidth=1.6, label=name or "picture"
        )
        axes.plot(
            one.frequency, 10 * np.log10(one.law), color=FADED if len(named) == 1 else colour, linewidth=1,
            linestyle=(0, (4, 3)), label=f"power law f^−{one.exponent:.1f}",
        )  # fmt: skip
    axes.set_xscale("log")
    low = min(float(one.frequency[0]) for one in named.values())
    axes.set_xticks((0.01, 0.03, 0.1, 0.25, 0.5), ("0.01", "0.03", "0.1", "0.25", "0.5"))
    axes.minorticks_off()
    axes.set_xlim(low, bands.NYQUIST)
    dress(axes, title="radial spectrum", x="frequency (cycles per pixel)", y="power density (dB)")
    axes.legend(fontsize=TICK, frameon=False, labelcolor=INK, handlelength=1.8, loc="lower left")


def spread(packets: np.ndarray) -> tuple[float, float]:
    """Colour limits from percentiles: exact zeros, with very low logarithms, would compress the range."""
    low, high = np.percentile(packets, (2, 99.8))
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)


def _card(axes: Axes, sentence: str, judgement: "Judgement") -> None:
    """The answer in words, and whose answer it is."""
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    below = _lines(axes, [judgement.verdict], 17, VERDICTS[judgement.verdict], 0, weight="bold")
    below = _lines(
        axes, wrap(judgement.reason[:1].upper() + judgement.reason[1:], 46)[:7], LABEL, INK, below + 3
    )
    below = _lines(axes, wrap(sentence, 46), LABEL, INK, below + 6)
    opinion = judgement.opinion
    if opinion is None:
        return
    errors = ", ".join(f"{name} {percent(value)}" for name, value in list(opinion.errors.items())[:3])
    below += 8
    for text in (
        f"Detector: {opinion.detector}, {opinion.crops} crops",
        f"Knows: {', '.join(opinion.knows)}",
        f"Measured: {errors}" if errors else "Measured: nothing is known of its errors",
    ):
        below = _lines(axes, wrap(text, 52), TICK, FADED, below + 2)


def percent(share: float) -> str:
    """A share in whole per cent, never 0 or 100: no finite set of images can justify these."""
    return "<1 %" if share < 0.01 else ">99 %" if share > 0.99 else f"{100 * share:.0f} %"


def _lines(axes: Axes, lines: list[str], size: float, colour: str, down: float, **options) -> float:
    """Write lines from `down` points below the top of axes; where the next may begin."""
    for line in lines:
        axes.annotate(
            line, (0, 1), (0, -down), xycoords="axes fraction", textcoords="offset points", fontsize=size,
            color=colour, ha="left", va="top", annotation_clip=False, **options,
        )  # fmt: skip
        down += 1.35 * size
    return down


def _bar(axes: Axes, image, label: str, *, within: tuple[float, float, float, float] | None = None):
    """Add a colour bar to the right of axes, or lying in a box of their coordinates."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    if within is None:
        bar = figure.colorbar(image, ax=axes, shrink=0.86, pad=0.02, aspect=22)
    else:
        bar = figure.colorbar(image, cax=axes.inset_axes(within), orientation="horizontal")
    bar.set_label(label, fontsize=TICK, color=INK)
    bar.ax.tick_params(labelsize=TICK, colors=FADED, length=2)
    bar.outline.set_visible(False)
    return bar
