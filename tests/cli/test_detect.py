"""`subband detect`: one line per image, honest about what it could not judge."""

import base64
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from detecting import answers, run
from PIL import Image

from subband import forensics
from subband.cli.detectors import newest_detector
from subband.cli.evidence import COLUMNS
from subband.data.decode import decode
from subband.errors import CheckpointError
from subband.forensics import Detector
from subband.forensics.detectors.ruling import percent
from subband.kernels.threads import set_threads, threads
from subband.plots.lettering import drawable
from subband.runs.interrupt import Terminated


@pytest.fixture
def one_thread():
    """Pictures are judged one after another, whatever the environment says."""
    before = threads()
    set_threads(1)
    yield
    set_threads(before)


def test_each_image_gets_a_line_and_its_evidence_below(folder, detector):
    result = run("a.png", "b.png")
    assert result.exit_code == 0, result.output
    found = answers(result)
    assert list(found) == ["a.png", "b.png"]
    opinion = detector.judge(decode(folder / "a.png").pixels)
    verdict, probability, source, reason = found["a.png"]
    assert verdict == opinion.verdict
    p = opinion.probability_generated
    assert probability in (f"{percent(p)} generated", f"{percent(1 - p)} real")
    assert source == "no generator" if opinion.source == "real" else opinion.source in source
    assert reason == opinion.reason.replace(opinion.detector, "linear on packets of runs/mine/detector")
    about = result.stdout.splitlines()[1]
    assert about.startswith("  detector    linear on packets of runs/mine/detector; knows: gan, vae; ")
    assert "its error was not measured" in about


def test_json_is_one_list_with_everything(folder, detector):
    result = run("a.png", "--json")
    (entry,) = json.loads(result.stdout)
    assert run("a.png", "--format", "json").stdout == result.stdout
    opinion = detector.judge(decode(folder / "a.png").pixels)
    assert entry["sources"] == pytest.approx(opinion.sources)
    assert sum(entry["sources"].values()) == pytest.approx(1)
    assert entry["probability_generated"] == pytest.approx(opinion.probability_generated)
    assert entry["knows"] == ["gan", "vae"]
    assert set(entry) == {
        "path", "verdict", "reason", "probability_generated", "source", "sources", "typical", "opinion", "detector",
        "knows", "errors", "crops", "provenance", "traces",
    }  # fmt: skip


