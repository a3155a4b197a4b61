"""Pictures as files, and a detector's folder."""

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

pytest.importorskip("pyarrow", reason='a scan needs pyarrow: pip install "subband[scale]"')

from scanning import png


@pytest.fixture(scope="session")
def pictures() -> dict[str, bytes]:
    """Name → contents of 30 images in folders, one of them broken, one too small."""
    found = {f"{'abc'[k % 3]}/{k:02d}.png": png(k) for k in range(28)}
    small = io.BytesIO()
    Image.new("RGB", (4, 4)).save(small, "PNG")
    return found | {"a/broken.jpg": b"no image", "b/small.png": small.getvalue()}


@pytest.fixture
def model(tmp_path) -> Path:
    """A folder like a detector's."""
    folder = tmp_path / "detector"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


@pytest.fixture
def folder(tmp_path, pictures) -> Path:
    """The pictures as files."""
    for name, content in pictures.items():
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "photos"
