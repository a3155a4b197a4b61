"""The report on detectors: complete or absent, on its own feet, names escaped, warnings loud."""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from subband.errors import InvalidInput, OutputError
from subband.forensics.evaluation import EvaluationSettings, Specs
from subband.lab.evaluation import EvaluationJob, evaluate
from subband.lab.evaluation.words import alerts, headline
from subband.runs.progress import Silent

ODD = "<b>\u202eodd"


class Bright:
    """Calls bright pictures generated."""

    config = SimpleNamespace(name="brightness", classes=("real", ODD), threshold=0.5, chain={"size": 16})

    def judge(self, pixels):
        p = float(pixels.mean() / 255)
        return SimpleNamespace(verdict="generated" if p > 0.5 else "real", probability_generated=p)


def write(folder, level, count, side=32):
    folder.mkdir(parents=True)
    for k in range(count):
        rng = np.random.default_rng([level, k])
        pixels = rng.normal(level, 5, (side, side, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{k}.png")


@pytest.fixture(scope="module")
def specs(tmp_path_factory):
    root = tmp_path_factory.mktemp("pictures")
    write(root / "real" / "dark", 60, 32)
    write(root / "real" / "snow", 210, 8)
    write(root / "made", 200, 32)
    return Specs({"": str(root / "real")}, {ODD: str(root / "made")})


@pytest.fixture(scope="module")
def run(specs, tmp_path_factory):
    job = EvaluationJob(
        {f"det {ODD}": Bright()}, specs, EvaluationSettings(("JPEG", "resize"), resamples=50),
        tmp_path_factory.mktemp("out") / "report", command="subband evaluate-detector --data x",
    )  # fmt: skip
    return evaluate(job)


def test_the_page_needs_nothing_else_and_holds_the_figures(run):
    html = (run.folder / "report.html").read_text("utf-8")
    assert not re.search(r"<script|<link|@import|url\(|https?://", html)
    assert html.count("data:image/png;base64,") == len(list((run.folder / "figures").glob("*.png"))) > 5
    phrases = (
        "oracle threshold",
        "By source of photographs",
        "Its surest mistakes",
        "bootstrap by photograph",
    )
    assert [phrase for phrase in phrases if phrase not in html] == []


def test_names_are_escaped(run):
    html = (run.folder / "report.html").read_text("utf-8")
    assert ODD not in html
    assert "<b>\\u202e" not in html
    assert "&lt;b&gt;\\u202eodd" in html
    assert "\u202e" not in run.table
    assert "\u202e" not in (run.folder / "answers.csv").read_text("utf-8")


def test_every_number_of_the_generator_table_is_in_the_results(run):
    html = (run.folder / "report.html").read_text("utf-8")
    (row,) = json.loads((run.folder / "results.json").read_text("utf-8"))["figures"]["detectors"].values()
    (scores,) = row["generators"].values()
    for key in ("auroc", "detected", "answered"):
        low, high = scores[key]["interval"]
        cell = f"<b>{100 * scores[key]['mean']:.1f}</b><small>{100 * low:.1f} to {100 * high:.1f}</small>"
        assert cell in html


def test_sources_that_are_accused_are_named(run):
    (alert,) = (found for found in alerts(run.results) if "accused" in found.title)
    assert "snow 100.0 %" in alert.text
    assert "dark" not in alert.text
    assert (
        "finds 100 % of the generated pictures and accuses 20.0 %" in headline(run.results["figures"]).claim
    )
    assert "the photographs it accuses most are those of snow" in headline(run.results["figures"]).support[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"interrupted": True}, "stopped early"),
        ({"copies": {"g": {"equal": 2, "alike": 0}}}, "Generated pictures are photographs"),
        ({"copies": {"g": {"equal": 0, "alike": 2}}}, "look like photographs"),
        ({"control": {"at_chance": False, "auroc": {"mean": 0.9}}}, "differ in format"),
        ({"pictures": {"real": {"a": 40}, "g": {"g": 3}}}, "only a handful"),
    ],
)
def test_warnings(run, change, words):
    figures = {**run.results["figures"], **change}
    assert any(words in alert.title for alert in alerts({"figures": figures}))


def test_flips_above_one_per_cent_are_a_warning(run):
    figures = json.loads(json.dumps(run.results["figures"]))
    (row,) = figures["detectors"].values()
    assert not any("opposite" in alert.title for alert in alerts({"figures": figures}))
    row["conditions"]["JPEG 85"]["flips"]["mean"] = 0.02
    (alert,) = (found for found in alerts({"figures": figures}) if "opposite" in found.title)
    assert "under JPEG 85, 2.0 %" in alert.text


def test_trainings_across_generators(specs, tmp_path):
    both = Specs(dict(specs.real), {**specs.generated, "again": next(iter(specs.generated.values()))})
    job = EvaluationJob(
        {}, both, EvaluationSettings((), resamples=20), tmp_path / "cross", train="linear on packets", size=16,
        steps=5, crops=60,
    )  # fmt: skip
    found = evaluate(job)
    rows = found.results["figures"]["cross"]["rows"]
    assert list(rows) == [ODD, "again", "all generators", "all but the tested one"]
    assert "row trained on, column tested on" in found.table
    html = (found.folder / "report.html").read_text("utf-8")
    assert "Generators it never saw" in html
    assert not (found.folder / "answers.csv").exists()


def test_a_failure_leaves_nothing(specs, tmp_path, monkeypatch):
    module = sys.modules["subband.lab.evaluation.run"]

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(module, "render", fail)
    job = EvaluationJob({"d": Bright()}, specs, EvaluationSettings((), resamples=0), tmp_path / "report")
    with pytest.raises(ZeroDivisionError):
        evaluate(job)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_refused_before_any_work(specs, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()

    class Never(Silent):
        def stage(self, title):
            raise AssertionError(title)

    with pytest.raises(OutputError, match="--overwrite"):
        evaluate(EvaluationJob({"d": Bright()}, specs, out=Path(tmp_path / "mine")), Never())
    with pytest.raises(InvalidInput, match="nothing to evaluate"):
        EvaluationJob({}, specs)
    with pytest.raises(InvalidInput, match="multiple of 8"):
        EvaluationJob({}, specs, train="x", size=60)
