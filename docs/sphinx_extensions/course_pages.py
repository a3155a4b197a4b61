"""The course as pages: its READMEs, with links to what is no page turned into links to the repository."""

import re
import shutil
from pathlib import Path
from typing import Any

from api_reference import _keep
from sphinx.application import Sphinx

REPOSITORY = "https://github.com/subband/subband/blob/main"
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)#:\s]+)\)")


def moved(text: str, page: Path, root: Path, written: dict[Path, Path], target: Path) -> str:
    """Text of `page` with its relative links right for `target`.

    Args:
        text: Markdown.
        page: file that it is of.
        root: of the repository.
        written: file of the repository → page of the site.
        target: page of the site that the text becomes; pictures are copied beside it.
    """

    def link(match: re.Match[str]) -> str:
        picture, label, address = match.groups()
        there = (page.parent / address).resolve()
        if picture:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(there, target.parent / there.name)
            return f"![{label}]({there.name})"
        if there in written:
            up = Path(*[".."] * len(target.parent.relative_to(_top(target)).parts))
            return f"[{label}]({up / written[there].relative_to(_top(target))})"
        return f"[{label}]({REPOSITORY}/{there.relative_to(root)})"

    return _LINK.sub(link, text)


def _top(page: Path) -> Path:
    return next(parent for parent in page.parents if parent.name == "generated")


def write(app: Sphinx) -> None:
    source = Path(app.srcdir)
    root, folder = source.parent, source / "generated" / "course"
    days = sorted((root / "course").glob("day_*/README.md"))
    written = {days_page: folder / f"{days_page.parent.name}.md" for days_page in days}
    written[root / "course" / "README.md"] = folder / "index.md"
    for page, target in written.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        text = moved(page.read_text("utf-8"), page, root, written, target)
        if target.name == "index.md":
            text += "\n```{toctree}\n:hidden:\n\n" + "\n".join(day.parent.name for day in days) + "\n```\n"
        _keep(target, text)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
