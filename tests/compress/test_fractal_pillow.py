"""Pillow reads and writes fractal streams."""

import io

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

import subband.compress.pillow  # noqa: F401 - registers the format
from subband.compress import fractal


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_pillow_opens_what_it_saved(tmp_path, mode) -> None:
    y, x = np.mgrid[:50, :70]
    pixels = np.stack([x + y, 2 * x, 200 - y], axis=-1).astype(np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    path = tmp_path / "a.fic"
    image.save(path, quality=60)
    with Image.open(path) as opened:
        assert (opened.format, opened.mode, opened.size) == ("FIC", mode, (70, 50))
        seen = np.asarray(opened)
    np.testing.assert_array_equal(seen, fractal.decode(path.read_bytes()))
    assert np.abs(seen.astype(int) - np.asarray(image)).mean() < 6


def test_options_go_to_the_encoder(tmp_path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.fic", bpp=0.8, effort="fast")
    assert (tmp_path / "a.fic").read_bytes() == fractal.encode(pixels, bpp=0.8, effort="fast")


def test_damaged_files_are_not_identified() -> None:
    data = fractal.encode(np.zeros((20, 20), np.uint8))
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(data[:-3]))


def test_modes_without_an_answer_are_refused(tmp_path) -> None:
    with pytest.raises(OSError, match="convert"):
        Image.new("RGBA", (8, 8)).save(tmp_path / "a.fic")
