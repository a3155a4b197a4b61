"""`subband evaluate-detector` on small pictures and an untrained net: what it writes, says and refuses."""

import csv
import json
import shlex

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from subband.cli import app
from subband.cli.evaluate_detector import command_of

ROOM = {"COLUMNS": "400", "TERM": "dumb"}


def invoke(*words):
    return CliRunner().invoke(app, ["evaluate-detector", *map(str, words)], env=ROOM)


@pytest.fixture
def pictures(folder):
    """real/a and generated/noise beside runs/mine/detector."""
    rng = np.random.default_rng(0)
    for name, level in (("real/a", 40), ("generated/noise", 90)):
        (folder / "data" / name).mkdir(parents=True)
        for k in range(8):
            pixels = rng.normal(128, level, (24, 24, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "data" / name / f"{k}.png")
    return folder


QUICK = ("--data", "data", "--conditions", "JPEG,blur", "--resamples", "20")
QUICKEST = ("--data", "data", "--conditions", "none", "--resamples", "0")


def test_a_report_and_a_table(pictures):
    done = invoke(*QUICK, "--out", "report")
    assert done.exit_code == 0, done.output
    written = {path.name for path in (pictures / "report").iterdir()}
    assert written == {"report.html", "results.json", "answers.csv", "figures"}
    assert "mine (linear on packets; knows gan, vae)" in done.stdout
    assert "worst generator" in done.stdout
    assert "report  report/report.html" in done.stdout
    rows = list(csv.reader((pictures / "report" / "answers.csv").open()))
    assert len(rows) == 1 + 16
    record = json.loads((pictures / "report" / "results.json").read_text("utf-8"))
    assert record["figures"]["pictures"] == {"noise": {"noise": 8}, "real": {"a": 8}}
    options = "--data data --conditions JPEG,blur --resamples 20 --out report"
    assert record["command"] == f"subband evaluate-detector {options}"
    # The table and the file agree.
    area = record["figures"]["detectors"]["mine"]["generators"]["noise"]["auroc"]["mean"]
    assert f"{100 * area:.1f}" in next(line for line in done.stdout.splitlines() if line.startswith("noise"))


def test_json_is_what_the_file_holds(pictures):
    done = invoke(*QUICKEST, "--json", "--out", "report")
    assert json.loads(done.stdout) == json.loads((pictures / "report" / "results.json").read_text("utf-8"))


def test_an_existing_report_is_replaced_on_demand_only(pictures):
    assert invoke(*QUICKEST, "--out", "report").exit_code == 0
    again = invoke(*QUICKEST, "--out", "report")
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr
    assert invoke(*QUICKEST, "--out", "report", "--overwrite").exit_code == 0
    foreign = invoke(*QUICKEST, "--out", "data", "--overwrite")
    assert "not a report of an evaluation" in foreign.stderr
    assert (pictures / "data" / "real" / "a" / "0.png").is_file()


def test_the_accuracy_without_each_band(pictures):
    done = invoke(*QUICKEST, "--bands", "--out", "report")
    assert done.exit_code == 0, done.output
    assert "balanced accuracy on 16 squares" in done.stdout
    assert "without " in done.stdout
    record = json.loads((pictures / "report" / "results.json").read_text("utf-8"))
    assert record["command"].endswith("--bands --resamples 0 --out report")
    found = record["figures"]["bands"]["mine"]
    assert np.shape(found["without_band"]) == (8, 8)
    assert found["images"] == {"real": 8, "generated": 8}
    assert f"{100 * found['accuracy']:.1f} %" in done.stdout
    assert (pictures / "report" / "figures" / "bands-1.png").is_file()


def test_two_detectors_and_named_sources(pictures):
    done = invoke(
        "--model", "first=runs/mine", "--model", "second=runs/mine/detector", "--real", "cameras=data/real",
        "--generated", "noise=data/generated/noise", "--conditions", "none", "--resamples", "0", "--out", "two",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    record = json.loads((pictures / "two" / "results.json").read_text("utf-8"))
    first, second = record["figures"]["detectors"].values()
    assert list(record["figures"]["detectors"]) == ["first", "second"]
    assert first == second
    assert record["figures"]["pictures"]["real"] == {"cameras": 8}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--data", "gone"], "no folder gone"),
        (["--real", "data/real"], "--generated NAME=DIR"),
        (["--data", "data", "--generated", "folder"], "is not NAME=DIR"),
        (["--data", "data", "--conditions", "sepia"], "unknown condition 'sepia'"),
        (["--data", "data", "--model", "nowhere"], "nowhere"),
        (["--data", "data", "--train", "CNN on sounds"], "CNN on sounds"),
        (["--data", "data", "--images", "1"], "most is 1"),
        (["--data", "data", "--model", "runs/mine", "--model", "runs/mine"], "given twice"),
    ],
)
def test_what_cannot_work_is_one_clear_line_and_leaves_nothing(pictures, words, says):
    done = invoke(*words, "--out", "report")
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert says in " ".join(done.stderr.replace("│", " ").split())
    assert not (pictures / "report").exists()
    assert not list(pictures.glob(".report*"))


def test_the_command_holds_what_differs_from_the_defaults():
    words = command_of(
        {"model": ["a b=c"], "real": ["x", "y"], "images": 9, "as_json": True, "overwrite": True}
    )
    assert shlex.split(words) == [
        "subband", "evaluate-detector", "--model", "a b=c", "--real", "x", "--real", "y", "--images", "9",
    ]  # fmt: skip
