"""Packages whose names are imported at their first use (PEP 562).

`import subband` loads none of its parts, `sb.swt` no wavelet variance, and `subband detect` one class of a package
whose other modules import scikit-learn and Accelerate. A package lists its names twice, for type checkers as
imports under `TYPE_CHECKING` and for Python as a call of `names_of`; tests/test_import.py compares the two lists.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def names_of(
    package: str, modules: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package that imports a module when a name of it is used.

    Args:
        package: Its `__name__`.
        modules: Module, relative to the package → the names that the package takes from it, separated by spaces.
    """
    module_of = {name: module for module, names in modules.items() for name in names.split()}

    class Package(ModuleType):
        def __setattr__(self, name: str, value: Any) -> None:
            # Python gives a package each module that is imported from it, by its name, which a function may have.
            if not (isinstance(value, ModuleType) and name in module_of):
                super().__setattr__(name, value)

    def get(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        value = getattr(import_module(f"{package}.{module_of[name]}"), name)
        setattr(sys.modules[package], name, value)  # found without this function from now on
        return value

    sys.modules[package].__class__ = Package
    return get, lambda: sorted(module_of)
