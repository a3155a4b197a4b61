"""Docstrings of Subband as MyST Markdown: plain text, `code`, sections of Google's style, doctests."""

import inspect
import re
from collections.abc import Callable

SECTIONS = {
    "Args": "Arguments",
    "Attributes": "Attributes",
    "Returns": "Returns",
    "Yields": "Yields",
    "Raises": "Raises",
    "Example": "Example",
    "Examples": "Example",
    "Source": "Source",
    "Sources": "Source",
    "See also": "See also",
    "Note": "Note",
    "Shapes": "Shapes",
}
TABLES = {"Args", "Attributes", "Raises"}
_HEADER = re.compile(rf"^({'|'.join(SECTIONS)}):(?:\s+(.*))?$")
_ITEM = re.compile(r"^(\*{0,2}[\w.,* \[\]/]+?):(?:\s+(.*))?$")

Link = Callable[[str], str | None]


def to_markdown(docstring: str, link: Link = lambda name: None) -> str:
    """MyST Markdown of a docstring.

    Args:
        docstring: as written; indentation is removed.
        link: text between backticks → MyST role that links to it, or None.
    """
    parts: list[str] = []
    for header, inline, lines in _sections(inspect.cleandoc(docstring).splitlines()):
        if header:
            parts.append(f"**{SECTIONS[header]}**" + ("" if inline is None else f": {_text(inline, link)}"))
        body = _table(lines, link) if header in TABLES else None
        parts.append(body if body is not None else _blocks(_dedented(lines), link))
    return "\n\n".join(part for part in parts if part)


def summary(docstring: str | None, link: Link = lambda name: None) -> str:
    """First sentence or line of a docstring, as Markdown on one line."""
    first = inspect.cleandoc(docstring or "").split("\n\n", 1)[0].replace("\n", " ")
    return _text(re.split(r"(?<=[.:])\s", first, maxsplit=1)[0].rstrip(":"), link)


def _sections(lines: list[str]) -> list[tuple[str | None, str | None, list[str]]]:
    found: list[tuple[str | None, str | None, list[str]]] = [(None, None, [])]
    for line in lines:
        match = _HEADER.match(line)
        if match:
            rest = match.group(2)
            joined = rest is not None and match.group(1) in (
                "Source",
                "Sources",
                "See also",
                "Note",
                "Shapes",
            )
            found.append((match.group(1), None, [rest] if rest and joined else []))
            if rest and not joined:
                found[-1][2].append(rest)
        elif (
            found[-1][0] and line and not line.startswith(" ") and (not found[-1][2] or not found[-1][2][-1])
        ):
            found.append((None, None, [line]))  # an unindented paragraph ends the section
        else:
            found[-1][2].append(line)
    return found


def _dedented(lines: list[str]) -> list[str]:
    rest = [line for line in lines if line.strip()]
    indent = min((len(line) - len(line.lstrip()) for line in rest), default=0)
    return [line[indent:] for line in lines]


def _table(lines: list[str], link: Link) -> str | None:
    """`name: text` entries as a definition list; None if the lines have another form."""
    entries: list[tuple[str, list[str]]] = []
    for line in _dedented(lines):
        match = _ITEM.match(line)
        if match and not line.startswith(" "):
            entries.append((match.group(1), [match.group(2) or ""]))
        elif entries:
            entries[-1][1].append(line)
        elif line.strip():
            return None
    terms = []
    for name, text in entries:
        body = _blocks([text[0].strip(), *_dedented(text[1:])], link)
        terms.append(f"`{name}`\n: " + (body or "–").replace("\n", "\n  "))
    return "\n\n".join(terms)


def _blocks(lines: list[str], link: Link) -> str:
    """Paragraphs, lists, indented code and doctests."""
    blocks: list[str] = []
    kept: list[str] = []
    code: list[str] = []
    listed = False

    def flush() -> None:
        if kept:
            blocks.append("\n".join(kept))
            kept.clear()
        if code:
            fence = "pycon" if code[0].startswith(">>>") else "text"
            blocks.append("\n".join([f"```{fence}", *_dedented(code), "```"]).replace("\n\n```", "\n```"))
            code.clear()

    for line in [*lines, ""]:
        stripped = line.lstrip()
        in_doctest = bool(code) and code[0].startswith(">>>")
        if stripped.startswith(">>>") or (in_doctest and stripped):
            if not code:
                flush()
            code.append(line if in_doctest else stripped)
        elif not stripped:
            if code and not in_doctest:
                code.append("")
            else:
                flush()
                listed = False
        elif re.match(r"[-•] ", stripped):
            if code:
                flush()
            kept.append("- " + _text(stripped[2:], link))
            listed = True
        elif line.startswith("    ") and not kept and not listed:
            code.append(line)
        else:
            if code:
                flush()
            kept.append(("  " if listed else "") + _text(stripped, link))
    if code:
        while code and not code[-1]:
            code.pop()
        flush()
    return "\n\n".join(blocks)


def _text(line: str, link: Link) -> str:
    """Markdown with all but backticks escaped; code that names something public becomes a link."""
    parts = re.split(r"(`+[^`]+`+)", line)
    return "".join(_code(part, link) if part.startswith("`") else escape(part) for part in parts)


def _code(part: str, link: Link) -> str:
    text = part.strip("`")
    if text in ("True", "False", "None"):
        return f"`{text}`"
    return link(text) or f"`{text}`"


def escape(text: str) -> str:
    """Text in which Markdown sees no markup."""
    text = re.sub(r"([\\*_<>\[\]$#|~^{}])", r"\\\1", text)
    return re.sub(r"^(\s*)(\d+)([.)]\s)", r"\1\2\\\3", re.sub(r"^(\s*)([-+=])", r"\1\\\2", text))
