"""What is installed is what is imported: every package is declared, every declared package is used and pinned."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]

FOR_USERS = sorted(EXTRAS.keys() - {"dev", "bench", "course", "docs"})
"""The extras that add something to the package; the others are for those who work on it."""

BY_NAME = {"s3fs", "tensorboard"}
"""Packages that are imported through another one: `torch.utils.tensorboard`, `fsspec` for s3://."""

TOOLS = {
    "build",
    "cmake",
    "import-linter",
    "nanobind",
    "ninja",
    "pyright",
    "pytest-benchmark",
    "pytest-xdist",
    "ruff",
}
"""Packages of the extra "dev" that are programs, or plugins of one."""


def distribution(requirement: str) -> str:
    """The normalised name in "Some_Package[extra]>=1.0"."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]).lower()


def declared(*groups: str) -> set[str]:
    """Distributions of the base, or of extras and of those that they include, as in "subband[torch]"."""
    lists = [PROJECT["dependencies"] if group == "base" else EXTRAS[group] for group in groups]
    found: set[str] = set()
    for requirement in (one for some in lists for one in some):
        included = re.match(r"subband\[(.*)\]", requirement)
        found |= declared(*included[1].split(",")) if included else {distribution(requirement)}
    return found


@cache
def imports(*folders: str, module_level: bool = False) -> tuple[tuple[str, Path], ...]:
    """(Top-level package, file) of each import of a third-party package, those by `import_module` included."""
    return tuple(_imports(folders, module_level))


def _imports(folders: Sequence[str], module_level: bool) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        # Tests and benchmarks import each other by their files' names.
        own = {"subband", "course"} | (
            set() if folder == "src" else {path.stem for path in (ROOT / folder).rglob("*.py")}
        )
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            for node in tree.body if module_level else ast.walk(tree):
                for name in names(node):
                    package = name.partition(".")[0]
                    if package not in sys.stdlib_module_names and package not in own:
                        yield package, path.relative_to(ROOT)


def names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.name for alias in aliases]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(module)), *_]):
            return [module]
    return []


@cache
def installed() -> dict[str, set[str]]:
    """The distributions that each top-level package comes from."""
    return {name: {distribution(d) for d in many} for name, many in packages_distributions().items()}


def distributions(package: str) -> set[str]:
    return installed().get(package, {package})


def test_every_import_of_the_package_is_declared() -> None:
    allowed = declared("base", *FOR_USERS) | {"array-api-strict"}  # spoken to if it is there
    found = list(imports("src"))
    assert {"numpy", "pywt", "jax", "typer"} <= {package for package, _ in found}
    assert [(package, str(file)) for package, file in found if not distributions(package) & allowed] == []


def test_transforms_need_no_optional_package() -> None:
    """At the top of a module only in those that another library's arrays, or its name, bring in."""
    optional = declared(*FOR_USERS) - declared("base")
    low = ("arrays", "compat", "errors.py", "kernels", "runs", "transforms", "__init__.py", "__main__.py")
    at_the_top = {
        file.relative_to("src/subband").as_posix()
        for package, file in imports("src", module_level=True)
        if distributions(package) & optional and file.parts[2] in low
    }
    known = {
        "compat/kymatio/jax.py",
        "compat/kymatio/sklearn.py",
        "compat/kymatio/torch.py",
        "compat/sklearn.py",
    }
    folders = ("analytic_bank", "cascade", "filterbank", "filtered_relu", "radon")
    known |= {f"kernels/{folder}/torch.py" for folder in folders}
    known |= {"kernels/filterbank/jax.py", "kernels/filterbank/learnable.py", "kernels/radon/jax.py"}
    known |= {"runs/progress.py"}
    assert at_the_top <= known


def test_rare_packages_are_imported_only_where_they_are_asked_for() -> None:
    rare = declared(*(set(FOR_USERS) - {"lab", "torch"})) - declared("base", "lab")
    at_the_top = {
        str(file) for package, file in imports("src", module_level=True) if distributions(package) & rare
    }
    kernels = {f"src/subband/kernels/{folder}/jax.py" for folder in ("filterbank", "radon")}
    assert at_the_top <= {"src/subband/compat/kymatio/jax.py", *kernels}


def test_every_import_of_the_tests_is_declared() -> None:
    allowed = declared("base", "jax", "hub", "dev")  # what `make test` installs
    of_the_site = {file.stem for file in (ROOT / "docs" / "sphinx_extensions").glob("*.py")}
    found = [(package, file) for package, file in imports("tests") if package not in of_the_site]
    assert [(package, str(file)) for package, file in found if not distributions(package) & allowed] == []


def test_the_course_needs_only_what_its_readers_install() -> None:
    allowed = declared("base", "jax", "course")
    found = list(imports("course"))
    assert {"jax", "pytest", "pywt"} <= {package for package, _ in found}
    assert [(package, str(file)) for package, file in found if not distributions(package) & allowed] == []


@pytest.mark.parametrize(
    ("groups", "folders"),
    [
        (("base",), ("src",)),
        (FOR_USERS, ("src",)),
        (("bench",), ("benchmarks",)),
        (("course",), ("course",)),
        (("dev",), ("src", "tests")),
    ],
    ids=lambda value: " ".join(value),
)
def test_every_declared_package_is_imported(groups: Sequence[str], folders: Sequence[str]) -> None:
    used = {name for package, _ in imports(*folders) for name in distributions(package)}
    assert declared(*groups) - used - BY_NAME - TOOLS == set()


def test_every_declared_package_is_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {distribution(line) for line in pins if "==" in line}
    assert declared("base", *EXTRAS) - pinned == set()
