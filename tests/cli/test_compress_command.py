"""`subband compress` and `decompress`: files in, files out, and one line for what can't be."""

import numpy as np
import pytest
from PIL import Image
from trained import failed, invoke


@pytest.fixture
def photo(tmp_path):
    y, x = np.mgrid[:60, :90]
    pixels = np.stack([100 + 60 * np.sin(x / 9), 2 * y + 40, 200 - x], axis=-1).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_there_and_back(photo, tmp_path) -> None:
    done = invoke("compress", photo, "--quality", 60)
    assert done.exit_code == 0, done.output
    stream = tmp_path / "photo.fic"
    assert str(stream.stat().st_size) in done.stdout
    assert invoke("decompress", stream, "--zoom", 2, "-o", tmp_path / "large.png").exit_code == 0
    with Image.open(tmp_path / "large.png") as image:
        assert image.size == (180, 120)
        assert image.mode == "RGB"


def test_copies_are_drawn_where_there_are_any(photo, tmp_path) -> None:
    flat = tmp_path / "flat.png"
    Image.new("RGB", (40, 30), "red").save(flat)
    done = invoke("compress", flat, "--explain", tmp_path / "none.png")
    assert done.exit_code == 0, done.output
    assert "no figure" in done.stderr
    assert not (tmp_path / "none.png").exists()
    noise = np.random.default_rng(0).integers(0, 255, (96, 96), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    words = ("--no-cosines", "--quality", 80, "--fast", "--explain", tmp_path / "copies.png")
    assert invoke("compress", tmp_path / "noise.png", *words).exit_code == 0
    with Image.open(tmp_path / "copies.png") as image:
        assert image.width > 500


def test_the_rate_is_kept(photo, tmp_path) -> None:
    out = tmp_path / "a.fic"
    assert invoke("compress", photo, "--bpp", 0.5, "-o", out).exit_code == 0
    assert out.stat().st_size * 8 <= 0.5 * 60 * 90


def test_what_cannot_be_is_one_line_and_leaves_no_file(photo, tmp_path) -> None:
    out = tmp_path / "a.fic"
    assert failed(invoke("compress", photo, "--bpp", 0.5, "--psnr", 30, "-o", out), "give one")
    assert failed(invoke("compress", photo, "--bpp", 0.0001, "-o", out), "at the least")
    assert failed(invoke("compress", photo, "-o", tmp_path / "a.jpg"), ".fic")
    assert failed(invoke("compress", tmp_path / "gone.png", "-o", out), "gone.png")
    assert not out.exists()
    out.write_bytes(b"mine")
    assert failed(invoke("compress", photo, "-o", out), "--overwrite")
    assert failed(invoke("decompress", out), "a.fic", "begins with")
    assert failed(invoke("decompress", out, "-o", photo), "--overwrite")
    assert out.read_bytes() == b"mine"
    assert invoke("compress", photo, "-o", out, "--overwrite").exit_code == 0
