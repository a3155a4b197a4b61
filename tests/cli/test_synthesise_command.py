"""`subband synthesise`, through the program's own parser."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile
from typer.testing import CliRunner

from subband.cli.app import app

QUICK = ("--evaluations", "15", "--n", "2", "--octaves", "2")


@pytest.fixture
def bark(tmp_path: Path, rng) -> Path:
    noise = rng.standard_normal((35, 36))
    smooth = noise + np.roll(noise, 1, 0) + np.roll(noise, 2, 0)
    Image.fromarray((128 + 20 * smooth).clip(0, 255).astype(np.uint8)).save(tmp_path / "bark.png")
    return tmp_path / "bark.png"


@pytest.fixture
def rain(tmp_path: Path, rng) -> Path:
    wavfile.write(tmp_path / "rain.wav", 8000, (3000 * rng.standard_normal((512, 2))).astype(np.int16))
    return tmp_path / "rain.wav"


def run(*words: object):
    return CliRunner().invoke(app, ["synthesise", *map(str, words)])


def test_textures_and_sounds_are_drawn_together(bark: Path, rain: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(bark, rain, "--out", out, *QUICK)
    assert done.exit_code == 0, done.output
    assert "bark.png is cropped to 32 × 36 samples" in done.output
    with Image.open(out / "bark-1.png") as picture:
        assert (picture.size, picture.mode) == ((36, 32), "L")
    with Image.open(out / "bark-sheet.png") as picture:
        assert picture.size[0] > 72
    rate, sound = wavfile.read(out / "rain-2.wav")
    assert (rate, sound.shape) == (8000, (512, 2))
    page = (out / "report.html").read_text("utf-8")
    assert page.count("<audio") == 3
    assert "http" not in page.replace('charset="utf-8"', "")
    record = json.loads((out / "synthesis.json").read_text("utf-8"))
    assert set(record["inputs"]) == {"bark", "rain"}
    assert set(record["inputs"]["bark"]["report"]) == {"spectrum", "marginal", "structure"}
    assert not list(tmp_path.glob(".*unfinished*"))
    again = run(bark, "--out", out, *QUICK)
    assert again.exit_code == 2
    assert "exists: choose another --out, or replace it with --overwrite" in again.output


def test_sizes_and_json(bark: Path, tmp_path: Path) -> None:
    done = run(
        bark, "--out", tmp_path / "out", "--size", "48x64", "--json", "--statistics", "spectrum", *QUICK
    )
    assert done.exit_code == 0, done.output
    with Image.open(tmp_path / "out" / "bark-1.png") as picture:
        assert picture.size == (64, 48)
    found = json.loads(done.stdout)
    assert found["inputs"]["bark"]["samples"] == 2


def test_a_mask_is_filled(bark: Path, tmp_path: Path) -> None:
    mask = np.zeros((35, 36), np.uint8)
    mask[8:20, 8:20] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    done = run(bark, "--out", tmp_path / "out", "--mask", tmp_path / "mask.png", *QUICK)
    assert done.exit_code == 0, done.output
    made = np.asarray(Image.open(tmp_path / "out" / "bark-1.png"))
    original = np.asarray(Image.open(bark))[:32]
    outside = mask[:32] == 0
    np.testing.assert_array_equal(made[outside], original[outside])
    assert (made[~outside] != original[~outside]).mean() > 0.5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--statistics", "wavelength"), "are unknown: give some of"),
        (("--statistics", "joint"), "of signals, not of images"),
        (("--size", "big"), "give pixels, such as 512"),
        (("--n", "0"), "1 or more"),
        (("--octaves", "9"), "smaller than the largest wavelet"),
        (("--init", "pink"), "unknown: give one of white, spectrum"),
    ],
)
def test_wrong_words_are_named(bark: Path, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    done = run(bark, "--out", tmp_path / "out", *words)
    assert done.exit_code == 2
    assert message in done.output
    assert not (tmp_path / "out").exists()


def test_unreadable_inputs_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    done = run(tmp_path / "a.wav", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "can't read" in done.output
