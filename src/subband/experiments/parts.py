"""Finished parts of an experiment, kept on disk so that an interrupted run goes on where it stopped."""

import hashlib
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import subband
from subband.runs.files import write_bytes

T = TypeVar("T")


@dataclass
class Parts:
    """Results of the parts of one experiment, a file each.

    A part is found again by its stage, its name, the budget of the run and the library's code: what another
    version or another budget computed is computed anew.

    Attributes:
        folder: of the files, made with the first of them.
        budget: nominal seconds of the run.
        found: parts that came from an earlier run.
    """

    folder: Path
    budget: float
    found: list[str] = field(default_factory=list)

    def load(self, stage: str, name: str) -> tuple[Any] | None:
        """(the result,) of a part that an earlier run finished, or None."""
        with suppress(OSError, EOFError, pickle.UnpicklingError):
            result = pickle.loads(self._path(stage, name).read_bytes())
            self.found.append(f"{stage}: {name}")
            return (result,)
        return None

    def save(self, stage: str, name: str, result: Any) -> None:
        """Write a result, atomically.

        Raises:
            OutputError: the folder can't be written.
        """
        write_bytes(self._path(stage, name), pickle.dumps(result))

    def _path(self, stage: str, name: str) -> Path:
        key = hashlib.sha256(repr((stage, name, self.budget, _code())).encode()).hexdigest()
        return self.folder / f"{key[:32]}.pickle"


_current: ContextVar[Parts | None] = ContextVar("parts", default=None)


@contextmanager
def keeping_parts(folder: Path, budget: float) -> Iterator[Parts]:
    """Keep the parts of the experiment in this block in `folder`, which is removed when the block succeeds.

    The files are pickles, which run code when read: a folder from somebody else is to be trusted like their code.
    """
    parts = Parts(folder, budget)
    token = _current.set(parts)
    try:
        yield parts
    finally:
        _current.reset(token)
    shutil.rmtree(folder, ignore_errors=True)


def find_part(stage: str, name: str) -> tuple[Any] | None:
    """(the result,) of a part that an earlier run finished; None if there is none, or outside `keeping_parts`."""
    parts = _current.get()
    return None if parts is None else parts.load(stage, name)


def keep_part(stage: str, name: str, result: T) -> T:
    """Keep a result, unless outside `keeping_parts`; returns it."""
    parts = _current.get()
    if parts is not None:
        parts.save(stage, name, result)
    return result


def once(stage: str, name: str, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """The result of `work`, from an earlier run if that finished it."""
    found = find_part(stage, name)
    return keep_part(stage, name, work(*arguments, **named)) if found is None else found[0]


@contextmanager
def work_folder(name: str) -> Iterator[Path]:
    """A folder for the states of trainings, kept with the parts if the run is cut off; else it is removed.

    Args:
        name: of the folder; runs of other budgets, or of other code, have others.
    """
    parts = _current.get()
    if parts is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    folder = parts.folder / f"{name}-{parts.budget:g}-{_code()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


@cache
def _code() -> str:
    """Digest of the library's modules and kernels."""
    digest, root = hashlib.sha256(), Path(subband.__file__).parent
    for path in sorted((*root.rglob("*.py"), *root.rglob("_native*.so"))):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()
