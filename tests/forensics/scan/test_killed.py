"""Whatever is killed, whenever: after the same command again each image is in the table exactly once.

SUBBAND_KILLS sets how many times the slow tests kill.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from scanning import contents, png, scanned, table, tar
from stand_in import SLOW

IMAGES = 240
KILLS = int(os.environ.get("SUBBAND_KILLS", "20"))
RUN = Path(__file__).parent / "scan_process.py"


@pytest.fixture
def source(tmp_path):
    """Folders, tar files and a zip's worth of images that take 20 ms each."""
    folder = tmp_path / "photos"
    (folder / "loose").mkdir(parents=True)
    for k in range(80):
        (folder / "loose" / f"{k}.png").write_bytes(png(k, SLOW))
    for shard in range(4):
        span = range(80 + 40 * shard, 120 + 40 * shard)
        tar(folder / f"shard-{shard}.tar", [(f"{k}.png", png(k, SLOW)) for k in span])
    return folder


@pytest.fixture
def expected(source, tmp_path, model):
    scanned([source], tmp_path / "expected", model)
    return contents(tmp_path / "expected")


def begun(source, out, model, workers) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(RUN), str(source), str(out), str(model), str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process) -> str:
    out, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    return out.splitlines()[-1]


def driver_killed(source, tmp_path, model, workers, times, expected):
    """Kill a scan at random moments and begin it again; one that came to its end is followed by another."""
    rng = random.Random(0)
    killed, k = 0, 0
    while killed < times:
        process = begun(source, tmp_path / f"out-{k}", model, workers)
        assert process.stdout is not None
        if killed % 2 == 0:
            process.stdout.readline()  # the plan is made
        time.sleep(rng.uniform(0, 2.5 if workers == 0 else 8))
        ended = process.poll() is not None
        process.kill()
        process.communicate()
        killed, k = killed + (not ended), k + ended
    for out in sorted(tmp_path.glob("out-*")):
        check(source, out, model, workers, expected)


def kill_workers(process, times, seed) -> int:
    """Kill random ones of the processes below the scan that judge or hold a judging process; how many."""
    rng = random.Random(seed)
    driver = psutil.Process(process.pid)
    killed = 0
    while killed < times and process.poll() is None:
        time.sleep(rng.uniform(0, 4))
        try:
            found = [child for child in driver.children(recursive=True) if _works(child)]
            if found:
                os.kill(rng.choice(found).pid, signal.SIGKILL)
                killed += 1
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return killed


def _works(process) -> bool:
    words = " ".join(process.cmdline())
    return "subband.forensics.scan.child" in words or "MapWorker" in words


def check(source, out, model, workers, expected):
    assert finished(begun(source, out, model, workers)) == f"done {IMAGES} 0 0"
    assert len(table(out)) == IMAGES
    assert contents(out) == expected
    assert not list(out.glob(".*"))


def workers_killed(source, tmp_path, model, workers, times, expected):
    """Scan, as often as it takes to kill so many processes; every scan comes to its end by itself."""
    killed, k = 0, 0
    while killed < times:
        out, k = tmp_path / f"out-{k}", k + 1
        process = begun(source, out, model, workers)
        drained(process)
        killed += kill_workers(process, times - killed, seed=k)
        assert process.wait(600) == 0, process.stderr.read() if process.stderr else ""
        assert len(table(out)) == IMAGES
        assert contents(out) == expected
    check(source, out, model, workers, expected)


def drained(process) -> list[str]:
    """Read what a process prints, so that it never waits."""
    lines: list[str] = []
    assert process.stdout is not None
    threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True).start()
    return lines


OFTEN = pytest.mark.parametrize("times", [1, pytest.param(KILLS, marks=pytest.mark.slow)])


@OFTEN
def test_the_scan_is_killed_in_one_process(times, source, tmp_path, model, expected):
    driver_killed(source, tmp_path, model, 0, times, expected)


@OFTEN
def test_the_judging_process_is_killed(times, source, tmp_path, model, expected):
    workers_killed(source, tmp_path, model, 0, times, expected)


@pytest.mark.slow
def test_the_scan_is_killed_on_ray(source, tmp_path, model, expected):
    driver_killed(source, tmp_path, model, 2, KILLS, expected)
    left = [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or ())]
    assert not left


@pytest.mark.slow
def test_workers_are_killed_on_ray(source, tmp_path, model, expected):
    workers_killed(source, tmp_path, model, 2, KILLS, expected)
