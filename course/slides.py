"""Slides as pages for a browser: `python -m course.slides` writes slides.html into each day's folder.

A page holds everything, figure included, and needs no network; formulas are MathML. The arrow keys turn it, and
printing gives one slide a page. The sources are Markdown for Marp, and stay readable by it.
"""

import base64
import html
import re
import sys
from pathlib import Path

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from course.days import DAYS, FOLDER, day_named

STYLE = """
body { margin: 0; background: #222; font: 28px/1.45 system-ui, sans-serif; color: #1b1b1b; }
section { box-sizing: border-box; width: 100%; min-height: 100vh; padding: 5vh 7vw; background: #fff; }
section { display: flex; flex-direction: column; justify-content: center; border-bottom: 1px solid #ccc; }
section::after { content: attr(data-page); align-self: flex-end; font-size: 16px; color: #777; }
h1 { font-size: 64px; } h2 { font-size: 42px; margin: 0 0 .5em; } math { font-size: 1.1em; }
.formula { margin: .6em 0; text-align: center; } img { max-width: 100%; max-height: 84vh; margin: auto; }
pre { background: #f2f2f2; padding: .6em; font-size: 22px; overflow-x: auto; }
@media print { section { page-break-after: always; border: 0; } @page { size: 1280px 720px; margin: 0; } }
"""
SCRIPT = """
const all = [...document.querySelectorAll('section')];
const at = () => Math.round(scrollY / innerHeight);
addEventListener('keydown', e => {
  const step = {ArrowRight: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, PageUp: -1}[e.key];
  if (step) { e.preventDefault(); all[Math.min(all.length - 1, Math.max(0, at() + step))].scrollIntoView(); }
});
"""


def formula(tex: str, options: dict[str, bool]) -> str:
    """MathML of a formula, in a line or of its own."""
    display = options.get("display_mode", False)
    made = convert(
        tex.strip().replace("\\bigl", "\\big").replace("\\bigr", "\\big"),
        display="block" if display else "inline",
    )
    return f'<div class="formula">{made}</div>' if display else made


def slides(text: str) -> list[str]:
    """Markdown of each slide, without the front matter."""
    return [part.strip() for part in re.split(r"^---$", text, flags=re.M)[2:]]


def page(day: str) -> str:
    """HTML of a day's slides, with its figures inside."""
    folder = FOLDER / day
    parser = (
        MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, renderer=formula, allow_labels=False)
    )
    sections = []
    parts = slides((folder / "slides.md").read_text("utf-8"))
    for number, part in enumerate(parts, 1):
        body = _with_images(parser.render(part), folder)
        sections.append(f'<section data-page="{number} / {len(parts)}">{body}</section>')
    title = html.escape(parts[0].splitlines()[0].lstrip("# "))
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    body = f"<body>{''.join(sections)}<script>{SCRIPT}</script></body>"
    return f"<!doctype html><html lang=en><head>{head}</head>{body}</html>"


def _with_images(body: str, folder: Path) -> str:
    def inside(match: re.Match[str]) -> str:
        content = base64.b64encode((folder / match.group(1)).read_bytes()).decode()
        return f'<img src="data:image/png;base64,{content}" alt="Figure of the day"'

    return re.sub(r'<img src="([^"]+)" alt="[^"]*"', inside, body)


def main(words: list[str]) -> list[Path]:
    """Write the slides of the days that are named, or of all; returns the files."""
    files = []
    for day in [day_named(word) for word in words] or DAYS:
        file = FOLDER / day / "slides.html"
        file.write_text(page(day), "utf-8")
        print(f"written  {file.relative_to(FOLDER.parent)}")
        files.append(file)
    return files


if __name__ == "__main__":
    main(sys.argv[1:])
