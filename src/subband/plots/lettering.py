"""Literal text in figures: no mathtext, control characters escaped, a box for characters without a glyph.

Titles, labels and legends contain names of files, folders and classes, with any characters. The layout engine,
which matplotlib runs before it draws or measures, sanitises all text of the figure, so no drawing call has to.
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

# DejaVu comes with matplotlib; the others are system fonts, for scripts that it lacks. No colour fonts: they hold
# bitmaps of one size instead of outlines.
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
LONGEST_NAME = 28  # characters in a tick label or a legend entry
_WIDTH = 0.62  # mean width of a character of DejaVu, in units of the font size
_HANDLE = 6  # width of a legend's line and spacing, in characters


class Lettering(ConstrainedLayoutEngine):
    """Constrained layout that first makes all text literal."""

    def execute(self, fig: Figure) -> None:
        """Make all text literal, then lay out the figure."""
        for axis in _worded_axes(fig):
            _letter_ticks(axis)
        texts = fig.findobj(Text)  # creates missing ticks
        ticks = {id(label) for axis in _every_axis(fig) for label in _labels(axis)}
        # Axis labels are the only text with intended line breaks.
        broken = {id(axis.label) for axis in _every_axis(fig)}
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
    """Text as one drawable line of at most `longest` characters.

    Control characters are escaped, a character without a glyph becomes a box, and longer text loses its middle.
    """
    line = "".join(map(_glyph, one_line(text)))
    if len(line) <= longest:
        return line
    head = (longest - 1) // 2
    return f"{line[:head]}…{line[head + 1 - longest :]}"


def columns(names: Iterable[str], most: int, *, width: float, size: float) -> int:
    """Number of columns, at most `most`, of a legend `width` inches wide, at a font size of `size` points."""
    longest = min(LONGEST_NAME, max(map(len, names), default=0)) + _HANDLE
    return max(1, min(most, int(72 * width / (_WIDTH * size * longest))))


@cache
def fonts() -> list[str]:
    """Installed fonts of `FONTS`, in their order."""
    installed = set(font_manager.get_font_names())
    return [name for name in FONTS if name in installed]


def _every_axis(figure: Figure) -> Iterator[Axis]:
    for axes in figure.axes:
        yield from (axes.xaxis, axes.yaxis)


def _worded_axes(figure: Figure) -> Iterator[Axis]:
    """Axes with tick labels set as text; matplotlib formats numeric ones itself, as mathtext."""
    for axis in _every_axis(figure):
        worded = isinstance(axis.get_major_formatter(), FixedFormatter | FuncFormatter)
        if worded and isinstance(axis.get_major_locator(), FixedLocator):
            yield axis


def _letter_ticks(axis: Axis) -> None:
    """Make tick labels literal."""
    positions = axis.get_majorticklocs()
    words = axis.get_major_formatter().format_ticks(list(positions))
    axis.set_major_formatter(FixedFormatter([drawable(word, LONGEST_NAME) for word in words]))
    for tick in axis.get_major_ticks(len(positions)):
        for label in (tick.label1, tick.label2):
            label.set_parse_math(False)


def _entries(legend: Artist) -> list[Text]:
    assert isinstance(legend, Legend)
    return legend.get_texts()


def _labels(axis: Axis) -> list[Text]:
    ticks = (*axis.majorTicks, *axis.minorTicks)
    return [label for tick in ticks for label in (tick.label1, tick.label2)] + [axis.offsetText]


def _glyph(character: str) -> str:
    """The character if a font has it; else nothing for combining and format characters, a box for others."""
    if character.isascii() or ord(character) in _covered():
        return character
    return "" if unicodedata.category(character) in ("Mn", "Me", "Cf") else BOX


@cache
def _covered() -> frozenset[int]:
    """Code points covered by `fonts`."""
    files = [font_manager.findfont(name, fallback_to_default=False) for name in fonts()]
    return frozenset(code for file in files for code in FT2Font(str(file)).get_charmap())
