"""Finished parts of an experiment are found again, and only those of the same code and budget."""

import time
from contextlib import suppress
from pathlib import Path

import pytest

from subband.experiments import parts
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.parts import keeping_parts, once
from subband.experiments.record import reproduce_claim
from subband.runs.progress import Silent

PNG = b"\x89PNG\r\n\x1a\n"


def measured(root: Path, name: str) -> int:
    """Count the calls with a name in a file."""
    with (root / name).open("a") as calls:
        calls.write("x")
    return len(name)


def broken(root: Path, name: str) -> int:
    """As `measured`, but "third" fails when the others have been kept."""
    while name == "third":
        if len(list((root / "results" / "sums.parts").glob("*.pickle"))) == 2:
            raise RuntimeError("interrupted")
        time.sleep(0.05)
    return measured(root, name)


def calls(root: Path, name: str) -> int:
    return len((root / name).read_text()) if (root / name).exists() else 0


def claim(work, root: Path) -> Claim:
    def run(seconds: float, watcher) -> Outcome:
        jobs = [(name, (root, name)) for name in ("first", "second", "third")]
        done = in_processes(work, jobs, watcher, "jobs")
        return Outcome({"sum": float(sum(done.values()))}, {}, PNG, {}, 0, {})

    return Claim("sums", "sums add up", "–", "–", "–", 60.0, run)


@pytest.mark.slow
def test_an_interrupted_claim_goes_on(tmp_path: Path) -> None:
    results = tmp_path / "results"
    with pytest.raises(RuntimeError, match="interrupted"):
        reproduce_claim({"sums": claim(broken, tmp_path)}, "sums", results=results, watcher=Silent())
    assert (results / "sums.parts").is_dir()
    written = reproduce_claim({"sums": claim(measured, tmp_path)}, "sums", results=results, watcher=Silent())
    assert [calls(tmp_path, name) for name in ("first", "second", "third")] == [1, 1, 1]
    assert not (results / "sums.parts").exists()
    assert "jobs: first" in written.path.read_text()
    assert '"sum": 16' in written.path.read_text()


def test_another_budget_or_other_code_computes_anew(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "sums.parts"

    def run(budget: float) -> None:
        with suppress(RuntimeError), keeping_parts(folder, budget):
            once("stage", "part", measured, tmp_path, "part")
            raise RuntimeError

    run(1.0)
    run(1.0)
    assert calls(tmp_path, "part") == 1
    run(2.0)
    assert calls(tmp_path, "part") == 2
    monkeypatch.setattr(parts, "_code", lambda: "another")
    run(1.0)
    assert calls(tmp_path, "part") == 3


def test_a_damaged_part_is_computed_anew(tmp_path: Path) -> None:
    folder = tmp_path / "sums.parts"
    for expected in (1, 2):
        with suppress(RuntimeError), keeping_parts(folder, 1.0):
            once("stage", "part", measured, tmp_path, "part")
            for file in folder.iterdir():
                file.write_bytes(b"")
            raise RuntimeError
        assert calls(tmp_path, "part") == expected


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    assert [once("stage", "part", measured, tmp_path, "part") for _ in range(2)] == [4, 4]
    assert calls(tmp_path, "part") == 2
