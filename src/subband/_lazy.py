"""Packages whose names are imported when they are first used (PEP 562).

`subband detect` needs one class of a package whose other modules load scikit-learn and Accelerate; with this it
loads that class alone. A package lists its names twice, for type checkers as imports under `TYPE_CHECKING` and
for Python as a call of `names_of`; tests/test_import.py holds the two lists against each other.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def names_of(package: str, **modules: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package that imports a module when a name of it is asked for.

    Args:
        package: its `__name__`.
        modules: module of the package → the names that the package takes from it, with spaces between.
    """
    module_of = {name: module for module, names in modules.items() for name in names.split()}

    def get(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        return getattr(import_module(f"{package}.{module_of[name]}"), name)

    return get, lambda: sorted(module_of)
