"""The structure that the house promises: one ladder, no import circles, files that fit on one glance."""

import ast
import re
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import subband

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"


def ladder() -> list[list[str]]:
    """The rungs of the contract, lowest first, without the private modules beside the rooms."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contract = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    rungs = [rung.split(" | ") for rung in reversed(contract["layers"])]
    return [rung for rung in rungs if not rung[0].startswith("_")]


def test_the_readme_shows_the_ladder_of_the_contract() -> None:
    rows = re.findall(r"^\| (\d+) \| ((?:`\w+` ?)+)\|", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert [re.findall(r"\w+", rooms) for _, rooms in sorted(rows, key=lambda row: int(row[0]))] == ladder()


def test_the_package_docstring_shows_the_ladder_of_the_contract() -> None:
    rows = re.findall(r"^    (\d+)  (\w+(?: \| \w+)*)", subband.__doc__ or "", re.M)
    assert [rooms.split(" | ") for _, rooms in sorted(rows, key=lambda row: int(row[0]))] == ladder()


def test_every_room_is_on_the_ladder() -> None:
    rooms = {path.stem for path in (SOURCE / "subband").iterdir() if not path.name.startswith("_")}
    assert rooms - {"py"} == {room for rung in ladder() for room in rung}


def modules() -> dict[str, Path]:
    found = {path: ".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in SOURCE.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for path, name in found.items()}


def imports(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """(module, name) of every import below a node, late ones too, except those for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.ImportFrom) and child.module:
            yield from ((child.module, alias.name) for alias in child.names)
        elif isinstance(child, ast.Import):
            yield from ((alias.name, None) for alias in child.names)
        yield from imports(child)


def test_no_module_imports_itself_by_way_of_others() -> None:
    there = modules()
    graph: dict[str, set[str]] = {}
    for name, path in there.items():
        targets = {
            f"{module}.{item}" if f"{module}.{item}" in there else module
            for module, item in imports(ast.parse(path.read_text("utf-8")))
        }
        graph[name] = (targets & there.keys()) - {name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_no_file_is_longer_than_400_lines() -> None:
    files = [
        path for room in ("src", "tests", "benchmarks", "examples") for path in (ROOT / room).rglob("*.py")
    ]
    long = {str(path): count for path in files if (count := len(path.read_text("utf-8").splitlines())) > 400}
    assert not long
