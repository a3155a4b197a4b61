"""The gallery of systems, one page a claim, and the page of evidence.

A page has the text of `docs/systems/NAME.md` (idea, formula, code run at build), where there is one, then what the
registry and the record of the claim say. Claims come from `subband.experiments`: a new one has its page at once.
"""

import shutil
from pathlib import Path
from typing import Any

from api_reference import _keep
from executed import with_results
from sphinx.application import Sphinx
from sphinx.util import logging

from subband.experiments import EXPERIMENTS, evidence_page
from subband.experiments.page import claim_block

FOLDER = "generated/systems"
EXECUTED = ("start", "choosing", "limits")  # other pages whose blocks show what they print and draw
_log = logging.getLogger(__name__)


def title_of(name: str) -> str:
    words = name.replace("-", " ")
    return words[0].upper() + words[1:]


def page(name: str, text: str, results: Path, cache: Path) -> tuple[str, str | None]:
    """(MyST source of the page of a claim, its thumbnail relative to the page or None)."""
    text = with_results(text, name, cache) if text else f"# {title_of(name)}\n"
    drawn = [str(path.relative_to(cache.parent)) for path in sorted(cache.glob(f"{name}-*.png"))]
    lines = [text.rstrip(), "", "## Published, and ours", "", claim_block(EXPERIMENTS[name], results)]
    picture = results / f"{name}.png"
    if picture.is_file():
        shutil.copy(picture, cache / f"record-{name}.png")
        lines += [f"![Figure of the full run]({cache.name}/record-{name}.png)", ""]
        drawn.append(f"{cache.name}/record-{name}.png")
    return "\n".join(lines), drawn[-1] if drawn else None


def index(cards: list[tuple[str, str, str | None]]) -> str:
    """Gallery: a card for each page."""
    lines = ["# Gallery of systems", ""]
    lines += [
        "One page for each claim of the source material: the idea, the formula, code that was run when this site "
        "was built, the command that tests the claim in full, and what came out beside what was published.",
        "",
        '<div class="cards">',
    ]
    for name, title, picture in cards:
        image = f'<img src="{picture}" alt="">' if picture else '<span class="empty"></span>'
        lines.append(f'<a class="card" href="{name}.html">{image}<span>{title}</span></a>')
    lines += ["</div>", "", "```{toctree}", ":hidden:", "", *(name for name, *_ in cards), "```", ""]
    return "\n".join(lines)


def write(app: Sphinx) -> None:
    source = Path(app.srcdir)
    results, folder = source.parent / "results", source / FOLDER
    cache = folder / "figures"
    cache.mkdir(parents=True, exist_ok=True)
    cards = []
    for name in EXPERIMENTS:
        own = source / "systems" / f"{name}.md"
        text = own.read_text("utf-8") if own.is_file() else ""
        _log.info("system %s", name)
        made, picture = page(name, text, results, cache)
        _keep(folder / f"{name}.md", made)
        title = text.split("\n", 1)[0].removeprefix("# ") if text else title_of(name)
        static = None
        if picture:
            shutil.copy(folder / picture, _static(source, Path(picture).name))
            static = f"../../_static/thumbnails/{Path(picture).name}"
        cards.append((name, title, static))
    _keep(folder / "index.md", index(cards))
    links = {name: f"{FOLDER.rpartition('/')[2]}/{name}.md" for name, *_ in cards}
    _keep(source / "generated" / "evidence.md", evidence_page(EXPERIMENTS, results, links))


def run_blocks(app: Sphinx, docname: str, source: list[str]) -> None:
    """Join the results of its blocks to a page of `EXECUTED`."""
    if docname in EXECUTED:
        cache = Path(app.srcdir) / FOLDER / "figures"
        source[0] = with_results(source[0], docname, cache, f"{FOLDER}/figures")


def _static(source: Path, name: str) -> Path:
    folder = source / "generated" / "static" / "thumbnails"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", write)
    app.connect("source-read", run_blocks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