def test_json_lines_and_csv_have_a_line_for_each_image_failed_or_not(folder):
    words = ("a.png", "broken.png", "b.png")
    result = run(*words, "--format", "jsonl")
    assert result.exit_code == 1
    entries = [json.loads(line) for line in result.stdout.splitlines()]
    assert [entry["path"] for entry in entries] == list(words)
    assert ["error" in entry for entry in entries] == [False, True, False]
    result = run(*words, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert tuple(rows[0]) == COLUMNS
    assert [row["path"] for row in rows] == list(words)
    assert rows[0]["verdict"] == entries[0]["verdict"]
    assert float(rows[0]["probability_generated"]) == pytest.approx(
        entries[0]["probability_generated"], rel=1e-4
    )
    assert rows[1]["error"] == entries[1]["error"] != ""


def test_a_cell_is_no_formula(folder):
    (folder / "=HYPERLINK(1).png").write_bytes((folder / "a.png").read_bytes())
    (row,) = csv.DictReader(io.StringIO(run("=HYPERLINK(1).png", "--format", "csv").stdout))
    assert row["path"] == "'=HYPERLINK(1).png"


def test_several_threads_give_the_answers_of_one(folder, one_thread):
    names = ["b.png", "a.png", "missing.png", "a.png"] * 3
    alone = run(*names, "--format", "jsonl")
    set_threads(3)
    together = run(*names, "--format", "jsonl")
    assert threads() == 3
    assert together.stdout == alone.stdout
    assert together.stderr == alone.stderr
    assert len(together.stdout.splitlines()) == len(names)


def test_lines_come_as_they_are_made(folder, monkeypatch, one_thread):
    """Not all at the end: when the second image is judged, the answer for the first is out."""
    out = []
    monkeypatch.setattr("typer.echo", lambda text="", **options: out.append(text))
    judge, before = Detector.judge, []
    monkeypatch.setattr(
        Detector,
        "judge",
        lambda self, pixels, **options: before.append(len(out)) or judge(self, pixels, **options),
    )
    for form in ("text", "jsonl", "csv"):
        out.clear()
        before.clear()
        run("a.png", "b.png", "--format", form)
        assert before[1] == before[0] + 1


def test_what_cannot_be_read_is_named_and_the_others_are_still_judged(folder):
    result = run("a.png", "broken.png", "missing.png", "b.png")
    assert result.exit_code == 1
    assert list(answers(result)) == ["a.png", "b.png"]
    complaints = result.stderr.splitlines()
    assert len(complaints) == 2
    assert complaints[0].startswith("broken.png: ")
    assert complaints[1].startswith("missing.png: ")


def test_an_image_that_is_too_small_is_answered(folder):
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save("small.png")
    result = run("small.png", "a.png", "--json")
    assert result.exit_code == 0
    small, good = json.loads(result.stdout)
    assert small["verdict"] == "can't tell"
    assert "the image has 8×8 pixels" in small["reason"]
    assert "detector" not in small
    assert "detector" in good


def test_an_explanation_is_drawn(folder):
    result = run("a.png", "--explain", "why.png")
    assert result.exit_code == 0, result.output
    assert Image.open("why.png").size[0] > 1000
    run("a.png", "--explain", "why.svg")
    drawn = " ".join((folder / "why.svg").read_text("utf-8").split())
    for words in ("Detector: linear on packets of", "Knows: gan, vae", "nothing is known of its errors"):
        assert words in drawn
    assert not list(folder.glob(".*partial"))


def test_several_explanations_are_numbered_in_order(folder):
    assert run("a.png", "broken.png", "b.png", "--explain", "why.svg").exit_code == 1
    assert sorted(path.name for path in folder.glob("why*")) == ["why-1.svg", "why-3.svg"]
    assert "b.png" in (folder / "why-3.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("why.txt", ".png or .svg"),
        ("a.png/why.png", "another file for --explain"),
        ("runs.png", "another file for --explain"),
    ],
)
def test_a_place_that_cannot_be_drawn_to_is_explained_at_once(folder, place, says):
    (folder / "runs.png").mkdir()
    result = run("a.png", "--explain", place)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1


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
    monkeypatch.setattr("subband.forensics.packaged.has_detector", lambda: False)
    with pytest.raises(CheckpointError, match="subband lab"):
        newest_detector(tmp_path / "runs")
    result = run("a.png")
    assert result.exit_code == 2
    assert "subband lab" in result.stderr
    result = run("a.png", "--model", "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


ODD = {  # bytes of a name → how it stands in the output
    b"caf\xe9.png": r"caf\xe9.png",
    b"a\nb\tc.png": r"a\nb\tc.png",
    b"[red]x.png": "[red]x.png",
    b"$x^2.png": "$x^2.png",
    b"\xe2\x80\xaegpj.png": r"\u202egpj.png",
    b"\x1b[31m.png": r"\x1b[31m.png",
    "日本 é😀.png".encode(): "日本 é😀.png",
}


@pytest.fixture
def odd(folder):
    """Pictures with odd names in the work folder; their paths."""
    picture = (folder / "a.png").read_bytes()
    paths = [Path(os.fsdecode(name)) for name in ODD]
    for path in paths:
        path.write_bytes(picture)
    return paths


def test_an_odd_name_is_one_line_that_a_terminal_can_show(odd):
    result = run(*odd, Path(os.fsdecode(b"gone\xe9\n.png")))
    assert result.exit_code == 1
    assert list(answers(result)) == list(ODD.values())
    (complaint,) = result.stderr.splitlines()
    assert complaint == r"gone\xe9\n.png: No such file or directory"


def test_a_program_gets_the_exact_file_of_an_odd_name(odd):
    entries = json.loads(run(*odd, "--json").stdout_bytes.decode("utf-8"))
    found = [
        base64.b64decode(e["path_base64"]) if "path_base64" in e else e["path"].encode() for e in entries
    ]
    assert found == list(ODD)
    assert ["path_base64" in entry for entry in entries] == [name == b"caf\xe9.png" for name in ODD]


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_odd_names_are_explained_too(odd, folder):
    result = run(*odd, "--explain", "why.svg")
    assert result.exit_code == 0, result.output
    drawn = [(folder / f"why-{k}.svg").read_text("utf-8") for k in range(1, len(ODD) + 1)]
    for text, shown in zip(drawn, ODD.values(), strict=True):
        assert drawable(shown, 80) in text
    assert not list(folder.glob(".*partial"))


def test_an_explanation_into_an_odd_place(folder):
    place = Path(os.fsdecode(b"wh\xe9.svg"))
    (entry,) = json.loads(run("a.png", "--json", "--explain", place).stdout)
    assert base64.b64decode(entry["explanation_base64"]) == os.fsencode(place)
    assert place.is_file()


def test_a_failing_explanation_costs_one_line(folder, monkeypatch):
    explain, calls = forensics.explain_picture, []

    def fails_once(subject, pixels, verdict):
        calls.append(pixels)
        if len(calls) == 1:
            raise ZeroDivisionError("odd pixels")
        return explain(subject, pixels, verdict)

    monkeypatch.setattr(forensics, "explain_picture", fails_once)
    result = run("a.png", "b.png", "--explain", "why.svg")
    assert result.exit_code == 2
    assert list(answers(result)) == ["a.png", "b.png"]
    assert result.stderr.startswith("a.png: no explanation: ZeroDivisionError: odd pixels")
    assert [path.name for path in folder.glob("why*")] == ["why-2.svg"]


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("bad\nkernel"), OSError(5, "input/output error")]
)
def test_whatever_fails_at_one_image_costs_one_line(folder, monkeypatch, error, one_thread):
    judge, calls = Detector.judge, []

    def fails_once(self, pixels, **options):
        calls.append(pixels)
        if len(calls) == 1:
            raise error
        return judge(self, pixels, **options)

    monkeypatch.setattr(Detector, "judge", fails_once)
    result = run("a.png", "b.png")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("a.png: ")
    assert result.stdout.startswith("b.png\t")


