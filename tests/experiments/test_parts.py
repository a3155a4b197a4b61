"""Finished parts of an experiment are found again, and only those of the same code and budget."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from subband.errors import TrainingError
from subband.experiments import parts
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.equal_work import in_processes
from subband.experiments.parts import keeping_parts, once
from subband.experiments.record import reproduce_claim
from subband.runs.interrupt import terminable
from subband.runs.progress import Silent
from subband.training.interrupt import stoppable

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


def wished(root: Path, name: str) -> bytes:
    """Takes a signal as a wish, as a training does, ends, and hands over more than a pipe holds."""
    with stoppable() as stop:
        measured(root, name)
        while not stop.asked:
            time.sleep(0.05)
        time.sleep(1)
    return bytes(1_000_000)


def killed(root: Path, name: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def reproduce_wished(root: Path) -> None:
    with terminable():
        jobs = [(name, (root, name)) for name in ("first", "second")]
        in_processes(wished, jobs, Silent(), "jobs")


@pytest.mark.slow
def test_a_signal_to_all_processes_ends_them(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from pathlib import Path; "
    code += f"import test_parts; test_parts.reproduce_wished(Path({str(tmp_path)!r}))"
    run = subprocess.Popen(
        [sys.executable, "-c", code], start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    while not (calls(tmp_path, "first") and calls(tmp_path, "second")):
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGTERM)
    try:
        _, said = run.communicate(timeout=60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    assert run.returncode == 1
    assert "Terminated" in said.splitlines()[-1]


@pytest.mark.slow
def test_a_process_that_is_killed_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the process of first was ended from outside"):
        in_processes(killed, [("first", (tmp_path, "first"))], Silent(), "jobs")


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
