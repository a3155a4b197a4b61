"""`subband train cyclegan` with two sets of images, and `subband translate`."""

import json

import numpy as np
import pytest
from PIL import Image
from trained import QUICK, blobs, failed, invoke


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
    result = invoke("translate", home / "run", f"{home / 'a.npz'}:train", "--count", 8)
    assert result.exit_code == 0, result.output
    sheet = np.asarray(Image.open(home / "run" / "translated.png"))
    assert sheet.ndim == 3
    assert sheet.shape[0] * sheet.shape[1] >= 16 * 16 * 16


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
