"""`subband restore`, through the program's own parser."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from subband.cli.app import app


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    at = np.linspace(-1, 1, 24)
    grey = 60 + 150 * (np.hypot(at, at[:, None]) < 0.7)
    Image.fromarray(grey.astype(np.uint8)).save(tmp_path / "disc.png")
    return tmp_path / "disc.png"


def restore(*words: object):
    return CliRunner().invoke(app, ["restore", *map(str, words)])


def test_an_image_is_enlarged(picture: Path) -> None:
    done = restore(picture, "--task", "x2", "--prior", "tikhonov", "--noise", "2")
    assert done.exit_code == 0, done.output
    with Image.open(picture.with_name("disc-restored.png")) as found:
        assert (found.size, found.mode) == ((48, 48), "L")
    assert "noise 2.00 of 255" in done.output
    again = restore(picture, "--task", "x2")
    assert again.exit_code == 2
    assert "exists: choose another --out, or replace it with --overwrite" in again.output


def test_a_simulation_compares_priors(picture: Path) -> None:
    out = picture.with_name("out.png")
    words = (
        picture,
        "--task",
        "tomography",
        "--simulate",
        "--prior",
        "tikhonov",
        "--prior",
        "tv",
        "--out",
        out,
        "--json",
    )
    done = restore(*words)
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["rows"]
    assert [row["prior"] for row in rows] == ["tikhonov", "tv"]
    assert rows[1]["psnr"] > rows[0]["psnr"] > 15
    assert out.is_file()


def test_missing_pixels_are_filled(picture: Path) -> None:
    mask = np.zeros((24, 24), np.uint8)
    mask[4:7, 5:9] = 255
    Image.fromarray(mask).save(picture.with_name("mask.png"))
    out = picture.with_name("filled.png")
    done = restore(
        picture, "--task", "inpaint", "--mask", picture.with_name("mask.png"), "--noise", 0, "--out", out
    )
    assert done.exit_code == 0, done.output
    with Image.open(out) as found, Image.open(picture) as given:
        difference = np.abs(np.asarray(found, float) - np.asarray(given, float))
    assert difference[mask == 0].max() <= 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--task", "x5"), "--task x5 is unknown: give one of x2, x3, x4"),
        (("--task", "deblur", "--prior", "magic"), "--prior magic is unknown"),
        (("--task", "deblur", "--prior", "tv", "--prior", "l1"), "add --simulate"),
        (("--task", "deblur", "--blur", "0"), "blur=0.0 must be"),
        (("--task", "deblur", "--noise", "-1"), "--noise is that of a measurement"),
        (("--task", "deblur", "--out", "x.txt"), "end the name in .png"),
        (("--task", "deblur", "--prior", "scattering"), "give --train FOLDER"),
        (("--task", "inpaint"), "give --mask FILE"),
        (("--task", "tomography", "--angles", "0", "--simulate"), "angles=0 must be"),
    ],
)
def test_bad_words_get_one_line(picture: Path, words: tuple[str, ...], message: str) -> None:
    done = restore(picture, *words)
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output
    assert not picture.with_name("disc-restored.png").exists()


def test_a_missing_image_is_an_error_in_words(tmp_path: Path) -> None:
    done = restore(tmp_path / "none.png", "--task", "x2")
    assert done.exit_code == 2
    assert "none.png" in done.output
