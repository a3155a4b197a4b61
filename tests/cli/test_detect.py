"""`subband detect`: one line per image, honest about what it could not judge."""

import json
import os

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from subband.cli import app
from subband.cli.detect import newest_detector
from subband.data.decode import decode
from subband.errors import CheckpointError


def run(*words):
    return CliRunner().invoke(app, ["detect", *map(str, words)])


def test_each_image_gets_one_line(folder, detector):
    result = run("a.png", "b.png")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["a.png", "b.png"]
    verdict = detector.judge(decode(folder / "a.png").pixels)
    _, said, probability, source = lines[0].split("\t")
    assert said == ("real" if verdict.real else "generated")
    p = 1 - verdict.probability_generated if verdict.real else verdict.probability_generated
    assert probability in (f"{100 * p:.1f} %", ">99.9 %")
    assert verdict.real or verdict.source in source


def test_json_is_one_list_with_everything(folder, detector):
    result = run("a.png", "--json")
    (entry,) = json.loads(result.stdout)
    verdict = detector.judge(decode(folder / "a.png").pixels)
    assert entry["sources"] == pytest.approx(verdict.source_probabilities)
    assert sum(entry["sources"].values()) == pytest.approx(1)
    assert entry["probability"] == pytest.approx(
        1 - verdict.probability_generated if verdict.real else verdict.probability_generated
    )
    assert set(entry) == {"path", "verdict", "probability", "source", "sources", "crops"}


def test_what_cannot_be_read_is_named_and_the_others_are_still_judged(folder):
    result = run("a.png", "broken.png", "missing.png", "b.png")
    assert result.exit_code == 1
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ["a.png", "b.png"]
    complaints = result.stderr.splitlines()
    assert len(complaints) == 2
    assert complaints[0].startswith("broken.png: ")
    assert complaints[1].startswith("missing.png: ")


def test_an_image_that_is_too_small_is_named_too(folder):
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save("small.png")
    result = run("small.png", "a.png", "--json")
    assert result.exit_code == 1
    assert "small.png: the image has 8×8 pixels" in result.stderr
    small, good = json.loads(result.stdout)
    assert "8×8" in small["error"]
    assert "error" not in good


def test_an_explanation_is_drawn(folder):
    result = run("a.png", "--explain", "why.png")
    assert result.exit_code == 0, result.output
    assert Image.open("why.png").size[0] > 1000
    assert not list(folder.glob(".*partial"))


def test_several_explanations_are_numbered_in_order(folder):
    assert run("a.png", "broken.png", "b.png", "--explain", "why.svg").exit_code == 1
    assert sorted(path.name for path in folder.glob("why*")) == ["why-1.svg", "why-3.svg"]
    assert "b.png: " in (folder / "why-3.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("place", "says"), [("why.txt", ".png or .svg"), ("no/such/why.png", "another place")]
)
def test_a_place_that_cannot_be_drawn_to_is_explained(folder, place, says):
    result = run("a.png", "--explain", place)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_the_newest_detector_is_taken_by_default(folder, detector):
    detector.save(folder / "runs" / "later" / "detector")
    detector.save(folder / "runs" / ".hidden.partial" / "detector")
    os.utime(folder / "runs" / "mine" / "detector" / "config.json", (1, 1))
    assert newest_detector(folder / "runs") == folder / "runs" / "later" / "detector"


@pytest.mark.parametrize("model", ["runs/mine", "runs/mine/detector"])
def test_a_run_or_its_detector_can_be_named(folder, model):
    assert run("a.png", "--model", model).exit_code == 0


def test_without_a_detector_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError, match="subband lab"):
        newest_detector(tmp_path / "runs")
    result = run("a.png")
    assert result.exit_code == 2
    assert "subband lab" in result.stderr
    result = run("a.png", "--model", "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
