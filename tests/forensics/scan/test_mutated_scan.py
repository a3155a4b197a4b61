"""Damaged files of every container through a scan: a row each, no process that dies or hangs, and no growth."""

import io
import os
import sys
import tarfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from scanning import PLAIN, table

from subband.forensics.scan import scan

sys.path.insert(0, str(Path(__file__).parents[1]))
QUICK, SLOW = 350, int(os.environ.get("SUBBAND_MUTATIONS", "20000"))
WHOLE = replace(PLAIN, part=256, judge="stand_in:whole")


def shard(place: Path, first: int, count: int) -> Path:
    """A tar file of damaged images."""
    import mutated  # beside the tests of one file

    files = mutated.seeds()
    with tarfile.open(place, "w") as archive:
        for seed in range(first, first + count):
            container, content = mutated.mutated(seed, files)
            member = tarfile.TarInfo(f"{seed:06d}.{container}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return place


class Watch:
    """Resident memory of the processes below this one while a block runs, in MB, every half second."""

    def __enter__(self) -> "Watch":
        self.megabytes: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.5):
            found = [c.memory_info().rss for c in psutil.Process().children() if c.is_running()]
            self.megabytes.append(sum(found) / 2**20)


def check(out: Path, count: int) -> int:
    """Each file has a row with a verdict or the reason of a decoder; how many have a verdict."""
    rows = table(out)
    assert len({row["uri"] for row in rows}) == len(rows) == count
    errors = [row["error"] for row in rows if row["verdict"] is None]
    assert all(errors)
    assert not [error for error in errors if "a bug" in error or "died" in error or "no answer" in error]
    assert all(error.isprintable() for error in errors)
    return count - len(errors)


def test_a_few_hundred_damaged_files(tmp_path, model) -> None:
    place = shard(tmp_path / "damaged.tar", 0, QUICK)
    scan([place], tmp_path / "out", model, WHOLE)
    judged = check(tmp_path / "out", QUICK)
    assert 0.15 * QUICK < judged < 0.9 * QUICK  # neither all refused nor none damaged


@pytest.mark.slow
def test_thousands_of_damaged_files(tmp_path, model) -> None:
    """SUBBAND_MUTATIONS sets the number of files."""
    place = shard(tmp_path / "damaged.tar", QUICK, SLOW)
    start = time.perf_counter()
    with Watch() as watch:
        scan([place], tmp_path / "out", model, WHOLE)
    judged = check(tmp_path / "out", SLOW)
    quarter = len(watch.megabytes) // 4
    early = np.median(watch.megabytes[quarter : 2 * quarter])
    late = np.median(watch.megabytes[-quarter:])
    print(
        f"{SLOW} files, {judged} judged, {time.perf_counter() - start:.0f} s, memory {early:.0f} → {late:.0f} MB"
    )
    assert late < early + 30
