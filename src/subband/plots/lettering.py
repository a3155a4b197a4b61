"""Text in figures is drawn as it stands: dollars are no mathematics, and what no font has becomes a box.

Names of files, folders and classes go into titles, labels and legends, and may hold anything. Each figure gets a
layout engine, which matplotlib runs before it draws or measures anything, and this one goes through all the text
first. So no call that draws text has to think of it.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter

from subband.runs.lines import one_line

# DejaVu comes with matplotlib. The others come with systems, and serve the scripts that it lacks. Colour fonts are
# left out: they hold pictures of one size and no outlines.
FONTS = (
    "DejaVu Sans",
    "Noto Sans",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans CJK KR",
    "Hiragino Sans",
    "PingFang SC",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "WenQuanYi Zen Hei",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Nirmala UI",
    "Arial Unicode MS",
    "Noto Emoji",
    "Segoe UI Emoji",
    "Segoe UI Symbol",
)
BOX = "\u25a1"
LONGEST_NAME = 28  # characters at a tick or in a legend
_WIDTH = 0.62  # of a character of DejaVu, on average, in sizes of the font
_HANDLE = 6  # characters that the line in a legend, and the space around it, are wide


class Lettering(ConstrainedLayoutEngine):
    """Constrained layout of a figure whose text is drawn literally."""

    def execute(self, fig: Figure) -> None:
        """Make the text literal, then lay the figure out."""
        for axis in _worded_axes(fig):
            _letter_ticks(axis)
        texts = fig.findobj(Text)  # makes ticks that were not there before
        ticks = {id(label) for axis in _every_axis(fig) for label in _labels(axis)}
        broken = {id(axis.label) for axis in _every_axis(fig)}  # the only text that has lines on purpose
        named = {id(text) for legend in fig.findobj(Legend) for text in _entries(legend)}
        for text in texts:
            assert isinstance(text, Text)
            text.set_fontfamily(fonts())
            if id(text) not in ticks:
                lines = text.get_text().split("\n") if id(text) in broken else [text.get_text()]
                fitting = int(72 * fig.get_figwidth() / (_WIDTH * float(text.get_fontsize())))
                longest = min(fitting, LONGEST_NAME) if id(text) in named else fitting
                text.set_parse_math(False)
                text.set_text("\n".join(drawable(line, longest) for line in lines))
        super().execute(fig)


def drawable(text: str, longest: int) -> str:
    """Return text as one line that can be drawn; text that can be drawn already stays as it is.

    Control characters are escaped, a box stands for a character that no font has, and text of more than `longest`
    characters loses its middle: it would leave no room for the picture.
    """
    shown = "".join(map(_glyph, one_line(text)))
    if len(shown) <= longest:
        return shown
    head = (longest - 1) // 2
    return f"{shown[:head]}…{shown[head + 1 - longest :]}"


def columns(names: Iterable[str], most: int, *, width: float, size: float) -> int:
    """Return how many columns a legend of `names` may have in `width` inches, letters being `size` points high."""
    longest = min(LONGEST_NAME, max(map(len, names), default=0)) + _HANDLE
    return max(1, min(most, int(72 * width / (_WIDTH * size * longest))))


@cache
def fonts() -> list[str]:
    """Return those of `FONTS` that are installed, in their order."""
    installed = set(font_manager.get_font_names())
    return [name for name in FONTS if name in installed]


def _every_axis(figure: Figure) -> Iterator[Axis]:
    for axes in figure.axes:
        yield from (axes.xaxis, axes.yaxis)


def _worded_axes(figure: Figure) -> Iterator[Axis]:
    """Go through the axes whose ticks were given words; those of numbers are set by matplotlib, as mathematics."""
    for axis in _every_axis(figure):
        worded = isinstance(axis.get_major_formatter(), FixedFormatter | FuncFormatter)
        if worded and isinstance(axis.get_major_locator(), FixedLocator):
            yield axis


def _letter_ticks(axis: Axis) -> None:
    """Make the words at ticks literal."""
    places = axis.get_majorticklocs()
    words = axis.get_major_formatter().format_ticks(list(places))
    axis.set_major_formatter(FixedFormatter([drawable(word, LONGEST_NAME) for word in words]))
    for tick in axis.get_major_ticks(len(places)):
        for label in (tick.label1, tick.label2):
            label.set_parse_math(False)


def _entries(legend: Artist) -> list[Text]:
    assert isinstance(legend, Legend)
    return legend.get_texts()


def _labels(axis: Axis) -> list[Text]:
    ticks = (*axis.majorTicks, *axis.minorTicks)
    return [label for tick in ticks for label in (tick.label1, tick.label2)] + [axis.offsetText]


def _glyph(character: str) -> str:
    """Return the character, or what stands for it where no font has it."""
    if character.isascii() or ord(character) in _covered():
        return character
    return "" if unicodedata.category(character) in ("Mn", "Me", "Cf") else BOX


@cache
def _covered() -> frozenset[int]:
    """Return the characters that `fonts` have, by number."""
    files = [font_manager.findfont(name, fallback_to_default=False) for name in fonts()]
    return frozenset(code for file in files for code in FT2Font(str(file)).get_charmap())
