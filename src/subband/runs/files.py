"""Files that are written whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

from subband.errors import OutputError


def write_json(place: Path, content: dict[str, Any]) -> None:
    """Write a JSON file at once or not at all.

    Raises:
        OutputError: it can't be written.
    """
    write_bytes(place, json.dumps(content, indent=2, ensure_ascii=False).encode())


def write_bytes(place: Path, content: bytes) -> None:
    """Write a file at once or not at all.

    Raises:
        OutputError: it can't be written.
    """
    temporary = place.with_name(f".{place.name}.partial")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        os.replace(temporary, place)
    except OSError as error:
        raise OutputError(
            f"can't write {place}: {error.strerror}; choose another place with --out"
        ) from error
