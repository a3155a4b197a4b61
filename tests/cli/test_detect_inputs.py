"""What `subband detect` takes: names of all kinds, thresholds, odd pictures; and its exit status."""

import json
import os

import numpy as np
import pytest
from detecting import answers, natural, run
from PIL import Image
from typer.testing import CliRunner

from subband.cli import app
from subband.forensics import Detector


def test_folders_patterns_and_lists(folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "c.png").write_bytes((folder / "a.png").read_bytes())
    (folder / "list.txt").write_text("b.png\nsub/c.png\n")
    assert list(answers(run("sub", "b.*"))) == [os.path.join("sub", "c.png"), "b.png"]
    assert list(answers(run("@list.txt"))) == ["b.png", "sub/c.png"]
    assert list(answers(run("--from-file", "list.txt", "a.png"))) == ["a.png", "b.png", "sub/c.png"]
    result = run("sub", "empty.*", "a.png")
    assert result.exit_code == 1
    assert "no file fits this pattern" in result.stderr


def test_standard_input(folder):
    data = (folder / "a.png").read_bytes()
    result = CliRunner().invoke(app, ["detect", "-", "--format", "jsonl"], input=data)
    entry = json.loads(result.stdout)
    assert entry["path"] == "standard input"
    assert entry["sources"] == json.loads(run("a.png", "--format", "jsonl").stdout)["sources"]
    result = CliRunner().invoke(app, ["detect", "--from-file", "-"], input=b"b.png\na.png\n")
    assert list(answers(result)) == ["b.png", "a.png"]


def test_addresses_are_fetched(folder, monkeypatch):
    def fetched(url, limits=None):
        assert url == "https://example.org/a.png"
        return (folder / "a.png").read_bytes()

    monkeypatch.setattr("subband.data.named.fetch", fetched)
    assert list(answers(run("https://example.org/a.png"))) == ["https://example.org/a.png"]


def test_private_addresses_are_not(folder):
    result = run("http://127.0.0.1:9/a.png", "a.png")
    assert result.exit_code == 1
    assert "127.0.0.1, not a public address" in result.stderr
    assert list(answers(result)) == ["a.png"]


@pytest.mark.parametrize("words", [[], ["--from-file", "empty.txt"], ["a.png", "--threshold", "1.2"]])
def test_wrong_usage(folder, words):
    (folder / "empty.txt").write_text("\n")
    result = run(*words)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_the_status_of_a_verdict(folder):
    verdicts = {path: fields[0] for path, fields in answers(run("a.png", "b.png")).items()}
    for verdict in ("real", "generated", "can't tell"):
        word = verdict.replace("can't tell", "cant-tell")
        wanted = 3 if verdict in verdicts.values() else 0
        assert run("a.png", "b.png", "--fail-on", word).exit_code == wanted
        assert run("a.png", "b.png", "broken.png", "--fail-on", word).exit_code == 1
    everything = [word for v in ("real", "generated", "cant-tell") for word in ("--fail-on", v)]
    assert run("a.png", *everything).exit_code == 3


def test_a_threshold_of_the_caller(folder, monkeypatch):
    monkeypatch.setattr(Detector, "copies", lambda self, pixels, most: {})  # an untrained net is not stable
    sure = answers(run("a.png", "--threshold", "0.5"))["a.png"]
    assert sure[0] in ("real", "generated")
    assert "0.5 is the caller's" in sure[3]
    p = json.loads(run("a.png", "--json").stdout)[0]["probability_generated"]
    high = f"{max(p, 1 - p) + 0.5 * min(p, 1 - p):.9f}"
    assert answers(run("a.png", "--threshold", high))["a.png"][0] == "can't tell"


def test_pictures_that_no_detector_can_judge(folder):
    rng = np.random.default_rng(1)
    made = {
        "black.png": np.zeros((99, 99, 3)),
        "noise.png": rng.integers(0, 256, (64, 64, 3)),
        "tiny.png": natural(rng, 20, 20),
    }
    for name, pixels in made.items():
        Image.fromarray(pixels.astype(np.uint8)).save(folder / name)
    found = answers(run(*made))
    assert [found[name][0] for name in made] == ["can't tell"] * 3
    assert "one colour" in found["black.png"][3]
    assert "noise" in found["noise.png"][3]
    assert "too small" in found["tiny.png"][3]


def test_large_pictures_are_allowed_on_demand(folder, monkeypatch):
    Image.fromarray(natural(np.random.default_rng(2), 200, 300)).save("large.jpg", quality=95)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20_000)
    result = run("large.jpg")
    assert result.exit_code == 1
    assert "--allow-large" in result.stderr
    (entry,) = json.loads(run("large.jpg", "--allow-large", "--json").stdout)
    assert entry["verdict"] == "can't tell"
    assert {"reduced": 2} in [trace["details"] for trace in entry["traces"]]
    assert Image.MAX_IMAGE_PIXELS == 20_000
