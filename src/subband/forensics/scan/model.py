"""A detector as something that can be sent to another machine and told from any other."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from subband.errors import CheckpointError
from subband.forensics.scan.leftovers import temporary_folder
from subband.runs.names import printable

MOST_BYTES = 1 << 30
PACKAGE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Packed:
    """A detector.

    Attributes:
        name: its folder as it was given (only its last part if it comes with Subband), or the model on the hub.
        files: name → contents; none if every worker finds the model by its name.
    """

    name: str
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def sha256(self) -> str:
        """Of the names and contents of its files, or of its name."""
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(f"{name}\0{len(self.files[name])}\0".encode())
            digest.update(self.files[name])
        return digest.hexdigest() if self.files else hashlib.sha256(self.name.encode()).hexdigest()


def packed(model: str | Path) -> Packed:
    """Read the folder of a detector; "hf:NAME" is left as it is.

    Raises:
        CheckpointError: there is no such folder, or it can't be read.
    """
    if isinstance(model, str) and model.startswith("hf:"):
        return Packed(model)
    folder = Path(model)
    try:
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    except OSError as error:
        raise CheckpointError(f"can't read the detector {printable(folder)}: {error.strerror}") from error
    if sum(map(len, files.values())) > MOST_BYTES or "config.json" not in files:
        raise CheckpointError(f"{printable(folder)} is no folder of a detector")
    own = folder.is_relative_to(PACKAGE)
    return Packed(folder.name if own else printable(folder), files)


@contextmanager
def unpacked(model: Packed) -> Iterator[str]:
    """Context manager: what loads the detector here; its files in a temporary folder, or its name."""
    if not model.files:
        yield model.name
        return
    with temporary_folder() as folder:
        for name, content in model.files.items():
            (folder / name).write_bytes(content)
        yield str(folder)
