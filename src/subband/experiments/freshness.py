"""Whether a record in `results` is of the code that is here: digests of source, and the state of each claim."""

import ast
import hashlib
import json
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from subband._version import __version__
from subband.experiments.claim import Claim

_PACKAGE = "subband.experiments"
_SHARED = {
    f"{_PACKAGE}.claim",
    f"{_PACKAGE}.parts",
    f"{_PACKAGE}.record",
}  # how claims are run, not what they compute


@dataclass(frozen=True)
class State:
    """State of the record of one claim.

    Attributes:
        record: contents of results/NAME.json, None if there is none that can be read.
        why: reason to run the claim again, "" if its record is of this code and version.

    Example:
        >>> State(None, "never run").stale
        True
    """

    record: dict[str, Any] | None
    why: str

    @property
    def stale(self) -> bool:
        return bool(self.why)


def state(claim: Claim, results: Path) -> State:
    """State of the record of `claim` in the folder `results`.

    Stale is what was never run, what another version of Subband computed, and what other source code of the
    claim computed: its module and those of `subband.experiments` that this imports. The library below changes
    often and is covered by its own tests; its version counts, its source does not.
    """
    path = results / f"{claim.name}.json"
    if not path.is_file():
        return State(None, "never run")
    try:
        record = json.loads(path.read_text("utf-8"))
        if not isinstance(record["ours"], dict):
            raise ValueError
    except (OSError, ValueError, LookupError, TypeError):
        return State(None, "its record can't be read")
    if any(key not in record["ours"] for key in claim.shown):
        return State(record, "its record is of another protocol")
    version = record.get("versions", {}).get("subband")
    if version != __version__:
        return State(record, f"its record is of version {version}")
    if "code" not in record:
        return State(record, "its record does not say of which code it is")
    return State(record, "" if record["code"] == digest(claim) else "its code has changed")


def digest(claim: Claim) -> str:
    """Sixteen hexadecimal digits of the SHA-256 of the claim's source code, of the modules that `state` names."""
    sums = hashlib.sha256()
    for name in sorted(_modules(claim.run.__module__)):
        sums.update(name.encode() + b"\0" + _source(name) + b"\0")
    return sums.hexdigest()[:16]


@cache
def _modules(start: str) -> frozenset[str]:
    """`start`, and the modules of experiments that it imports, directly or not."""
    found, waiting = {start}, [start]
    while waiting:
        for node in ast.walk(ast.parse(_source(waiting.pop()))):
            for name in _imported(node) - found - _SHARED:
                found.add(name)
                waiting.append(name)
    return frozenset(found)


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    elif isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        return set()
    return {name for name in names if name.startswith(f"{_PACKAGE}.") and _file(name) is not None}


def _source(name: str) -> bytes:
    path = _file(name)
    return path.read_bytes() if path else b""


@cache
def _file(name: str) -> Path | None:
    if name in sys.modules:
        origin = getattr(sys.modules[name], "__file__", None)
    else:
        try:
            spec = find_spec(name)
        except ModuleNotFoundError:
            return None
        origin = spec.origin if spec else None
    return Path(origin) if origin else None
