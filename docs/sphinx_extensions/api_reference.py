"""Pages of reference, one a package, written from the docstrings of its public names."""

import inspect
import re
from pathlib import Path
from typing import Any

from docstrings import escape, summary, to_markdown
from public_names import PublicName, packages, public_names
from sphinx.application import Sphinx

FOLDER = "generated/reference"


class Links:
    """Links from `code` in a docstring: the full name, `sb.name`, or a name of the same package."""

    def __init__(self) -> None:
        self.by_full = {name.full: name.full for name in public_names()}
        for name in public_names():
            for package in name.also:
                self.by_full[f"{package}.{name.name}"] = name.full

    def of(self, package: str) -> Any:
        def link(text: str) -> str | None:
            bare = re.sub(r"\(.*\)$", "", text)
            tried = (bare, f"{package}.{bare}", re.sub(r"^sb\.", "subband.", bare))
            target = next((self.by_full[one] for one in tried if one in self.by_full), None)
            return None if target is None else f"[`{text}`](#{anchor(target)})"

        return link


def anchor(full: str) -> str:
    """Anchor of a public name on its page, and name of the MyST target."""
    return "api-" + full.replace(".", "-").replace("_", "-") + _case(full)


def _case(full: str) -> str:
    """Targets do not know upper from lower case, `Morse` from `morse`: count the capitals of the last part."""
    capitals = "".join(str(k) for k, letter in enumerate(full.rpartition(".")[2]) if letter.isupper())
    return f"-{capitals}" if capitals else ""


def page(package: Any, mine: list[PublicName], elsewhere: list[PublicName], links: Links) -> str:
    """MyST source of the page of one package."""
    name = package.__name__
    link = links.of(name)
    lines = [f"(package-{name.replace('.', '-').replace('_', '-')})=", f"# `{name}`", ""]
    lines += [to_markdown(package.__doc__ or "", link), ""]
    groups = [
        ("Functions", [one for one in mine if one.kind == "function"]),
        ("Classes", [one for one in mine if one.kind in ("class", "exception")]),
        ("Tables and constants", [one for one in mine if one.kind == "data"]),
    ]
    if len(mine) > 3:
        for title, group in groups:
            if group:
                lines += [f"**{title}**", "", "| | |", "|---|---|"]
                lines += [
                    f"| [`{one.name}`](#{anchor(one.full)}) | {_line(one, link)} |" for one in group
                ] + [""]
    if elsewhere:
        names = ", ".join(f"[`{one.name}`](#{anchor(one.full)})" for one in elsewhere)
        lines += [f"**Also here, documented elsewhere:** {names}", ""]
    for title, group in groups:
        if group:
            lines += [f"## {title}", ""]
            for one in group:
                lines += entry(one, link)
    return "\n".join(lines) + "\n"


def _line(one: PublicName, link: Any) -> str:
    if one.kind == "data":
        return escape(type(one.value).__name__)
    return summary(_docstring(one.value), link)


def _docstring(value: Any) -> str | None:
    """Own docstring: not the one that `dataclass` makes of the signature, and none of a base class."""
    text = inspect.getdoc(value) if not inspect.isclass(value) else value.__dict__.get("__doc__")
    return None if text and inspect.isclass(value) and text.startswith(f"{value.__name__}(") else text


def entry(one: PublicName, link: Any) -> list[str]:
    """One name: heading, signature, docstring, public methods."""
    lines = [f"({anchor(one.full)})=", f"### {escape(one.name)}", ""]
    if one.kind == "data":
        return [*lines, "```python", _value(one), "```", ""]
    lines += ["```python", signature(one.value, one.name), "```", ""]
    lines += [to_markdown(_docstring(one.value) or "", link), ""]
    if one.kind == "class":
        for name, method in methods(one.value):
            lines += [":::{admonition} " + _shown(name, method), ":class: method", ""]
            lines += [to_markdown(inspect.getdoc(method) or "", link), ":::", ""]
    return lines


def _shown(name: str, method: Any) -> str:
    if isinstance(method, property):
        return f"`.{name}`"
    return f"`.{signature(method, name).replace(chr(10), ' ')}`" if callable(method) else f"`.{name}`"


def methods(cls: type) -> list[tuple[str, Any]]:
    """Public methods and properties defined by the class itself that have a docstring."""
    found = []
    for name, raw in vars(cls).items():
        if name.startswith("_"):
            continue
        value = raw if isinstance(raw, property) else getattr(cls, name, None)
        if (isinstance(raw, property) or inspect.isroutine(value)) and (
            raw.__doc__ if isinstance(raw, property) else inspect.getdoc(value)
        ):
            found.append((name, value))
    return found


def signature(value: Any, name: str) -> str:
    """Signature as one would type it; without hints where it would be longer than three lines."""
    try:
        found = inspect.signature(value)
    except (ValueError, TypeError):
        return f"{name}(...)"
    parameters = [p for p in found.parameters.values() if p.name not in ("self", "cls")]
    bare = found.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    text = name + _defaults(str(bare))
    if len(text) <= 300:
        return re.sub(r"\b(?:subband|torch|numpy|collections\.abc|typing|pathlib)\.(?:\w+\.)*", "", text)
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in parameters]
    return name + _defaults(str(bare.replace(parameters=plain)))


def _defaults(text: str) -> str:
    """Addresses in memory are no part of a signature."""
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def _value(one: PublicName) -> str:
    value = one.value
    if hasattr(value, "keys"):
        keys = [repr(key) for key in value]
        return f"{one.name}: {type(value).__name__}  # {', '.join(keys[:40])}"
    text = repr(value)
    return (
        f"{one.name} = {text}"
        if len(text) < 600 and " at 0x" not in text
        else f"{one.name}: {type(value).__name__}"
    )


def write(app: Sphinx) -> None:
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    names, links = public_names(), Links()
    listed, written = [], {"index.md"}
    for package in packages():
        name = package.__name__
        mine = [one for one in names if one.package == name]
        elsewhere = [one for one in names if name in one.also] if name != "subband" else []
        if mine:
            _keep(folder / f"{name}.md", page(package, mine, elsewhere, links))
            listed.append((name, summary(package.__doc__), len(mine)))
            written.add(f"{name}.md")
    for stale in {path.name for path in folder.glob("*.md")} - written:
        (folder / stale).unlink()
    lines = [
        "# Reference",
        "",
        "Every public name, from its docstring; the examples are run by the tests.",
        "",
    ]
    lines += ["| package | | names |", "|---|---|---|"]
    lines += [f"| [`{name}`]({name}.md) | {text} | {count} |" for name, text, count in listed]
    lines += ["", "```{toctree}", ":hidden:", ":maxdepth: 1", "", *(name for name, *_ in listed), "```", ""]
    _keep(folder / "index.md", "\n".join(lines))


def _keep(path: Path, text: str) -> None:
    """Write only what changed, so that Sphinx reads again only that."""
    if not path.is_file() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
