"""`subband calibrate` and `subband teach`: a checkpoint changes as a whole, on record, or not at all."""

import json

import numpy as np
import pytest
from detecting import natural
from PIL import Image
from typer.testing import CliRunner

from subband.cli import app
from subband.forensics import Detector


def run(*words):
    return CliRunner().invoke(app, [*map(str, words)])


def write(folder, count, seed, brighter=0):
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for k in range(count):
        pixels = np.clip(natural(rng).astype(int) + brighter, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{k:03d}.png")
    return folder


@pytest.fixture
def model(folder):
    return folder / "runs" / "mine"


def config(model):
    return json.loads((model / "detector" / "config.json").read_text("utf-8"))["config"]


def test_a_shift_is_told_and_written_with_where_it_came_from(folder, model):
    write(folder / "real", 8, 1)
    write(folder / "made", 8, 2, 60)
    words = ("calibrate", model, "--real", "real", "--generated", "made")
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert "95 % interval" in result.stdout
    assert "before: +0.00" in result.stdout
    first = config(model)
    entry = first["history"][-1]
    assert entry["from"] == {"real": "real", "generated": "made"}
    assert entry["before"] == {"shift": 0.0}
    assert (entry["fitted"]["real"], entry["fitted"]["generated"]) == (8, 8)
    assert entry["fitted"]["low"] < first["shift"] == entry["fitted"]["value"] < entry["fitted"]["high"]
    assert Detector.load(model / "detector").config.shift == first["shift"]

    assert run(*words).exit_code == 0
    again = config(model)
    assert again["shift"] == pytest.approx(first["shift"])  # fitted to the log-odds without any shift
    assert again["history"][-1]["before"] == {"shift": first["shift"]}
    assert len(again["history"]) == 2


def test_the_shift_moves_the_probability(folder, model):
    write(folder / "real", 6, 1)
    write(folder / "made", 6, 2, 60)
    before = json.loads(run("detect", "a.png", "--model", model, "--json").stdout)[0]["probability_generated"]
    run("calibrate", model, "--real", "real", "--generated", "made", "--out", "new")
    assert config(model)["shift"] == 0.0
    after = json.loads(run("detect", "a.png", "--model", "new", "--json").stdout)[0]["probability_generated"]
    shift = Detector.load(folder / "new").config.shift
    odds = np.log(before / (1 - before)) + shift
    assert after == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-6)


def test_thresholds_can_be_frozen_and_a_generator_taught(folder, model):
    write(folder / "real", 120, 1)
    write(folder / "made", 60, 2, 60)
    result = run("calibrate", model, "--real", "real", "--generated", "made", "--freeze")
    assert result.exit_code == 0, result.output
    assert "frozen on 60 photographs and 30 generated pictures" in result.stdout
    assert config(model)["abstention"]["photographs"] == 60
    write(folder / "other", 50, 3, -40)
    result = run("teach", model, "newgan=other")
    assert result.exit_code == 0, result.output
    assert "newgan: taught from 50 pictures" in result.stdout
    assert config(model)["taught"] == ["newgan"]
    (entry,) = json.loads(run("detect", "other/001.png", "--model", model, "--json").stdout)
    assert set(entry["sources"]) == {"real", "gan", "vae", "newgan"}
    assert entry["knows"] == ["gan", "vae", "newgan"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("calibrate", "runs/mine", "--real", "few", "--generated", "few"), "at least 5 of each"),
        (("calibrate", "runs/mine", "--real", "gone", "--generated", "few"), "no folder gone"),
        (("calibrate", "nowhere", "--real", "few", "--generated", "few"), "no checkpoint"),
        (("calibrate", "hf:some/model", "--real", "few", "--generated", "few"), "--out DIR"),
        (
            ("calibrate", "runs/mine", "--real", "few", "--generated", "few", "--out", "a.png/x"),
            "another --out",
        ),
        (("teach", "runs/mine", "x=few"), "without calibration pictures"),
        (("teach", "runs/mine", "few"), "NAME=DIR"),
    ],
)
def test_what_cannot_be_done_changes_nothing(folder, model, words, says):
    write(folder / "few", 3, 1)
    before = {path: path.read_bytes() for path in (model / "detector").iterdir()}
    result = run(*words)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())
    assert {path: path.read_bytes() for path in (model / "detector").iterdir()} == before
