"""Unfinished syntheses on disk, to go on with after an interruption."""

import hashlib
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from subband.errors import CheckpointError
from subband.runs.files import write_bytes
from subband.runs.names import printable
from subband.synthesis.solvers.lbfgs import Memory

PAUSE = 20.0  # seconds between two writes


@dataclass
class Checkpoint:
    """A file with the state of a synthesis; without a path, nothing is written.

    Attributes:
        path: The file, `.npz`.
        settings: What must be equal for a synthesis to go on, as text.
    """

    path: Path | None
    settings: str
    _last: float = field(default_factory=time.monotonic)

    @property
    def key(self) -> str:
        """Hash of the settings."""
        return hashlib.sha256(self.settings.encode()).hexdigest()

    def load(self) -> tuple[int, int, list[Memory]] | None:
        """Level, evaluations and memories, where the file exists.

        Raises:
            CheckpointError: a file of another synthesis, or a damaged one.
        """
        if self.path is None or not self.path.exists():
            return None
        try:
            with np.load(self.path, allow_pickle=False) as file:
                found = {name: file[name] for name in file.files}
            if str(found["key"]) != self.key:
                raise CheckpointError(
                    f"{printable(self.path)} is of a synthesis with other settings: remove it, or choose "
                    "another file"
                )
            memories = [_memory(found, k) for k in range(int(found["count"]))]
            return int(found["level"]), int(found["evaluations"]), memories
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise CheckpointError(
                f"{printable(self.path)} is no checkpoint of a synthesis, or a damaged one: remove it"
            ) from error

    def save(self, level: int, evaluations: int, memories: Sequence[Memory]) -> None:
        """Write the state, at most every 20 seconds."""
        if self.path is None or time.monotonic() - self._last < PAUSE:
            return
        state: dict[str, Any] = {
            "key": np.array(self.key), "count": np.array(len(memories)), "level": np.array(level),
            "evaluations": np.array(evaluations),
        }  # fmt: skip
        for k, memory in enumerate(memories):
            state[f"x{k}"], state[f"g{k}"] = memory.x, memory.g
            state[f"f{k}"] = np.array([memory.f, memory.count])
            state[f"s{k}"] = np.array(memory.steps).reshape(-1, memory.x.size)
            state[f"y{k}"] = np.array(memory.changes).reshape(-1, memory.x.size)
        file = io.BytesIO()
        np.savez(file, **state)
        write_bytes(self.path, file.getvalue())
        self._last = time.monotonic()

    def remove(self) -> None:
        """Remove the file of a finished synthesis."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _memory(found: dict[str, np.ndarray], k: int) -> Memory:
    f, count = found[f"f{k}"].tolist()
    return Memory(found[f"x{k}"], f, found[f"g{k}"], list(found[f"s{k}"]), list(found[f"y{k}"]), int(count))
