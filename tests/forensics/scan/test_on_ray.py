"""Ray gives the rows of the plain loop, quietly, and is gone afterwards."""

import os
import secrets
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from scanning import PLAIN, png, scanned, tar
from stand_in import DIE, EAT, HANG

from subband.errors import ScanError
from subband.forensics.scan import scan
from subband.forensics.scan.on_ray import _connected

ON_RAY = replace(PLAIN, workers=2)


@pytest.fixture(scope="module")
def connected():
    """One Ray for the tests of this file."""
    with _connected(None, 2) as found:
        yield found


@pytest.mark.slow
def test_ray_gives_the_rows_of_the_plain_loop(connected, folder, tmp_path, model, pictures):
    tar(folder / "shard.tar", [(f"x/{name}", content) for name, content in pictures.items()])
    plain = scanned([folder], tmp_path / "plain", model)
    assert scanned([folder], tmp_path / "ray", model, ON_RAY) == plain
    assert scan([folder], tmp_path / "ray", model, ON_RAY).new == 0


@pytest.mark.slow
def test_a_scan_begun_in_one_process_goes_on_with_ray(connected, folder, tmp_path, model):
    whole = scanned([folder], tmp_path / "out", model)
    for path in sorted((tmp_path / "out").glob("*.parquet"))[::2]:
        path.unlink()
    assert scanned([folder], tmp_path / "out", model, ON_RAY) == whole


@pytest.mark.slow
def test_harmful_images_cost_a_row_each(connected, tmp_path, model):
    harm = {1: HANG, 5: DIE, 9: EAT}
    place = tar(tmp_path / "shard.tar", [(f"{k}.png", png(k, harm.get(k))) for k in range(16)])
    settings = replace(ON_RAY, judge="stand_in:dangerous", seconds=4.0, memory=1 << 28)
    rows = scanned([place], tmp_path / "out", model, settings)
    assert {row["uri"].split("::")[0] for row in rows if row["error"]} == {f"tar://{k}.png" for k in harm}


@pytest.mark.slow
def test_a_judge_that_cannot_be_made_ends_the_scan(connected, folder, tmp_path, model):
    with pytest.raises(ScanError, match="there is no such detector"):
        scan([folder], tmp_path / "out", model, replace(ON_RAY, judge="stand_in:none"))


@pytest.mark.slow
def test_it_starts_quietly_and_leaves_no_process_behind(tmp_path, model, folder):
    run = Path(__file__).parent / "scan_process.py"
    mark = secrets.token_hex(8)  # which its processes inherit, and those of other tests don't
    done = subprocess.run(
        [sys.executable, str(run), str(folder), str(tmp_path / "out"), str(model), "2"],
        env=os.environ | {"SUBBAND_TEST_MARK": mark},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "done 30 2 0"
    assert all(line.isdigit() for line in done.stdout.splitlines()[:-1])

    def left() -> list[list[str]]:
        return [
            p.info["cmdline"]
            for p in psutil.process_iter(["cmdline", "environ"])
            if (p.info["environ"] or {}).get("SUBBAND_TEST_MARK") == mark
        ]

    # Ray's own processes end by themselves when the driver is gone, some seconds later on a busy machine.
    end = time.monotonic() + 60
    while left() and time.monotonic() < end:
        time.sleep(0.5)
    assert not left()
