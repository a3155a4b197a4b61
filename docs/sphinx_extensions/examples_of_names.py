"""Where each public name has an example that runs: its own docstring, another one, a page, or a program.

Doctests are run by `tests/docs/test_doctests.py`, the blocks of pages by `tests/test_readme.py` and `tests/docs`,
the programs of `examples/` by `make examples`. An example counts for a name that stands in its code: imported,
or as an attribute of a module (`sb.dwt`). That of a function counts for the class of what it returns, too.
"""

import ast
import doctest
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from public_names import PublicName, public_names

ROOT = Path(__file__).parents[2]
_PARSER = doctest.DocTestParser()


@dataclass(frozen=True)
class Example:
    """Code that runs.

    Attributes:
        where: page relative to docs ("start.md"), program ("examples/chirp.py"), or public name ("subband.dwt").
        names: names in its code: imported ones, and attributes.
    """

    where: str
    names: frozenset[str]


def own_doctest(value: object) -> bool:
    """Whether the docstring of a class or function, or of a public method of the class, has a doctest."""
    texts = [inspect.getdoc(value) if not inspect.isclass(value) else value.__doc__]
    if inspect.isclass(value):
        members = [member for name, member in vars(value).items() if not name.startswith("_")]
        texts += [getattr(member, "__doc__", None) for member in members]
    return any(">>>" in text for text in texts if isinstance(text, str))


def names_in_code(code: str) -> frozenset[str]:
    """Names that a piece of Python imports, or takes as attributes of something."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Name):
            found.add(node.id)
    return frozenset(found)


def _returned(value: object) -> frozenset[str]:
    """Classes that a function returns by its hints: its example makes one."""
    try:
        hint = inspect.signature(value).return_annotation  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        return frozenset()
    return frozenset(re.findall(r"\w+", hint if isinstance(hint, str) else inspect.formatannotation(hint)))


def _examples() -> Iterator[Example]:
    for name in public_names():
        text = inspect.getdoc(name.value) if name.kind != "data" else None
        if text and ">>>" in text:
            code = "".join(example.source for example in _PARSER.get_examples(text))
            yield Example(name.full, names_in_code(code) | _returned(name.value))
    for page in sorted((ROOT / "docs").rglob("*.md")):
        if "generated" not in page.parts:
            blocks = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.S)
            if blocks:
                yield Example(str(page.relative_to(ROOT / "docs")), names_in_code("\n".join(blocks)))
    for program in sorted((ROOT / "examples").glob("*.py")):
        yield Example(f"examples/{program.name}", names_in_code(program.read_text("utf-8")))


@cache
def examples() -> tuple[Example, ...]:
    return tuple(_examples())


def shown_in(name: PublicName) -> list[str]:
    """Where a name without a doctest of its own is shown."""
    return [example.where for example in examples() if name.name in example.names]


def without_example() -> list[PublicName]:
    """Public functions and classes without any example; exceptions are shown where they are raised."""
    return [
        name
        for name in public_names()
        if name.kind in ("function", "class") and not own_doctest(name.value) and not shown_in(name)
    ]
