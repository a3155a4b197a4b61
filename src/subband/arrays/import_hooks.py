"""Import hook that runs callbacks after a module's first import; it never loads anything itself."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def when_imported(name: str, act: Callable[[ModuleType], object]) -> None:
    """Call `act` with a top-level module: now if it is imported, else right after its first import."""
    if name in sys.modules:
        act(sys.modules[name])
    else:
        _finder.waiting.setdefault(name, []).append(act)


class _CallbackFinder:
    """Finder of `sys.meta_path` that delegates to the others, and wraps the loaders of awaited modules."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[Callable[[ModuleType], object]]] = {}
        self._looking: set[str] = set()

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname not in self.waiting or fullname in self._looking:
            return None
        self._looking.add(fullname)
        try:
            spec = find_spec(fullname)
        finally:
            self._looking.discard(fullname)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_call_back(module: ModuleType) -> None:
            execute(module)
            for act in self.waiting.pop(fullname, ()):
                act(module)

        spec.loader.exec_module = execute_and_call_back
        return spec


_finder = _CallbackFinder()
sys.meta_path.insert(0, _finder)