@pytest.mark.parametrize(("stop", "status"), [(KeyboardInterrupt(), 130), (Terminated(), 143)])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_batch_that_is_stopped_says_so_and_keeps_its_verdicts(
    folder, monkeypatch, stop, status, as_json, one_thread
):
    judge, calls = Detector.judge, []

    def stops_at_the_second(self, pixels, **options):
        calls.append(pixels)
        if len(calls) == 2:
            raise stop
        return judge(self, pixels, **options)

    monkeypatch.setattr(Detector, "judge", stops_at_the_second)
    result = run("a.png", "b.png", "a.png", *(["--json"] if as_json else []))
    assert result.exit_code == status
    assert result.stderr == "subband: stopped after 1 of 3 images\n"
    paths = [e["path"] for e in json.loads(result.stdout)] if as_json else [result.stdout.split("\t")[0]]
    assert paths == ["a.png"]


def test_detection_loads_nothing_of_training_or_drawing(folder):
    code = (
        "import sys; sys.argv[1:] = ['detect', 'a.png', '--model', 'runs/mine']\n"
        "from subband.cli import main\n"
        "heavy = {'accelerate', 'matplotlib', 'sklearn', 'pandas', 'torchmetrics', 'jinja2', 'jax'}\n"
        "heavy |= {'transformers', 'datasets', 'gradio', 'ray'}\n"
        "try: main()\n"
        "finally: print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
    assert result.stdout.startswith("a.png\t"), result.stderr
    assert result.stdout.endswith("\n[]\n")
