"""Checkpoints: one folder with `model.safetensors` and `config.json`. Never pickle.

The weights file carries the configuration in its header, and replacing it is the one atomic act of saving:
whatever moment a save is cut off at, the folder holds the old model or the new one. `config.json` is the same
text for readers, tools and model hubs.
"""

import json
from collections.abc import Collection
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise
from torch import Tensor

from subband.errors import CheckpointError, OutputError
from subband.runs.files import write_bytes
from subband.training.settings import plain_type

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
    folder = Path(folder)
    write_bytes(folder / CONFIG, _json(header).encode())
    write_tensors(folder / WEIGHTS, tensors, header)


def write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    """Write one safetensors file with a JSON header, so that it is never seen half written.

    Raises:
        OutputError: if it can't be written.
    """
    solid = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    try:
        content = serialise(solid, metadata={"subband": _json(header)})
    except SafetensorError as error:
        raise OutputError(f"can't write a checkpoint to {path.parent}: {error}") from error
    write_bytes(path, content)


def read_tensors(
    path: Path, names: Collection[str] | None = None
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_tensors` wrote: tensors on the CPU, all or those of some names, and the header.

    Raises:
        CheckpointError: if it is truncated, made by something else, or newer than this version can read.
    """
    try:
        with _opened(path) as file:
            header = _header(file, path)
            return {name: file.get_tensor(name) for name in (file.keys() if names is None else names)}, header
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is truncated or not a safetensors file ({error}): save it again"
        ) from error


def _opened(path: Path) -> Any:
    """The file, which a run in another process may replace at any moment.

    `safe_open` opens it twice, once for the header and once for the tensors, so what it took may be of two
    files; then it is opened again.
    """
    while True:
        before = _identity(path)
        try:
            file = safe_open(path, framework="pt")
        except RuntimeError:  # the second file is shorter than the header of the first says
            if _identity(path) == before:
                raise
        else:
            if _identity(path) == before:
                return file


def _identity(path: Path) -> tuple[int, int, int, int]:
    """What changes when another file takes this name."""
    at = path.stat()
    return at.st_dev, at.st_ino, at.st_mtime_ns, at.st_size


def _header(file: Any, path: Path) -> dict[str, Any]:
    """The header of an open file, if it is Subband's and of this version."""
    text = (file.metadata() or {}).get("subband")
    try:
        header = json.loads(text or "")
        version = header["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} was not written by Subband: its header has no configuration"
        ) from error
    if version != FORMAT:
        newer = not isinstance(version, int) or version > FORMAT
        advice = "update Subband: pip install --upgrade subband" if newer else "train it again"
        raise CheckpointError(f"{path} has format {version}; this version reads {FORMAT}: {advice}")
    return header


def load_checkpoint(folder: str | Path, kind: str | None = None, *, weights: bool = True) -> Checkpoint:
    """Read a checkpoint.

    Args:
        folder: what `save_checkpoint` wrote.
        kind: what it must hold; None takes any.
        weights: whether to read the tensors too; there are none else.

    Raises:
        CheckpointError: if it is missing, truncated, made by something else, of another kind, or newer than
            this version of Subband can read.
    """
    path = Path(folder) / WEIGHTS
    if not path.is_file():
        raise CheckpointError(f"no checkpoint in {folder}: expected a file {WEIGHTS} there")
    tensors, header = read_tensors(path, names=None if weights else ())
    try:
        found, config = header["kind"], header["config"]
    except KeyError as error:
        raise CheckpointError(f"{path} is no model: its header has no {error}") from error
    if kind is not None and found != kind:
        raise CheckpointError(f"{path} holds {found!r}, not {kind!r}: load it as {found!r}")
    return Checkpoint(found, config, tensors)


def read_config(cls: type[C], config: dict[str, Any]) -> C:
    """Make the dataclass `cls` from what a checkpoint says; lists become tuples, and settings in it settings.

    A setting that the checkpoint does not know gets its default. So the default of a setting that is added
    later is what was done before it.

    Raises:
        CheckpointError: if a setting is missing, unknown or impossible.
    """
    known = {f.name for f in fields(cls)}  # type: ignore[arg-type]
    needed = {f.name for f in fields(cls) if f.default is MISSING}  # type: ignore[arg-type]
    odd = sorted((set(config) - known) | (needed - set(config)))
    if odd:
        raise CheckpointError(f"the checkpoint's settings don't fit {cls.__name__}: {', '.join(odd)} differ")
    hints = get_type_hints(cls)
    try:
        return cls(**{name: _read_value(hints[name], value) for name, value in config.items()})
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"the checkpoint's settings are impossible: {error}") from error


def _read_value(hint: Any, value: Any) -> Any:
    """A value as a field of this type holds it."""
    kind, _ = plain_type(hint)
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
        return read_config(kind, value)
    return tuple(value) if isinstance(value, list) else value


def fill(module: Any, tensors: dict[str, Tensor]) -> None:
    """Load weights into a module, every one of them.

    Raises:
        CheckpointError: if names or shapes differ from the module's.
    """
    own = module.state_dict()
    wrong = {
        "missing": own.keys() - tensors.keys(),
        "unknown": tensors.keys() - own.keys(),
        "of another shape": {n for n in own.keys() & tensors.keys() if own[n].shape != tensors[n].shape},
    }
    found = [f"{len(names)} {what} (e.g. {min(names)})" for what, names in wrong.items() if names]
    if found:
        raise CheckpointError(f"the checkpoint's weights don't fit its settings: {', '.join(found)}")
    module.load_state_dict(tensors, strict=True)


def _json(header: dict[str, Any]) -> str:
    return json.dumps(header, indent=2, sort_keys=True)
