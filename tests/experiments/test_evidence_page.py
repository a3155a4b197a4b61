"""State of the records, what a budget runs, and the page of evidence."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import subband.experiments as experiments
from subband._version import __version__
from subband.cli import app
from subband.errors import DataError
from subband.experiments import EXPERIMENTS, Claim, Outcome, evidence_page, reproduce_all, state
from subband.experiments.freshness import _modules, digest
from subband.experiments.page import claim_block
from subband.experiments.schedule import order
from subband.runs.progress import Silent

ROOT = Path(__file__).parents[2]


def run(seconds, watcher):
    return Outcome(
        {"net, accuracy": 0.875}, {"net, accuracy": (0.75, 0.95)}, b"png", {}, 1, {"subband": __version__}
    )


def fail(seconds, watcher):
    raise DataError("no pictures: set SUBBAND_DATA")


def claim(name, seconds=600.0, run=run):
    return Claim(name, f"{name} | works", "A paper", "99 %", "A protocol", seconds, run)


def claims(*members):
    return {one.name: one for one in members}


def whole(registry, results, budget=None, **more):
    return reproduce_all(registry, budget=budget, results=results, watcher=Silent(), **more)


def change(path, **fields):
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | fields))


def test_a_claim_is_stale_until_it_was_run_and_when_code_or_version_change(tmp_path):
    one = claim("one")
    assert state(one, tmp_path).why == "never run"
    whole(claims(one), tmp_path)
    assert not state(one, tmp_path).stale
    change(tmp_path / "one.json", code="0" * 16)
    assert state(one, tmp_path).why == "its code has changed"
    change(tmp_path / "one.json", code=digest(one), versions={"subband": "0.0.1"})
    assert "version 0.0.1" in state(one, tmp_path).why
    assert "another protocol" in state(replace(one, shown=("other",)), tmp_path).why
    (tmp_path / "one.json").write_text("{")
    assert "can't be read" in state(one, tmp_path).why


def test_a_record_without_a_digest_is_stale(tmp_path):
    one = claim("one")
    whole(claims(one), tmp_path)
    record = json.loads((tmp_path / "one.json").read_text())
    del record["code"]
    (tmp_path / "one.json").write_text(json.dumps(record))
    assert "does not say of which code" in state(one, tmp_path).why


def test_the_digest_covers_the_methods_that_a_claim_imports():
    modules = _modules(EXPERIMENTS["ising"].run.__module__)
    assert "subband.experiments.claims.ising" in modules
    assert any(name.startswith("subband.experiments.methods.") for name in modules)
    assert "subband.experiments.record" not in modules
    assert digest(EXPERIMENTS["ising"]) != digest(EXPERIMENTS["cox"])


def test_stale_ones_run_first_and_short_ones_before_long_ones(tmp_path):
    old, new, changed = claim("old"), claim("new"), claim("changed")
    whole(claims(old, new, changed), tmp_path)
    change(tmp_path / "old.json", when="2020-01-01T00:00:00+00:00")
    change(tmp_path / "changed.json", code="0")
    registry = claims(new, old, claim("long", 900.0), claim("short", 60.0), changed)
    assert [one.name for one, _ in order(registry, tmp_path)] == ["short", "long", "changed", "old", "new"]


def test_without_a_budget_all_that_is_stale_is_run_and_nothing_else(tmp_path):
    registry = claims(claim("one"), claim("two"))
    assert list(whole(registry, tmp_path).written) == ["one", "two"]
    again = whole(registry, tmp_path)
    assert not again.written
    assert again.left == {"one": "its record is current", "two": "its record is current"}


def test_a_budget_is_kept_by_the_clock(tmp_path):
    """Each run takes 100 s of the clock, whatever it was meant to take."""
    times = iter([0.0, 0.0, 100.0, 200.0, 300.0])
    registry = claims(claim("a", 60.0), claim("b", 120.0), claim("c", 150.0), claim("d", 100.0))
    found = whole(registry, tmp_path, budget=300.0, clock=lambda: next(times))
    assert list(found.written) == ["a", "d"]
    assert set(found.left) == {"b", "c"}
    assert "left" in found.left["c"]


def test_one_that_fails_does_not_stop_the_others(tmp_path):
    found = whole(claims(claim("bad", 60.0, fail), claim("good")), tmp_path)
    assert list(found.written) == ["good"]
    assert "SUBBAND_DATA" in str(found.failed["bad"])
    assert not found.done


def test_the_page_has_every_claim_with_its_numbers(tmp_path):
    registry = claims(claim("one"), claim("two"))
    whole(claims(registry["one"]), tmp_path)
    page = evidence_page(registry, tmp_path, {"one": "systems/one.md"})
    rows = [line for line in page.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 2
    assert "**0.875** [0.75, 0.95]" in rows[0]
    assert "[one](systems/one.md)<br>one \\| works" in rows[0]
    assert re.search(r"20\d\d-\d\d-\d\d<br>", rows[0])
    assert "not run in full yet" in rows[1]
    assert page.count("`subband reproduce ") == 3  # in the text, and in two rows
    assert "| net, accuracy | 0.875 | 0.75 to 0.95 |" in claim_block(registry["one"], tmp_path)
    assert "Not run in full yet" in claim_block(registry["two"], tmp_path)


def test_the_page_of_the_committed_records_is_whole():
    page = evidence_page(EXPERIMENTS, ROOT / "results")
    for name in EXPERIMENTS:
        assert f"**{name}**" in page
    for record in (ROOT / "results").glob("*.json"):
        assert record.stem in EXPERIMENTS, f"{record.name} is of no claim"


@pytest.fixture
def registry(monkeypatch):
    made = claims(claim("one", 60.0), claim("bad", 120.0, fail), claim("long", 1e6))
    monkeypatch.setattr(experiments, "EXPERIMENTS", made)
    return made


def test_the_command_runs_all_and_says_what_it_left(tmp_path, registry):
    done = CliRunner().invoke(app, ["reproduce", "--all", "--budget", "1h", "--results", str(tmp_path)])
    assert done.exit_code == 1
    assert "run     one" in done.stdout
    assert "failed  bad: no pictures" in done.stdout
    assert "left    long: takes 277 h 47 min" in done.stdout
    assert (tmp_path / "one.json").is_file()


def test_the_command_writes_the_page(tmp_path, registry):
    page = tmp_path / "evidence.md"
    done = CliRunner().invoke(app, ["reproduce", "--page", str(page), "--results", str(tmp_path)])
    assert done.exit_code == 0
    assert page.read_text("utf-8").startswith("# Evidence")


@pytest.mark.parametrize("words", [["one", "--all"], ["--all", "--page", "x.md"], ["one", "--page", "x.md"]])
def test_what_excludes_each_other_is_said(registry, words):
    done = CliRunner().invoke(app, ["reproduce", *words])
    assert done.exit_code == 2
    assert "leave out" in done.stderr
