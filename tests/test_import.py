"""Importing is light."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

HEAVY = {"torch", "jax", "matplotlib", "pywt", "numba", "sklearn", "skimage", "pandas", "scipy.signal"}


def test_import_brings_no_framework_and_is_quick() -> None:
    code = (
        "import time; t = time.process_time(); import subband; t = time.process_time() - t; "
        "import sys; print(t); print(*sys.modules)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split(
            "\n"
        )
        for _ in range(3)
    ]
    assert not HEAVY & set(runs[0][1].split())
    # Seconds of the processor, so that a busy machine does not count.
    assert min(float(run[0]) for run in runs) < 0.3


@pytest.mark.parametrize("package", ["subband.forensics", "subband.training"])
def test_a_lazy_package_has_the_names_that_type_checkers_see(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    seen = {
        name.name: statement.module
        for statement in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8")))
        if isinstance(statement, ast.ImportFrom) and str(statement.module).startswith(package)
        for name in statement.names
    }
    assert sorted(module.__all__) == sorted(seen) == dir(module)
    for name, source in seen.items():
        assert getattr(module, name) is getattr(importlib.import_module(str(source)), name)
    assert not hasattr(module, "nothing")
    # A module of that name would take the place of the lazy name once it is imported.
    assert not {f"{package}.{name}" for name in seen} & {found.name for found in _modules(module)}


def _modules(package: ModuleType) -> Iterator[pkgutil.ModuleInfo]:
    return pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
