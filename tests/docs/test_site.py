"""What the site is made of: docstrings as Markdown, formulas, links, pages of claims."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs" / "sphinx_extensions"))

from check_links import broken_links  # noqa: E402
from docstrings import escape, summary, to_markdown  # noqa: E402

from subband.experiments import EXPERIMENTS  # noqa: E402


def link(name: str) -> str | None:
    return f"[`{name}`](#{name})" if name == "dwt" else None


def test_a_docstring_becomes_markdown() -> None:
    made = to_markdown(
        """Modulus |x_j|, as `dwt` has it.

        Args:
            x: (…) array;
                two lines.
            *more: others.

        Returns:
            The *same*.

        Example:
            >>> 1 + 1
            2

        Source: A paper, 1999.
        """,
        link,
    )
    assert made.startswith("Modulus \\|x\\_j\\|, as [`dwt`](#dwt) has it.")
    assert "**Arguments**\n\n`x`\n: (…) array;" in made
    assert "`*more`\n: others." in made
    assert "The \\*same\\*." in made
    assert "```pycon\n>>> 1 + 1\n2\n```" in made
    assert "**Source**" in made
    assert "A paper, 1999." in made


def test_numbers_and_dashes_at_the_start_of_a_line_are_text() -> None:
    assert escape("1. one") == "1\\. one"
    assert escape("- no list") == "\\- no list"
    assert summary("First: a. Second.") == "First"


def test_formulas_become_mathml() -> None:
    pytest.importorskip("latex2mathml")
    from mathml import mathml

    made = mathml(r"x^2 + \frac12 \tag{3}", display=True)
    assert "<math" in made
    assert '<span class="eqno">(3)</span>' in made
    assert "\\tag" not in made


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text('<p id="there"></p>')
    (tmp_path / "a.html").write_text(
        '<a href="b.html#there"></a><a href="b.html#gone"></a><img src="no.png"><a href="https://x.org"></a>'
    )
    assert broken_links(tmp_path) == ["a.html: b.html#gone", "a.html: no.png"]


def test_every_page_of_a_system_is_of_a_claim() -> None:
    pages = {page.stem: page.read_text("utf-8") for page in (ROOT / "docs" / "systems").glob("*.md")}
    assert set(pages) == EXPERIMENTS.keys()
    for name, text in pages.items():
        assert text.startswith("# "), name
        assert text.count("$") >= 2, f"{name} has no formula"
    assert len(pages) > 25


def test_references_have_what_a_citation_needs() -> None:
    entries = (ROOT / "docs" / "references.bib").read_text("utf-8").split("@")[1:]
    keys = [re.match(r"\w+\{(\w+),", entry)[1] for entry in entries]  # type: ignore[index]
    assert len(keys) == len(set(keys)) > 25
    for entry in entries:
        assert all(f"{field} = " in entry for field in ("author", "title", "year")), entry
