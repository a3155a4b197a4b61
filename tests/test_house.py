"""The structure that the house promises: layers, no import circles, files that fit on one glance."""

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


def layers() -> list[list[str]]:
    """The layers of the contract, lowest first, without the private modules beside the packages."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contract = next(c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    found = [layer.split(" | ") for layer in reversed(contract["layers"])]
    return [layer for layer in found if not layer[0].startswith("_")]


def test_the_readme_shows_the_layers_of_the_contract() -> None:
    rows = re.findall(r"^\| (\d+) \| ((?:`\w+` ?)+)\|", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert [re.findall(r"\w+", names) for _, names in sorted(rows, key=lambda row: int(row[0]))] == layers()


def test_the_package_docstring_shows_the_layers_of_the_contract() -> None:
    rows = re.findall(r"^    (\d+)  (\w+(?: \| \w+)*)", subband.__doc__ or "", re.M)
    assert [names.split(" | ") for _, names in sorted(rows, key=lambda row: int(row[0]))] == layers()


def test_every_package_is_on_a_layer() -> None:
    packages = {path.stem for path in (SOURCE / "subband").iterdir() if not path.name.startswith("_")}
    assert packages - {"py"} == {name for layer in layers() for name in layer}


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
        path
        for folder in ("src", "tests", "benchmarks", "examples", "course")
        for path in (ROOT / folder).rglob("*.py")
    ]
    long = {str(path): count for path in files if (count := len(path.read_text("utf-8").splitlines())) > 400}
    assert not long
