"""The public names of Subband: what the reference documents, and what must have an example that runs.

A name is public if a public package lists it in `__all__`, or if it is an exception of `subband.errors`. Packages
are walked, never listed, so that a new one joins by being there. A name that several packages list is documented
once, in the first of them: `subband` itself, then the packages in alphabetical order.
"""

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import subband

INTERNAL = ("subband.arrays", "subband.cli", "subband.kernels", "subband.runs")
"""Not public: the first two layers and the command line's functions may change in any release."""


@dataclass(frozen=True)
class PublicName:
    """One public name.

    Attributes:
        package: the package whose page documents it.
        name: in that package.
        value: what it names.
        also: other packages that list it.
    """

    package: str
    name: str
    value: Any
    also: tuple[str, ...]

    @property
    def full(self) -> str:
        return f"{self.package}.{self.name}"

    @property
    def kind(self) -> str:
        """ "class", "exception", "function" or "data"."""
        if inspect.isclass(self.value):
            return "exception" if issubclass(self.value, BaseException) else "class"
        return "function" if callable(self.value) else "data"


def packages() -> list[ModuleType]:
    """Public packages in order: `subband`, its errors, then all that have an `__all__`."""
    names = [
        module.name
        for module in pkgutil.walk_packages(subband.__path__, "subband.")
        if module.ispkg
        and not module.name.startswith(INTERNAL)
        and not any(part.startswith("_") for part in module.name.split("."))
    ]
    listed = [importlib.import_module(name) for name in ["subband", "subband.errors", *sorted(names)]]
    return [module for module in listed if names_in(module)]


def names_in(module: ModuleType) -> list[str]:
    if module.__name__ == "subband.errors":
        return [
            name
            for name, value in vars(module).items()
            if inspect.isclass(value) and value.__module__ == module.__name__
        ]
    return [
        name
        for name in getattr(module, "__all__", [])
        if not name.startswith("__") and not inspect.ismodule(getattr(module, name))
    ]


@cache
def public_names() -> tuple[PublicName, ...]:
    """Every public name once, with all packages that list it."""
    found: dict[Any, list[tuple[str, str, Any]]] = {}
    for module in packages():
        for name in names_in(module):
            value = getattr(module, name)
            # Equal strings and numbers are one object; classes and functions are one wherever they are listed.
            key = id(value) if inspect.isclass(value) or callable(value) else (name, id(value))
            found.setdefault(key, []).append((module.__name__, name, value))
    return tuple(
        PublicName(*places[0], tuple(sorted({package for package, *_ in places[1:]} - {places[0][0]})))
        for places in found.values()
    )
