"""The registry of claims, what a run leaves behind, and where data packs are looked for."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from subband.data.packs import VARIABLE, pack, unpack
from subband.errors import DataError, InvalidInput, OutputError
from subband.experiments import EXPERIMENTS, Claim, Outcome, reproduce_claim, table
from subband.experiments.methods.from_lab import scores
from subband.runs.progress import Silent

RESULTS = Path(__file__).parents[2] / "results"

FIELDS = {
    "claim",
    "source",
    "published",
    "ours",
    "uncertainty",
    "protocol",
    "command",
    "seed",
    "settings",
    "versions",
    "seconds",
    "machine",
    "code",
    "when",
}


def outcome(accuracy=0.9):
    return Outcome(
        ours={"CNN on packets, accuracy": accuracy},
        uncertainty={"CNN on packets, accuracy": (0.85, 0.95)},
        figure=b"png",
        settings={"size": 32},
        seed=4,
        versions={"subband": "0"},
    )


def claims(run):
    return {"toy": Claim("toy", "It works.", "A paper.", "99 %", "A protocol.", 600.0, run)}


def test_every_claim_is_told_completely():
    assert set(EXPERIMENTS) >= {"packets-vs-pixels", "chirp", "sd14-detection"}
    for name, claim in EXPERIMENTS.items():
        assert claim.name == name
        assert all((claim.claim, claim.source, claim.published, claim.protocol))
        assert claim.seconds >= 60


def test_published_numbers_are_those_that_were_seen():
    assert "99.70 ± 0.09 %" in EXPERIMENTS["packets-vs-pixels"].published
    assert "82.44 ± 2.57 %" in EXPERIMENTS["packets-vs-pixels"].published
    assert EXPERIMENTS["sd14-detection"].published == "–"


def test_accuracies_from_the_lab_are_balanced():
    def score(*seeds):
        return {"mean": sum(seeds) / len(seeds), "std": 0.5, "seeds": list(seeds), "interval": [0.1, 0.9]}

    figures = {
        "detectors": {"CNN": {"accuracy": score(1), "balanced_accuracy": score(0, 1), "auroc": score(0.75)}},
        "controls": {"stored": {"accuracy": score(0.25), "auroc": score(0.5)}},
    }
    ours, uncertainty = scores(figures)
    assert ours == {
        "CNN, balanced accuracy": 0.5,
        "CNN, balanced accuracy, std over seeds": 0.5,
        "CNN, auroc": 0.75,
        "format only (stored), balanced accuracy": 0.25,
        "format only (stored), auroc": 0.5,
    }
    assert uncertainty == {key: (0.1, 0.9) for key in ours if not key.endswith("seeds")}


def test_a_full_run_writes_record_and_figure(tmp_path):
    asked = []

    def run(seconds, watcher):
        asked.append(seconds)
        return outcome()

    written = reproduce_claim(claims(run), "toy", results=tmp_path / "results", watcher=Silent())
    record = json.loads(written.path.read_text("utf-8"))
    assert asked == [600.0]
    assert written.path == tmp_path / "results" / "toy.json"
    assert set(record) == FIELDS
    assert record["ours"] == {"CNN on packets, accuracy": 0.9}
    assert record["uncertainty"] == {"CNN on packets, accuracy": [0.85, 0.95]}
    assert (record["command"], record["seed"]) == ("subband reproduce toy", 4)
    assert (tmp_path / "results" / "toy.png").read_bytes() == b"png"
    assert any("0.9000" in line and "0.8500 to 0.9500" in line for line in written.lines)


def test_what_moves_is_an_animation_too(tmp_path):
    moving = replace(outcome(), animation=b"gif")
    reproduce_claim(claims(lambda seconds, watcher: moving), "toy", results=tmp_path, watcher=Silent())
    assert (tmp_path / "toy.gif").read_bytes() == b"gif"


def test_a_quick_run_never_replaces_a_full_one(tmp_path):
    def run(seconds, watcher):
        return outcome(seconds / 1000)

    registry = claims(run)
    reproduce_claim(registry, "toy", results=tmp_path, watcher=Silent())
    reproduce_claim(registry, "toy", budget=90, results=tmp_path, watcher=Silent())
    assert json.loads((tmp_path / "toy.json").read_text())["ours"]["CNN on packets, accuracy"] == 0.6
    quick = json.loads((tmp_path / "toy.quick.json").read_text())
    assert quick["ours"]["CNN on packets, accuracy"] == 0.09
    assert quick["command"] == "subband reproduce toy --budget 90s"
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "toy.json",
        "toy.png",
        "toy.quick.json",
        "toy.quick.png",
    ]


def test_a_run_that_fails_leaves_the_earlier_record(tmp_path):
    def fail(seconds, watcher):
        raise DataError("gone")

    reproduce_claim(claims(lambda seconds, watcher: outcome()), "toy", results=tmp_path, watcher=Silent())
    before = (tmp_path / "toy.json").read_bytes()
    with pytest.raises(DataError, match="gone"):
        reproduce_claim(claims(fail), "toy", results=tmp_path, watcher=Silent())
    assert (tmp_path / "toy.json").read_bytes() == before


def test_an_unknown_claim_lists_the_known_ones(tmp_path):
    with pytest.raises(InvalidInput, match="packets-vs-pixels"):
        reproduce_claim(EXPERIMENTS, "nonsense", results=tmp_path, watcher=Silent())


def test_a_place_that_cannot_be_written_is_found_before_the_run(tmp_path):
    (tmp_path / "file").write_text("")

    def run(seconds, watcher):
        raise AssertionError("it ran")

    with pytest.raises(OutputError, match="another --results"):
        reproduce_claim(claims(run), "toy", results=tmp_path / "file", watcher=Silent())


def test_the_table_shows_ours_once_it_was_run(tmp_path):
    registry = claims(lambda seconds, watcher: outcome(0.9731))
    assert "not run yet" in table(registry, tmp_path)
    reproduce_claim(registry, "toy", results=tmp_path, watcher=Silent())
    text = table(registry, tmp_path)
    assert "CNN on packets, accuracy 97.31 %" in text
    assert "99 %" in text
    assert "10 minutes" in text


def test_the_table_shows_no_numbers_of_another_protocol(tmp_path):
    registry = claims(lambda seconds, watcher: outcome(0.9731))
    reproduce_claim(registry, "toy", results=tmp_path, watcher=Silent())
    registry["toy"] = replace(registry["toy"], shown=("CNN on pixels, accuracy",))
    text = table(registry, tmp_path)
    assert "to be run again" in text
    assert "97.31" not in text


def test_the_results_have_what_their_claims_show():
    assert "to be run again" not in table(EXPERIMENTS, RESULTS)


def tar(path, name, content=b"x"):
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))


def test_packs_are_found_through_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=f"set {VARIABLE}"):
        pack("a.tar")
    tar(tmp_path / "a.tar", "folder/image.jpg", b"content")
    assert pack("a.tar") == tmp_path / "a.tar"
    assert (unpack("a.tar", tmp_path / "out") / "folder" / "image.jpg").read_bytes() == b"content"


def test_packs_are_found_beside_the_work_folder(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "shared" / "data").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    tar(tmp_path / "shared" / "data" / "only-here.tar", "image.jpg")
    monkeypatch.chdir(tmp_path / "here")
    assert pack("only-here.tar") == tmp_path / "shared" / "data" / "only-here.tar"


def test_a_pack_that_reaches_outside_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    tar(tmp_path / "evil.tar", "../escaped.jpg")
    with pytest.raises(DataError, match="can't unpack"):
        unpack("evil.tar", tmp_path / "out")
    assert not (tmp_path / "escaped.jpg").exists()
    (tmp_path / "broken.tar").write_bytes(b"not a tar file")
    with pytest.raises(DataError, match="can't unpack"):
        unpack("broken.tar", tmp_path / "out")


def test_the_table_shows_the_names_a_claim_asks_for(tmp_path):
    def run(seconds, watcher):
        return replace(outcome(), ours={"error (Hz)": 0.01234, "bits": 3.0})

    registry = claims(run)
    registry["toy"] = replace(registry["toy"], shown=("error (Hz)",), seconds=60.0)
    reproduce_claim(registry, "toy", results=tmp_path, watcher=Silent())
    text = table(registry, tmp_path)
    assert "error (Hz) 0.0123" in text
    assert "bits" not in text
    assert "a minute" in text


def test_rounding_errors_are_not_shown_as_nothing(tmp_path):
    def run(seconds, watcher):
        return replace(outcome(), ours={"inverse": 7.6e-16, "lost": 0.0}, uncertainty={})

    written = reproduce_claim(claims(run), "toy", results=tmp_path, watcher=Silent())
    assert written.lines[-2:] == ("inverse  7.6e-16", "lost     0.0000")
