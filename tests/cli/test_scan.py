"""`subband scan`: the table, the summary, the exit status, one line for each thing that is wrong."""

import json
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from subband.cli import app

pq = pytest.importorskip("pyarrow.parquet", reason='a scan needs pyarrow: pip install "subband[scale]"')


def run(*words):
    return CliRunner().invoke(app, ["scan", *map(str, words), "--workers", "0"])


@pytest.fixture
def photos(folder):
    """The folder with two pictures in a folder of their own."""
    (folder / "photos").mkdir()
    for name in ("a.png", "b.png"):
        Image.open(name).save(f"photos/{name}")
    return folder


def test_it_writes_a_table_and_says_what_is_in_it(photos):
    result = run("photos", "--out", "table")
    assert result.exit_code == 0, result.output
    first, second = result.stdout.splitlines()
    assert first.startswith("2 images: ")
    assert second.startswith("2 in this run, ")
    assert second.endswith("the table is table")
    rows = pq.read_table("table").to_pylist()
    assert [row["uri"] for row in rows] == ["photos/a.png", "photos/b.png"]
    assert all(row["verdict"] in ("real", "generated", "can't tell") for row in rows)
    again = run("photos", "--out", "table")
    assert again.exit_code == 0
    assert "0 in this run" in again.stdout
    assert "2 before" in again.stdout


def test_the_summary_as_json(photos):
    result = run("photos", "--out", "table", "--json")
    found = json.loads(result.stdout)
    assert (found["images"], found["new"], found["errors"], found["failures"]) == (2, 2, 0, [])
    assert sum(found["verdicts"].values()) == 2
    assert found["out"] == "table"


def test_images_with_errors_make_the_exit_status_1(photos):
    result = run(".", "--out", "/".join(["..", f"{photos.name}-table"]))
    assert result.exit_code == 1
    assert "5 images: " in result.stdout
    assert "1 with an error" in result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere", "--out", "table"], "no folder or file nowhere"),
        (["photos", "--out", "a.png"], "not a folder"),
        (["photos", "--out", "photos"], "holds other files (a.png)"),
        (["photos", "--out", "table", "--model", "nowhere"], "can't read the detector nowhere"),
        (["photos", "--out", "table", "--model", "photos"], "no folder of a detector"),
        (["photos", "--out", "table", "--address", "auto"], "takes no address"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_2(words, says, photos):
    result = run(*words)
    lines = [line for line in result.stderr.splitlines() if line.startswith("subband: ")]
    assert (result.exit_code, len(lines)) == (2, 1), result.output
    assert says in lines[0]
    assert not Path("table").exists()


def test_another_detector_is_refused(photos, detector):
    run("photos", "--out", "table")
    detector.save(photos / "runs" / "mine" / "detector")
    (photos / "runs" / "mine" / "detector" / "note.txt").write_text("changed")
    result = run("photos", "--out", "table")
    assert result.exit_code == 2
    assert "--overwrite" in result.stderr
    assert run("photos", "--out", "table", "--overwrite").exit_code == 0


def test_without_a_package_one_sentence_says_what_to_install(photos, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    result = CliRunner().invoke(app, ["scan", "photos", "--out", "table", "--workers", "2"])
    assert result.exit_code == 2
    assert 'pip install "subband[scale]"' in result.stderr
    assert "--workers 0" in result.stderr
    assert not Path("table").exists()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    result = run("photos", "--out", "table")
    assert result.exit_code == 2
    assert 'needs pyarrow: pip install "subband[scale]"' in result.stderr
