"""`subband train cyclegan` with two sets of images, and `subband translate`."""

import json

import numpy as np
import pytest
from PIL import Image
from trained import QUICK, blobs, failed, invoke

from subband.generate import load_generator, translated


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("domains")
    blobs(folder / "a.npz", 48)
    pixels = np.load(folder / "a.npz")["x_train"]
    np.savez(folder / "b.npz", x_train=255 - pixels[::-1], y_train=np.zeros(48, int))
    words = ("--data", folder / "a.npz", "--data-b", folder / "b.npz", "--steps", 2, *QUICK)
    result = invoke("train", "cyclegan", *words, "--out", folder / "run")
    assert result.exit_code == 0, result.output
    return folder


def test_a_sheet_shows_each_image_above_its_translation(home) -> None:
    """Of eleven images: eight, their translations, three, and theirs, with white behind them."""
    result = invoke("translate", home / "run", f"{home / 'a.npz'}:train", "--count", 11)
    assert result.exit_code == 0, result.output
    sheet = np.asarray(Image.open(home / "run" / "translated.png"))
    given = np.load(home / "a.npz")["x_train"]
    assert sheet.shape == (4 * (16 + 1), 8 * (16 + 1) - 1, 3)
    cells = sheet.reshape(4, 17, -1, 3)[:, :16]
    cells = (
        np.pad(cells, [(0, 0), (0, 0), (0, 1), (0, 0)]).reshape(4, 16, 8, 17, 3)[:, :, :, :16].swapaxes(1, 2)
    )
    shown = np.concatenate([cells[0], cells[2, :3]])
    assert all((given == picture).all(axis=(1, 2, 3)).any() for picture in shown)
    made = translated(load_generator(home / "run"), shown)
    np.testing.assert_array_equal(np.concatenate([cells[1], cells[3, :3]]), made)
    assert (cells[2:, 3:] == 255).all()


def test_a_folder_gets_one_file_for_each(home) -> None:
    out = home / "back"
    result = invoke("translate", home / "run", home / "b.npz", "--back", "--count", 5, "--out", out)
    assert result.exit_code == 0, result.output
    assert len(list(out.glob("*.png"))) == 5
    assert failed(invoke("translate", home / "run", home / "b.npz", "--out", out), "--overwrite")


def test_the_second_set_is_part_of_the_run(home) -> None:
    words = ("--data", home / "a.npz", "--data-b", home / "a.npz", "--steps", 2, *QUICK)
    assert failed(invoke("train", "cyclegan", *words, "--out", home / "run"), "data_b was")
    assert json.loads((home / "run" / "config.json").read_text())["kind"] == "cyclegan"
    assert (home / "run" / "health.json").is_file()


def test_one_set_too_few_or_too_many(home) -> None:
    words = ("--data", home / "a.npz", "--steps", 1, *QUICK, "--out", home / "other")
    assert failed(invoke("train", "cyclegan", *words), "2 sets of images", "--data-b")
    assert failed(invoke("train", "vae", *words, "--data-b", home / "b.npz"), "leave out --data-b")


def test_models_that_do_not_translate(home) -> None:
    result = invoke("train", "vae", "--data", home / "a.npz", "--steps", 1, *QUICK, "--out", home / "vae")
    assert result.exit_code == 0, result.output
    assert failed(invoke("translate", home / "vae", home / "a.npz"), "no images of images")
