"""Checkpoints: one folder with `model.safetensors` and `config.json`. Never pickle.

The weights file carries the configuration in its header, and replacing it is the one atomic act of saving:
whatever moment a save is cut off at, the folder holds the old model or the new one. `config.json` is the same
text for readers, tools and model hubs.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise
from torch import Tensor

from subband.errors import CheckpointError, OutputError

WEIGHTS, CONFIG = "model.safetensors", "config.json"
FORMAT = 1

C = TypeVar("C")


@dataclass(frozen=True)
class Checkpoint:
    """What a folder holds.

    Attributes:
        kind: what was saved, e.g. "diffusion".
        config: its settings, as JSON gives them.
        tensors: its weights and buffers by name, on the CPU.
    """

    kind: str
    config: dict[str, Any]
    tensors: dict[str, Tensor]


def save_checkpoint(folder: str | Path, kind: str, config: Any, tensors: dict[str, Tensor]) -> None:
    """Write a checkpoint, over an older one if there is one.

    Args:
        folder: made if it is not there.
        kind: what is saved; loading asks for it by this name.
        config: a dataclass of JSON values.
        tensors: weights and buffers by name.

    Raises:
        OutputError: if the folder can't be written.
    """
    header = {"format": FORMAT, "kind": kind, "config": asdict(config)}
    text = json.dumps(header, indent=2, sort_keys=True)
    solid = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / CONFIG, text.encode())
        _replace(folder / WEIGHTS, serialise(solid, metadata={"subband": text}))
    except OSError as error:
        raise OutputError(f"can't write a checkpoint to {folder}: {error}") from error


def load_checkpoint(folder: str | Path, kind: str | None = None) -> Checkpoint:
    """Read a checkpoint.

    Args:
        folder: what `save_checkpoint` wrote.
        kind: what it must hold; None takes any.

    Raises:
        CheckpointError: if it is missing, truncated, made by something else, of another kind, or newer than
        this
            version of Subband can read.
    """
    path = Path(folder) / WEIGHTS
    if not path.is_file():
        raise CheckpointError(f"no checkpoint in {folder}: expected a file {WEIGHTS} there")
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("subband")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is truncated or not a safetensors file ({error}): save it again"
        ) from error
    try:
        header = json.loads(text or "")
        version, found, config = header["format"], header["kind"], header["config"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} was not written by Subband: its header has no configuration"
        ) from error
    if version != FORMAT:
        raise CheckpointError(f"{path} has format {version}; this version reads {FORMAT}: update Subband")
    if kind is not None and found != kind:
        raise CheckpointError(f"{path} holds {found!r}, not {kind!r}: load it as {found!r}")
    return Checkpoint(found, config, tensors)


def read_config(cls: type[C], config: dict[str, Any]) -> C:
    """Make the dataclass `cls` from what a checkpoint says; lists become tuples.

    Raises:
        CheckpointError: if a setting is missing, unknown or impossible.
    """
    names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
    if set(config) != names:
        odd = sorted(set(config) ^ names)
        raise CheckpointError(f"the checkpoint's settings don't fit {cls.__name__}: {', '.join(odd)} differ")
    try:
        return cls(
            **{name: tuple(value) if isinstance(value, list) else value for name, value in config.items()}
        )
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"the checkpoint's settings are impossible: {error}") from error


def fill(module: Any, tensors: dict[str, Tensor]) -> None:
    """Load weights into a module, every one of them.

    Raises:
        CheckpointError: if names or shapes differ from the module's.
    """
    try:
        module.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        raise CheckpointError(f"the checkpoint's weights don't fit its settings: {error}") from error


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is never seen half written."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
